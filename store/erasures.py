"""Erasures that are passed on to providers: asked with the erasure itself, tried until they answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from store.database import Connection, Row, queries, row_of, rows_of

SQL = queries("erasures")

UNKNOWN = "unknown"

Outcome: TypeAlias = Literal["done", "refused", "not_asked"]


@dataclass(frozen=True, slots=True)
class Trace:
    """What a provider has of somebody: its ids of their messages, and their addresses (stored sealed).

    `provider` UNKNOWN: whoever the channel's is, who may have taken a message and has not said so.
    """

    contact_id: str
    provider: str
    channel: str
    message_ids: Sequence[str]
    addresses: Sequence[str]


@dataclass(frozen=True, slots=True)
class Due:
    """An erasure that is to be asked for now; `tries` counts this one."""

    id: int
    provider: str
    channel: str
    addresses: Sequence[str]
    message_ids: Sequence[str]
    tries: int


async def traces(connection: Connection, contact_ids: Collection[str]) -> list[Trace]:
    """Which providers have carried messages of contacts, while that is still known."""
    cursor = await connection.execute(SQL["traces"], {"contacts": list(contact_ids), "unknown": UNKNOWN})
    return [Trace(**row) for row in await cursor.fetchall()]


async def put(connection: Connection, wanted: Sequence[Trace], now: datetime, later: datetime) -> None:
    """Ask providers to forget, from now on; UNKNOWN ones from `later` on, when what they took is there."""
    if wanted:
        rows = rows_of([row_of(each) for each in wanted])
        values = {"rows": rows, "now": now, "later": later, "unknown": UNKNOWN}
        await connection.execute(SQL["put"], values)


async def claim(connection: Connection, now: datetime, again_at: datetime) -> Due | None:
    """The next one whose time has come, held until `again_at`."""
    cursor = await connection.execute(SQL["claim"], {"now": now, "again_at": again_at})
    row = await cursor.fetchone()
    return Due(**row) if row else None


async def put_off(connection: Connection, id_: int, at: datetime, why: str) -> None:
    """Try again at an instant; `why` holds no personal data."""
    await connection.execute(SQL["put_off"], {"id": id_, "at": at, "why": why})


async def settle(connection: Connection, id_: int, outcome: Outcome, why: str | None, now: datetime) -> None:
    """Note what came of it; what it took to ask is kept no longer."""
    values = {"id": id_, "state": outcome, "why": why, "now": now}
    await connection.execute(SQL["settle"], values)


async def told(connection: Connection, limit: int) -> list[Row]:
    """The last ones asked for: contact_id, provider, state, why, tries, asked_at, settled_at."""
    cursor = await connection.execute(SQL["told"], {"limit": limit})
    return await cursor.fetchall()
