"""Lines of a staged import, asked against the base and written to it, in a transaction of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.database import Connection, Row, queries

CHECKS = queries("import_checks")
SQL = queries("import_batches")


@dataclass(frozen=True)
class Batch:
    """Lines `first` to `last` of an import, or those `lines` of them, without those that are refused."""

    id: int
    first: int
    last: int
    refused: Sequence[int] = ()
    lines: Sequence[int] | None = None

    def values(self, **more: Any) -> Row:
        """As parameters of the statements, with some more."""
        lines = None if self.lines is None else list(self.lines)
        span = {"first": self.first, "last": self.last, "lines": lines, "refused": list(self.refused)}
        return {"import": self.id, **span, **more}


@dataclass(frozen=True)
class Added:
    """People who are new, how many; the `others`' lines; ids elsewhere that were `lost` to somebody faster.

    `lifting`: (contact, topic, channel, email, phone) of consents to what an address may be blocked from.
    """

    created: int
    others: Sequence[int]
    lost: int
    lifting: Sequence[tuple[str, str, str, str | None, str | None]]


@dataclass(frozen=True)
class Origin:
    """What everything that an import writes says of where it comes from."""

    source: str
    now: datetime
    silent: bool = False


async def room(connection: Connection) -> None:
    """Let the transaction sort a batch in memory, and plan for as many rows as it has."""
    await connection.execute(SQL["room"])


async def of_winners(connection: Connection, batch: Batch) -> None:
    """Let lines about people who were merged be about whom they were merged into."""
    await connection.execute(SQL["of_winners"], batch.values())


# Asked of the base


async def clashing(connection: Connection, batch: Batch) -> list[Row]:
    """Lines with an id elsewhere that is, or is told to be, somebody else's; as `told`."""
    return await _rows(connection, "clashing", batch.values())


async def doubtful(connection: Connection, batch: Batch, now: datetime) -> list[Row]:
    """Lines with consents that what is known of their person may forbid; as `told`."""
    return await _rows(connection, "doubtful", batch.values(now=now))


async def told(connection: Connection, batch: Batch, now: datetime) -> list[Row]:
    """What is news beside attributes: line, contact_id, identities, consents of the lines that have any."""
    return await _rows(connection, "told", batch.values(now=now))


async def erased(connection: Connection, batch: Batch) -> list[int]:
    """Lines about people who were erased."""
    return [row["line"] for row in await _rows(connection, "erased", batch.values())]


async def differing(connection: Connection, batch: Batch, now: datetime) -> list[int]:
    """Lines that say, or may say, what the base does not have already. Nothing is locked for it."""
    return [row["line"] for row in await _rows(connection, "differing", batch.values(now=now))]


# Written to it


async def add_new(
    connection: Connection,
    batch: Batch,
    origin: Origin,
    *,
    columns: Sequence[str],
    untold: str,
) -> Added:
    """Create the people of a batch who are new and of whom nothing has to be asked, with all that is told.

    No event tells of consents to the topic `untold`.
    """
    given = {"columns": list(columns), "untold": untold}
    row = await _one(connection, "add_new", batch.values(**given, **_said(origin)))
    lifting = [tuple(each) for each in row["lifting"] or ()]
    return Added(row["created"], row["others"] or (), row["lost"], lifting)


async def insert_missing(connection: Connection, batch: Batch, now: datetime) -> list[str]:
    """Create the people of a batch who are not there; their ids."""
    cursor = await connection.execute(SQL["insert_missing"], batch.values(now=now))
    return [row["id"] for row in await cursor.fetchall()]


async def lock(connection: Connection, batch: Batch) -> None:
    """Lock the people of a batch, in the order in which everybody locks them."""
    await connection.execute(SQL["lock"], batch.values())


async def settle(connection: Connection, batch: Batch, origin: Origin) -> bool:
    """Leave in the rows of locked people only what is newer than what is known; whether any row has a date.

    What is older goes to the history at its date.
    """
    dated: bool = (await _one(connection, "dated", batch.values()))["dated"]
    if dated:
        await connection.execute(SQL["settle"], batch.values(source=origin.source, now=origin.now))
    return dated


async def apply(
    connection: Connection,
    batch: Batch,
    origin: Origin,
    *,
    created: Sequence[str],
    columns: Sequence[str],
    dated: bool,
) -> list[Row]:
    """Write the attributes of a batch that differ, with history and events; who (`id`) of the known changed.

    `is_readdressed`: whose address it was.
    """
    given = {"created": list(created), "columns": list(columns), "dated": dated}
    cursor = await connection.execute(SQL["apply"], batch.values(**given, **_said(origin)))
    return await cursor.fetchall()


def _said(origin: Origin) -> Row:
    return {"source": origin.source, "now": origin.now, "silent": origin.silent, "unheard": []}


async def _rows(connection: Connection, name: str, values: Row) -> list[Row]:
    cursor = await connection.execute(CHECKS[name], values)
    return await cursor.fetchall()


async def _one(connection: Connection, name: str, values: Row) -> Row:
    cursor = await connection.execute(SQL[name], values)
    row = await cursor.fetchone()
    assert row is not None
    return row
