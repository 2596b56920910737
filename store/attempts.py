"""Rows of sending: attempts, what came of them, and those whose outcome never became known.

Whoever writes here holds the locks of the contacts concerned.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from store import contacts
from store.database import Connection, Row, queries, row_of, rows_of

SQL = queries("attempts")


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """A message about to be handed over; `local_day` and `household` are the person's now."""

    id: int
    attempt_id: UUID
    local_day: date
    content_hash: str
    household: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """An attempt that the provider took."""

    id: int
    attempt_id: UUID
    provider: str
    provider_id: str | None


async def lock_contacts(connection: Connection, ids: Collection[int]) -> list[Row]:
    """Lock the contacts of messages and of their runs, as `contacts.lock` does."""
    cursor = await connection.execute(SQL["lock_contacts"], {"ids": list(ids)})
    return await contacts.with_winners(connection, await cursor.fetchall())


async def to_attempt(
    connection: Connection, ids: Collection[int], again: Collection[str], *, since: datetime, now: datetime
) -> list[Row]:
    """Those of these messages that are due and may be attempted, with what speaks against it for now.

    Reserved ones, and of the classes `again` also those whose last attempt has no known outcome. `held`: its
    channel or scenario is paused. `under_way`: attempted after `since`, so that the attempt may go on yet.
    """
    parameters = {"ids": list(ids), "again": list(again), "since": since, "now": now}
    cursor = await connection.execute(SQL["to_attempt"], parameters)
    return await cursor.fetchall()


async def attempt(connection: Connection, attempts: Sequence[NewAttempt], now: datetime) -> None:
    """Record attempts, before anything is sent."""
    if attempts:
        rows = [row_of(each) for each in attempts]
        await connection.execute(SQL["attempt"], {"rows": rows_of(rows), "now": now})


async def give_back(connection: Connection, attempts: Sequence[tuple[int, UUID]]) -> list[Row]:
    """Make (message, attempt) pairs of which nothing was sent wait for another attempt.

    Returns `id` and `stands` of each: whether its run is on the version that it is of, None where that ended.
    """
    if not attempts:
        return []
    ids, uuids = (list(column) for column in zip(*attempts, strict=True))
    cursor = await connection.execute(SQL["give_back"], {"ids": ids, "attempts": uuids})
    return await cursor.fetchall()


async def sent(connection: Connection, accepted: Sequence[Accepted], now: datetime) -> list[Row]:
    """Record what providers took; the messages whose attempt it was, as `messages.by_ids` gives them."""
    if not accepted:
        return []
    rows = [row_of(each) for each in accepted]
    cursor = await connection.execute(SQL["sent"], {"rows": rows_of(rows), "now": now})
    return await cursor.fetchall()


async def make_due(connection: Connection, run_ids: Collection[int], now: datetime) -> None:
    """Let active runs be looked at by the next advance of their group."""
    if run_ids:
        await connection.execute(SQL["make_due"], {"runs": list(run_ids), "now": now})


async def unsettled(connection: Connection, before: datetime, limit: int) -> list[Row]:
    """Messages attempted before an instant of which nothing was heard: id, contact_id, run_id, class."""
    cursor = await connection.execute(SQL["unsettled"], {"before": before, "limit": limit})
    return await cursor.fetchall()


async def settle_unknown(
    connection: Connection, ids: Collection[int], again: Collection[str], before: datetime, now: datetime
) -> list[Row]:
    """Settle them as unknown, or for the classes `again` let them be attempted once more.

    `id`, `run_id` and `stands` of each, as `give_back` says it of what would be attempted, else true.
    """
    parameters = {"ids": list(ids), "again": list(again), "before": before, "now": now}
    cursor = await connection.execute(SQL["settle_unknown"], parameters)
    return await cursor.fetchall()
