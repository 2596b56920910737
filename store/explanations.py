"""Rows behind `relance why`: what was known of one person at an instant, and no more than that."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from store.database import Connection, Row, queries

SQL = queries("explanations")


async def runs(
    connection: Connection, contact: str, scenario: str | None, at: datetime, limit: int
) -> list[Row]:
    """The runs that had begun, the newest first; `created_at` is when they were stored."""
    parameters = {"contact": contact, "scenario": scenario, "at": at, "limit": limit}
    return await _rows(connection, "runs", parameters)


async def trail(connection: Connection, run_ids: Collection[int], at: datetime) -> dict[int, list[Row]]:
    """What had been decided of each of these runs, in order."""
    found: dict[int, list[Row]] = {}
    for row in await _rows(connection, "trail", {"runs": list(run_ids), "at": at}):
        found.setdefault(row["run_id"], []).append(row)
    return found


async def messages(
    connection: Connection, contact: str | None, ids: Collection[int], at: datetime
) -> list[Row]:
    """Messages of the contact, or of anybody, as they stood; in the order in which they first got a place."""
    return await _rows(connection, "messages", {"contact": contact, "ids": list(ids), "at": at})


async def refusals(connection: Connection, contact: str, scenario: str | None, at: datetime) -> list[Row]:
    """Entries that were refused, the last of each reason."""
    return await _rows(connection, "refusals", {"contact": contact, "scenario": scenario, "at": at})


async def events(connection: Connection, contact: str, seqs: Collection[int]) -> dict[int, Row]:
    """Name and instants of events of the contact, by their place."""
    rows = await _rows(connection, "events", {"contact": contact, "seqs": list(seqs)})
    return {row["seq"]: row for row in rows}


async def consents(connection: Connection, contact: str, at: datetime) -> list[Row]:
    """The line of the ledger that held for each topic and channel."""
    return await _rows(connection, "consents", {"contact": contact, "at": at})


async def suppressions(
    connection: Connection, contact: str, hashes: Sequence[str], at: datetime
) -> list[Row]:
    """The blocks that were in force on these addresses and on topics of the contact."""
    return await _rows(connection, "suppressions", {"contact": contact, "hashes": list(hashes), "at": at})


async def changed_since(connection: Connection, contact: str, at: datetime) -> dict[str, Any]:
    """Attributes that changed after the instant, with the JSON value that they had at it (None: none)."""
    rows = await _rows(connection, "changed_since", {"contact": contact, "at": at})
    return {row["attribute"]: row["value"] for row in rows}


async def worlds(connection: Connection, at: datetime) -> list[Row]:
    """Ids of the worlds published until then, with when; the oldest first."""
    return await _rows(connection, "worlds", {"at": at})


async def world(connection: Connection, world_id: int) -> Mapping[str, Any]:
    """A world as JSON."""
    found: Mapping[str, Any] = (await _rows(connection, "world", {"id": world_id}))[0]["world"]
    return found


async def versions(connection: Connection, at: datetime) -> dict[str, int]:
    """The version of each scenario that new entries took."""
    return {row["scenario"]: row["version"] for row in await _rows(connection, "versions", {"at": at})}


async def _rows(connection: Connection, name: str, parameters: dict[str, Any]) -> list[Row]:
    cursor = await connection.execute(SQL[name], parameters)
    return await cursor.fetchall()


async def not_left(connection: Connection, runs: Collection[int], at: datetime) -> list[Row]:
    """Messages that should have left by an instant and of which no end was known then.

    scenario, message, channel, workflow_id, planned_at, attempted_at (None: nobody had tried yet).
    """
    cursor = await connection.execute(SQL["not_left"], {"runs": list(runs), "at": at})
    return await cursor.fetchall()


async def stood_still(connection: Connection, at: datetime) -> list[Row]:
    """What was paused at an instant: subject, actor, at, reason."""
    cursor = await connection.execute(SQL["stood_still"], {"at": at})
    return await cursor.fetchall()
