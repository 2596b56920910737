"""Ids that other systems have for a contact: (kind, value) belongs to one contact."""

from collections.abc import Sequence

from store.database import Connection, queries

SQL = queries("identities")


async def add(connection: Connection, wanted: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Give (kind, value) to contacts; returns the (kind, value, owner) that another contact has already."""
    if not wanted:
        return []
    kinds, values, contacts = (list(column) for column in zip(*wanted, strict=True))
    await connection.execute(SQL["add"], {"kinds": kinds, "values": values, "contacts": contacts})
    cursor = await connection.execute(SQL["owners"], {"kinds": kinds, "values": values})
    owners = {(row["kind"], row["value"]): row["contact_id"] for row in await cursor.fetchall()}
    return [(k, v, owners[k, v]) for k, v, contact in wanted if owners[k, v] != contact]


async def of_contact(connection: Connection, contact_id: str) -> dict[str, str]:
    """A contact's ids in other systems by kind; the last in order where a kind has several."""
    cursor = await connection.execute(SQL["of_contact"], {"contact": contact_id})
    return {row["kind"]: row["value"] for row in await cursor.fetchall()}
