"""Ids that other systems have for a contact: (kind, value) belongs to one contact."""

from collections.abc import Collection, Sequence
from typing import TypeAlias

from store.database import Connection, queries

SQL = queries("identities")

Identity: TypeAlias = tuple[str, str, str]
"""Kind, value and contact."""

OUR_ID = ""
"""The kind of what is no id of another system but our own."""

Way: TypeAlias = tuple[str, str]
"""Kind and value of what leads to somebody: `OUR_ID`, `email` and `phone`, or an id of another system."""


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


async def people(connection: Connection, asked: Collection[Way]) -> dict[Way, set[str]]:
    """Everybody to whom each of these leads, in one statement; what leads to nobody is left out.

    Emails in any capitals, phones as E.164. Of somebody who was merged, whom they were merged into.
    """
    if not asked:
        return {}
    parameters = {"kinds": [kind for kind, _ in asked], "values": [value for _, value in asked]}
    cursor = await connection.execute(SQL["people"], parameters)
    found: dict[Way, set[str]] = {}
    for row in await cursor.fetchall():
        found.setdefault((row["kind"], row["value"]), set()).add(row["contact_id"])
    return found


def _columns(wanted: Sequence[Identity]) -> dict[str, list[str]]:
    kinds, values, contacts = (list(column) for column in zip(*wanted, strict=True))
    return {"kinds": kinds, "values": values, "contacts": contacts}
