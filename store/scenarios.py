"""What is published: worlds, scenario versions, and which one is current."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from store.database import Connection, Row, queries

SQL = queries("scenarios")


async def publication(connection: Connection) -> int:
    """The number of the last publication; it grows in the transaction that publishes."""
    cursor = await connection.execute(SQL["publication"])
    row = await cursor.fetchone()
    return row["number"] if row else 0


async def world(connection: Connection) -> Mapping[str, Any] | None:
    """The world in force as JSON, None before the first publication."""
    cursor = await connection.execute(SQL["world"])
    row = await cursor.fetchone()
    return row["world"] if row else None


async def version(connection: Connection, scenario: str, number: int) -> Mapping[str, Any] | None:
    """The plan of a version as JSON, None when there is no such version."""
    cursor = await connection.execute(SQL["version"], {"scenario": scenario, "version": number})
    row = await cursor.fetchone()
    return row["plan"] if row else None


async def published(connection: Connection, scenario: str) -> list[Row]:
    """The versions of a scenario and when each was published, the oldest first."""
    cursor = await connection.execute(SQL["published"], {"scenario": scenario})
    return await cursor.fetchall()


async def before(connection: Connection, scenario: str, number: int) -> list[Mapping[str, Any]]:
    """The plans of the versions before one as JSON, the oldest first."""
    cursor = await connection.execute(SQL["before"], {"scenario": scenario, "version": number})
    return [row["plan"] for row in await cursor.fetchall()]


async def current(connection: Connection) -> list[Row]:
    """Name, current version and hash of each scenario that takes entries."""
    cursor = await connection.execute(SQL["current"])
    return await cursor.fetchall()


async def heard(connection: Connection) -> list[tuple[str, int]]:
    """Scenario and version of every plan by which an event may act on somebody."""
    cursor = await connection.execute(SQL["heard"])
    return [(row["scenario"], row["version"]) for row in await cursor.fetchall()]


async def with_hash(connection: Connection, scenario: str, hash_: str) -> int | None:
    """The newest version of a scenario that had this plan, None when none had."""
    cursor = await connection.execute(SQL["with_hash"], {"scenario": scenario, "hash": hash_})
    row = await cursor.fetchone()
    return row["version"] if row else None


async def source(connection: Connection, scenario: str, number: int) -> tuple[str, str] | None:
    """The path (inside the project) and the text of a version; None when there is no such version."""
    cursor = await connection.execute(SQL["source"], {"scenario": scenario, "version": number})
    row = await cursor.fetchone()
    return (row["path"], row["source"]) if row else None


async def listed(connection: Connection, scenario: str | None = None) -> list[Row]:
    """Every version, the newest of each scenario first: number, hash, who, commit, when, rule, in force."""
    cursor = await connection.execute(SQL["listed"], {"scenario": scenario})
    return await cursor.fetchall()


async def save_world(
    connection: Connection, hash_: str, world_: Mapping[str, Any], *, author: str, at: datetime
) -> bool:
    """Put a world in force; False when it was already."""
    cursor = await connection.execute(SQL["newest_world"])
    row = await cursor.fetchone()
    if row and row["hash"] == hash_:
        return False
    parameters = {"hash": hash_, "world": Jsonb(world_), "author": author, "at": at}
    await connection.execute(SQL["save_world"], parameters)
    return True


async def save_version(  # noqa: PLR0913 - a version is all of this
    connection: Connection,
    scenario: str,
    plan: Mapping[str, Any],
    *,
    path: str,
    source: str,
    hash_: str,
    author: str,
    commit: str | None = None,
    at: datetime,
) -> int:
    """Append a version, which never changes after; returns its number."""
    # Two publications of one scenario get two numbers.
    await connection.execute("select pg_advisory_xact_lock(hashtext(%s))", (scenario,))
    parameters = {
        "scenario": scenario,
        "plan": Jsonb(plan),
        "path": path,
        "source": source,
        "hash": hash_,
        "author": author,
        "commit": commit,
        "at": at,
    }
    cursor = await connection.execute(SQL["save_version"], parameters)
    row = await cursor.fetchone()
    assert row is not None
    number: int = row["version"]
    return number


async def set_current(connection: Connection, scenario: str, number: int | None) -> None:
    """Say which version new entries take; None withdraws the scenario."""
    await connection.execute(SQL["set_current"], {"scenario": scenario, "version": number})
