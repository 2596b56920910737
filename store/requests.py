"""Requests of runs to webhooks: who tries one holds it for a while, and settles it once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from store.database import Connection, queries

SQL = queries("requests")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is to be tried now. `key` is the same at every try; `tries` counts this one."""

    id: int
    run_id: int
    contact_id: str
    webhook: str
    body: dict[str, Any]
    key: str
    until: datetime
    tries: int


async def claim(connection: Connection, now: datetime, again_at: datetime, limit: int) -> list[Asked]:
    """Take open requests whose time has come; they are tried again at `again_at` unless they are settled."""
    cursor = await connection.execute(SQL["claim"], {"now": now, "again_at": again_at, "limit": limit})
    return [Asked(**row) for row in await cursor.fetchall()]


async def put_off(connection: Connection, id_: int, at: datetime) -> None:
    """Try a request again at an instant."""
    await connection.execute(SQL["put_off"], {"id": id_, "at": at})


async def settle(connection: Connection, id_: int, state: str, answer: Any, now: datetime) -> bool:
    """Settle an open request as `answered` or `failed`; False where nobody waits for it any more.

    The contact of its run is locked.
    """
    parameters = {"id": id_, "state": state, "answer": Jsonb(answer), "now": now}
    cursor = await connection.execute(SQL["settle"], parameters)
    row = await cursor.fetchone()
    return row is not None and row["state"] == state


async def call_off(connection: Connection, run_ids: Collection[int]) -> None:
    """Let nobody put the open requests of runs that have another step in their place now."""
    await connection.execute(SQL["call_off"], {"runs": list(run_ids)})


async def drop_late(connection: Connection, now: datetime, limit: int = 1000) -> int:
    """Close requests whose time is over or whose run has ended; how many."""
    cursor = await connection.execute(SQL["drop_late"], {"now": now, "limit": limit})
    return cursor.rowcount
