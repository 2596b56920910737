"""Ids that other systems have for a contact: (kind, value) belongs to one contact."""

from collections.abc import Sequence
from typing import TypeAlias

from store.database import Connection, queries

SQL = queries("identities")

Identity: TypeAlias = tuple[str, str, str]
"""Kind, value and contact."""


async def add(connection: Connection, wanted: Sequence[Identity]) -> None:
    """Give identities to contacts; those that somebody has already stay with whom they are."""
    if wanted:
        await connection.execute(SQL["add"], _columns(wanted))


async def taken(connection: Connection, wanted: Sequence[Identity]) -> list[Identity]:
    """Those that belong to another contact than the one named, with their owners."""
    if not wanted:
        return []
    cursor = await connection.execute(SQL["taken"], _columns(wanted))
    return [(row["kind"], row["value"], row["contact_id"]) for row in await cursor.fetchall()]


async def of_contact(connection: Connection, contact_id: str) -> dict[str, str]:
    """A contact's ids in other systems by kind; the last in order where a kind has several."""
    cursor = await connection.execute(SQL["of_contact"], {"contact": contact_id})
    return {row["kind"]: row["value"] for row in await cursor.fetchall()}


def _columns(wanted: Sequence[Identity]) -> dict[str, list[str]]:
    kinds, values, contacts = (list(column) for column in zip(*wanted, strict=True))
    return {"kinds": kinds, "values": values, "contacts": contacts}
