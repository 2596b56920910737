"""People: their rows, and every value that their attributes had."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.database import Connection, Row, queries, row_of, rows_of

SQL = queries("contacts")


@dataclass(frozen=True, slots=True)
class Fact:
    """The JSON value that an attribute has since `at`. Not `in_force`: a newer one was known when it came."""

    contact_id: str
    attribute: str
    value: Any
    at: datetime
    in_force: bool = True


async def lock(connection: Connection, ids: Collection[str], of_runs: Collection[int] = ()) -> list[Row]:
    """Lock contacts until the transaction ends; their rows, by id. Unknown ids are left out.

    Always the first lock that a transaction takes, and once for all the contacts that it needs. Of somebody
    who was merged, whom they were merged into is locked and returned too. `of_runs`: runs of messages to
    these contacts, whose people are others where a merge was undone since, and are locked too.
    """
    cursor = await connection.execute(SQL["lock"], {"ids": list(ids), "runs": list(of_runs)})
    return await with_winners(connection, await cursor.fetchall())


async def with_winners(connection: Connection, rows: list[Row]) -> list[Row]:
    """Locked rows, and those whom one of them was merged into while its lock was waited for."""
    there = {row["id"] for row in rows}
    into = {row["merged_into"] for row in rows if row["merged_into"] is not None} - there
    return sorted(rows + await lock(connection, into), key=lambda row: row["id"]) if into else rows


async def read(connection: Connection, ids: Collection[str]) -> list[Row]:
    """Rows of contacts, unlocked; unknown ids are left out."""
    cursor = await connection.execute(SQL["read"], {"ids": list(ids)})
    return await cursor.fetchall()


async def by_address(
    connection: Connection, emails: Collection[str], phones: Collection[str]
) -> dict[tuple[str, str], list[str]]:
    """Contacts by (channel, address) for lower-case emails and E.164 phones; an address may be shared."""
    cursor = await connection.execute(SQL["by_address"], {"emails": list(emails), "phones": list(phones)})
    found: dict[tuple[str, str], list[str]] = {}
    for row in await cursor.fetchall():
        found.setdefault((row["channel"], row["address"]), []).append(row["id"])
    return found


async def insert_missing(
    connection: Connection, ids: Sequence[str], created: Sequence[datetime], now: datetime
) -> set[str]:
    """Create empty contacts where there are none; returns the ids that are new."""
    parameters = {"ids": list(ids), "created": list(created), "now": now}
    cursor = await connection.execute(SQL["insert_missing"], parameters)
    return {row["id"] for row in await cursor.fetchall()}


async def write(connection: Connection, rows: Sequence[Row], now: datetime) -> None:
    """Write the columns and attributes of locked contacts, whole."""
    await connection.execute(SQL["write"], {"rows": rows_of(rows), "now": now})


async def known_since(
    connection: Connection, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], datetime]:
    """The date of the newest value of (contact, attribute) pairs; those without any are left out."""
    parameters = {"contacts": [contact for contact, _ in wanted], "attributes": [name for _, name in wanted]}
    cursor = await connection.execute(SQL["known_since"], parameters)
    return {(row["contact_id"], row["attribute"]): row["at"] for row in await cursor.fetchall()}


async def readdressed(connection: Connection, contact_ids: Collection[str]) -> list[Row]:
    """Rows (contact_id, attribute, before, after) of contacts whose address is not the one of before."""
    cursor = await connection.execute(SQL["readdressed"], {"contacts": list(contact_ids)})
    return await cursor.fetchall()


async def add_facts(connection: Connection, facts: Sequence[Fact], *, source: str, now: datetime) -> None:
    """Remember values of attributes, each at its date."""
    rows = rows_of([row_of(fact) for fact in facts])
    await connection.execute(SQL["add_facts"], {"rows": rows, "source": source, "now": now})
