"""Rows behind `relance runs`: runs listed and shown, and those that somebody chose to stop."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from store.database import Connection, Row, queries

SQL = queries("operations")


@dataclass(frozen=True, slots=True)
class Choice:
    """Active runs to stop: one by its id, or those of a scenario, of a contact, or of both."""

    run: int | None = None
    scenario: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """How many active runs are meant, how many messages they hold a place for, and the newest run's id."""

    runs: int
    messages: int
    newest: int


async def listed(
    connection: Connection, *, scenario: str | None, contact: str | None, status: str | None, limit: int
) -> list[Row]:
    """Runs, the newest entry first, each with `last_words`: the last line of its trail."""
    parameters = {"scenario": scenario, "contact": contact, "status": status, "limit": limit}
    cursor = await connection.execute(SQL["listed"], parameters)
    return await cursor.fetchall()


async def run(connection: Connection, run_id: int) -> Row | None:
    """A run's row with the workflow that drives it; None when there is none."""
    cursor = await connection.execute(SQL["run"], {"run": run_id})
    return await cursor.fetchone()


async def trail(connection: Connection, run_id: int) -> list[Row]:
    """All that was decided of a run, in order."""
    cursor = await connection.execute(SQL["trail"], {"run": run_id})
    return await cursor.fetchall()


async def messages(connection: Connection, run_id: int) -> list[Row]:
    """The messages of a run, in the order in which they first got a place."""
    cursor = await connection.execute(SQL["messages"], {"run": run_id})
    return await cursor.fetchall()


async def chosen(connection: Connection, choice: Choice) -> Chosen:
    """What stopping a choice would touch now."""
    cursor = await connection.execute(SQL["chosen"], asdict(choice))
    row = await cursor.fetchone()
    assert row is not None
    return Chosen(row["runs"], row["messages"], row["newest"])


async def next_chosen(
    connection: Connection, choice: Choice, after: int, newest: int, limit: int
) -> list[Row]:
    """The next active runs of a choice by id, up to the newest that is meant: id, contact_id, group_id."""
    parameters = asdict(choice) | {"after": after, "newest": newest, "limit": limit}
    cursor = await connection.execute(SQL["next_chosen"], parameters)
    return await cursor.fetchall()


async def poke(connection: Connection, groups: Collection[int], now: datetime) -> None:
    """Let the workflows of groups look."""
    await connection.execute(SQL["poke"], {"groups": list(groups), "now": now})


async def last_messages(connection: Connection, contact: str, limit: int) -> list[Row]:
    """The last messages of a contact, the newest first; `at` is when each left or has its place."""
    cursor = await connection.execute(SQL["last_messages"], {"contact": contact, "limit": limit})
    return await cursor.fetchall()
