"""Messages: the pressure ledger and the delivery record in one; and the codes that they carry.

Whoever writes here holds the locks of the contacts concerned.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from store.database import Connection, Row, queries, row_of, rows_of

SQL = queries("messages")

Key: TypeAlias = tuple[int, str, int]
"""Run, step and iteration: what makes a message one."""


@dataclass(frozen=True, slots=True)
class Giveback:
    """A reserved message to release. `displaced`: a higher priority took its place."""

    id: int
    reason: str
    displaced: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a provider said of a message. `at` is when it left, where it did."""

    id: int
    state: str
    at: datetime
    reason: str | None = None
    provider: str | None = None
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """A code of a pool to take for a message, into one of its variables."""

    message_id: int
    run_id: int
    pool: str
    variable: str


async def reserve(connection: Connection, rows: Sequence[Row]) -> dict[Key, int]:
    """Write reserved (or withheld) messages; the id of each by its key.

    One that was released is reserved again; one that has left stays as it is, and keeps its id.
    """
    if not rows:
        return {}
    found = await _ids(connection, "reserve", rows)
    left = [row for row in rows if (row["run_id"], row["step"], row["iteration"]) not in found]
    return found | await _ids(connection, "ids", left) if left else found


async def _ids(connection: Connection, statement: str, rows: Sequence[Row]) -> dict[Key, int]:
    cursor = await connection.execute(SQL[statement], {"rows": rows_of(rows)})
    return {(row["run_id"], row["step"], row["iteration"]): row["id"] for row in await cursor.fetchall()}


async def release(connection: Connection, givebacks: Sequence[Giveback], now: datetime) -> list[Row]:
    """Release those that are still reserved, with their codes: id, run_id, contact_id of each."""
    if not givebacks:
        return []
    rows = [row_of(each) for each in givebacks]
    cursor = await connection.execute(SQL["release"], {"rows": rows_of(rows), "now": now})
    return await cursor.fetchall()


async def reserved_of_runs(connection: Connection, run_ids: Collection[int]) -> list[int]:
    """Ids of messages that these runs still hold a place for."""
    cursor = await connection.execute(SQL["reserved_of_runs"], {"runs": list(run_ids)})
    return [row["id"] for row in await cursor.fetchall()]


async def reserved_by_run(connection: Connection, run_ids: Collection[int]) -> list[tuple[int, int]]:
    """(message, run) of messages that these runs still hold a place for."""
    cursor = await connection.execute(SQL["reserved_of_runs"], {"runs": list(run_ids)})
    return [(row["id"], row["run_id"]) for row in await cursor.fetchall()]


async def of_contacts(
    connection: Connection, contact_ids: Collection[str], since: datetime, run_ids: Collection[int]
) -> list[Row]:
    """Messages of contacts since an instant, and all those of some runs."""
    parameters = {"contacts": list(contact_ids), "since": since, "runs": list(run_ids)}
    cursor = await connection.execute(SQL["of_contacts"], parameters)
    return await cursor.fetchall()


async def due(
    connection: Connection, group_ids: Collection[int], now: datetime, *, paused: Collection[str], limit: int
) -> dict[int, dict[str, list[Row]]]:
    """Reserved messages whose instant has come, by group and channel; paused channels are left out.

    Of each: id, message (the name of its template), contact_id.
    At most `limit` of each group, which is never less than it has runs.
    """
    parameters = {"groups": list(group_ids), "now": now, "paused": list(paused), "limit": limit}
    cursor = await connection.execute(SQL["due"], parameters)
    found: dict[int, dict[str, list[Row]]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["group_id"], {}).setdefault(row["channel"], []).append(row)
    return found


async def take_codes(connection: Connection, wanted: Sequence[CodeWanted], now: datetime) -> set[int]:
    """Take codes and write them into the messages' variables; ids of messages that got none."""
    if not wanted:
        return set()
    rows = [row_of(each) for each in wanted]
    cursor = await connection.execute(SQL["take_codes"], {"rows": rows_of(rows), "now": now})
    return {row["message_id"] for row in await cursor.fetchall()}


async def empty_pools(connection: Connection, pools: Collection[str]) -> set[str]:
    """Those of these pools that have no free code."""
    if not pools:
        return set()
    cursor = await connection.execute(SQL["free_pools"], {"pools": list(pools)})
    return set(pools) - {row["pool"] for row in await cursor.fetchall()}


async def pools_held(
    connection: Connection, pools: Collection[str], run_ids: Collection[int]
) -> set[tuple[int, str]]:
    """(run, pool) where the run has a code already."""
    parameters = {"pools": list(pools), "ids": list(run_ids)}
    cursor = await connection.execute(queries("runs")["pools_held"], parameters)
    return {(row["run_id"], row["pool"]) for row in await cursor.fetchall()}


async def by_reference(
    connection: Connection, uids: Collection[str], provider_ids: Collection[str]
) -> list[Row]:
    """Messages that a provider speaks of, by our id or by its own."""
    parameters = {"uids": list(uids), "provider_ids": list(provider_ids)}
    cursor = await connection.execute(SQL["by_reference"], parameters)
    return await cursor.fetchall()


async def by_ids(connection: Connection, ids: Collection[int]) -> list[Row]:
    """What message events say of messages: scenario, step, topic, channel, class, tags, run, iteration."""
    cursor = await connection.execute(SQL["by_ids"], {"ids": list(ids)})
    return await cursor.fetchall()


async def clicked_since(
    connection: Connection, ids: Collection[int], since: datetime
) -> list[tuple[int, str | None, datetime]]:
    """(message, link, instant) of clicks on these messages that are known already."""
    cursor = await connection.execute(SQL["clicked_since"], {"ids": list(ids), "since": since})
    return [(row["id"], row["link"], row["at"]) for row in await cursor.fetchall()]


async def last_sent_to(connection: Connection, contact_ids: Collection[str], channel: str) -> dict[str, int]:
    """The last message that each contact got on a channel: what a reply answers."""
    parameters = {"contacts": list(contact_ids), "channel": channel}
    cursor = await connection.execute(SQL["last_sent_to"], parameters)
    return {row["contact_id"]: row["id"] for row in await cursor.fetchall()}


async def settle(connection: Connection, settlements: Sequence[Settlement], now: datetime) -> None:
    """Write what providers said; the caller has checked that a state only moves forward."""
    if settlements:
        rows = [row_of(each) for each in settlements]
        await connection.execute(SQL["settle"], {"rows": rows_of(rows), "now": now})


async def add_reports(connection: Connection, rows: Sequence[Row], now: datetime) -> set[tuple[str, str]]:
    """Keep providers' reports; (provider, key) of those that are new."""
    if not rows:
        return set()
    cursor = await connection.execute(SQL["add_reports"], {"rows": rows_of(rows), "now": now})
    return {(row["provider"], row["key"]) for row in await cursor.fetchall()}
