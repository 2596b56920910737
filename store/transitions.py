"""What decisions rested on: written with them, and read when they are taken again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from store.database import Connection, Row, queries, rows_of

SQL = queries("transitions")


async def standing(connection: Connection) -> Row:
    """seen: the last place among the events; world_id: the world in force."""
    return (await _rows(connection, "standing", {}))[0]


async def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Append what decisions of runs of locked contacts rested on."""
    if rows:
        await connection.execute(SQL["add"], {"rows": rows_of(rows)})


async def of_run(connection: Connection, run: int) -> dict[int, Row]:
    """What each decision of a run rested on, by its sequence."""
    return {row["sequence"]: row for row in await _rows(connection, "of_run", {"run": run})}


async def trail(connection: Connection, run: int) -> dict[int, list[Row]]:
    """What was said of a run, by the sequence of the decision."""
    found: dict[int, list[Row]] = {}
    for row in await _rows(connection, "trail", {"run": run}):
        found.setdefault(row["sequence"], []).append(row)
    return found


async def events(
    connection: Connection,
    contact: str,
    since: Mapping[str, datetime],
    *,
    settled: int,
    fresh: Collection[int],
) -> list[Row]:
    """A contact's events of these names, oldest first: all up to the place `settled`, and `fresh` ones."""
    if not since:
        return []
    parameters = {
        "contact": contact,
        "names": list(since),
        "since": list(since.values()),
        "oldest": min(since.values()),
        "settled": settled,
        "fresh": list(fresh),
    }
    return await _rows(connection, "events", parameters)


async def heard(connection: Connection, seqs: Collection[int]) -> list[Row]:
    """Events by their places, oldest first."""
    return await _rows(connection, "heard", {"seqs": list(seqs)})


async def consents(connection: Connection, contact: str, seen: int) -> list[Row]:
    """The line that held for each topic and channel, with `since` for tracking."""
    return await _rows(connection, "consents", {"contact": contact, "seen": seen})


async def suppressions(connection: Connection, contact: str, hashes: Sequence[str], seen: int) -> list[Row]:
    """The blocks that were in force on these addresses and on topics of the contact."""
    return await _rows(connection, "suppressions", {"contact": contact, "hashes": list(hashes), "seen": seen})


async def changed_since(connection: Connection, contact: str, seen: int) -> dict[str, Any]:
    """Attributes that changed after a place, with the JSON value that they had at it (None: none)."""
    rows = await _rows(connection, "changed_since", {"contact": contact, "seen": seen})
    return {row["attribute"]: row["value"] for row in rows}


async def messages(connection: Connection, ids: Collection[int]) -> dict[int, Row]:
    """Messages as they are now."""
    return {row["id"]: row for row in await _rows(connection, "messages", {"ids": list(ids)})}


async def own_messages(connection: Connection, run: int) -> dict[tuple[str, int], int]:
    """The ids of a run's messages by step and iteration."""
    rows = await _rows(connection, "own_messages", {"run": run})
    return {(row["step"], row["iteration"]): row["id"] for row in rows}


async def answers(connection: Connection, run: int) -> dict[tuple[str, int], Row]:
    """What came of a run's requests, by step and iteration."""
    return {(row["step"], row["iteration"]): row for row in await _rows(connection, "answers", {"run": run})}


async def world(connection: Connection, world_id: int) -> Mapping[str, Any] | None:
    """A world as JSON; None where it is not kept."""
    rows = await _rows(connection, "world", {"id": world_id})
    found: Mapping[str, Any] | None = rows[0]["world"] if rows else None
    return found


async def _rows(connection: Connection, name: str, parameters: dict[str, Any]) -> list[Row]:
    cursor = await connection.execute(SQL[name], parameters)
    return await cursor.fetchall()
