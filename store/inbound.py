"""Items of other systems' requests: which were taken."""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from store.database import Connection, queries

SQL = queries("inbound")


def digest(key: str) -> bytes:
    """What is kept of an item's id."""
    return sha256(key.encode()).digest()


async def note(connection: Connection, source: str, keys: Collection[str], now: datetime) -> set[str]:
    """Remember items; those that were not known. Another transaction with one of them is waited for."""
    by_digest = {digest(key): key for key in keys}
    parameters = {"source": source, "digests": list(by_digest), "now": now}
    cursor = await connection.execute(SQL["note"], parameters)
    return {by_digest[bytes(row["digest"])] for row in await cursor.fetchall()}


async def forget(connection: Connection, source: str, keys: Collection[str]) -> None:
    """Let items that were refused after all come again."""
    if keys:
        digests = [digest(key) for key in keys]
        await connection.execute(SQL["forget"], {"source": source, "digests": digests})
