"""Since when values hold, and how many are older than they should be."""

from collections.abc import Collection
from datetime import datetime

from store.database import Connection, queries

SQL = queries("staleness")


async def since(connection: Connection, contact: str, attributes: Collection[str]) -> dict[str, datetime]:
    """Since when a person's values hold; attributes without one are left out."""
    parameters = {"contact": contact, "attributes": list(attributes)}
    cursor = await connection.execute(SQL["since"], parameters)
    return {row["attribute"]: row["at"] for row in await cursor.fetchall()}


async def count(connection: Connection, attribute: str, before: datetime) -> tuple[int, int]:
    """How many people have a value of an attribute, and of how many it is older than an instant."""
    cursor = await connection.execute(SQL["count"], {"attribute": attribute, "before": before})
    row = await cursor.fetchone()
    return (row["known"], row["stale"]) if row else (0, 0)
