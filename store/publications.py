"""What a publication asks of the rows: who is in flight, on which messages; code pools; the audit line."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from store.database import Connection, Row, queries

SQL = queries("publications")


async def lock(connection: Connection) -> None:
    """Keep other publications out until the end of the transaction."""
    await connection.execute(SQL["lock"])


async def in_flight(connection: Connection, names: Collection[str]) -> list[Row]:
    """Active runs of scenarios: scenario, version, newest version heeded, position, and how many people."""
    cursor = await connection.execute(SQL["in_flight"], {"names": list(names)})
    return await cursor.fetchall()


async def messages_in_use(connection: Connection) -> list[tuple[str, int, str, str]]:
    """(scenario, version, channel, message) of every message that somebody in flight may still get."""
    cursor = await connection.execute(SQL["messages_in_use"])
    rows = await cursor.fetchall()
    return [(row["scenario"], row["version"], row["channel"], row["message"]) for row in rows]


async def add_codes(connection: Connection, pool: str, codes: list[str]) -> int:
    """Add codes to a pool, in this order; those it has are left. Returns how many were new."""
    cursor = await connection.execute(SQL["add_codes"], {"pool": pool, "codes": codes})
    return cursor.rowcount


async def audit(
    connection: Connection, actor: str, action: str, subject: str, data: Any, now: datetime
) -> None:
    """Record who did what."""
    values = {"now": now, "actor": actor, "action": action, "subject": subject, "data": Jsonb(data)}
    await connection.execute(SQL["audit"], values)
