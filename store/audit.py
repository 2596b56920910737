"""The audit: who saw, exported and changed what. It is only ever appended to, and sealed line by line."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from store.database import Connection, Row, queries

SQL = queries("audit")


async def lines(
    connection: Connection,
    *,
    action: str | None = None,
    actor: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[Row]:
    """The last lines, newest first: place, at, actor, action, subject, data."""
    values = {"action": action, "actor": actor, "subject": subject, "since": since, "limit": limit}
    cursor = await connection.execute(SQL["lines"], values)
    return await cursor.fetchall()


async def saw(
    connection: Connection, actor: str, contacts: Sequence[str], data: Mapping[str, Any], now: datetime
) -> None:
    """Write down that somebody saw these people, a line each."""
    values = {"actor": actor, "contacts": list(contacts), "data": Jsonb(dict(data)), "now": now}
    await connection.execute(SQL["saw"], values)


async def broken(connection: Connection) -> str | None:
    """What shows that the audit was tampered with; None where every seal holds."""
    cursor = await connection.execute(SQL["broken"])
    line = await cursor.fetchone()
    if line is not None:
        return (
            f"line {line['place']} ({line['at']:%Y-%m-%d %H:%M} UTC, {line['action']} by {line['actor']}) "
            "does not follow from those before it: it, or one before it, was changed, added or removed"
        )
    cursor = await connection.execute(SQL["ends"])
    ends = await cursor.fetchone()
    assert ends is not None
    if ends["told"] != ends["found"] or not ends["sealed"]:
        return f"the last lines are missing: {ends['told']} were written, {ends['found']} are there"
    return None
