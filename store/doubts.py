"""Failures that say little once and much when they are told again: a phone is switched off, or given up."""

from collections.abc import Collection

from store.database import Connection, queries

SQL = queries("doubts")


async def days_told(
    connection: Connection, contact_ids: Collection[str]
) -> dict[tuple[str, str | None, str | None], int]:
    """Days by (contact, number, reason) on which a failure was told with no delivery since."""
    cursor = await connection.execute(SQL["days_told"], {"contacts": list(contact_ids)})
    return {
        (row["contact_id"], row["address"], row["reason"]): row["days"] for row in await cursor.fetchall()
    }
