"""What a simulation reads of the base. Nothing here writes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from store.database import Connection, Row, queries

SQL = queries("simulation")


async def extent(connection: Connection) -> Row:
    """people: how many; number: above every id in use; since: when recording began (None: never)."""
    return (await _rows(connection, "extent", {}))[0]


async def page(connection: Connection, after: str, limit: int) -> list[Row]:
    """Contacts in the order of their ids."""
    return await _rows(connection, "page", {"after": after, "limit": limit})


async def alone(connection: Connection, attribute: str, after: str, limit: int) -> list[Row]:
    """Contacts who live in no household, as `page` gives everybody."""
    return await _rows(connection, "alone", {"attribute": attribute, "after": after, "limit": limit})


async def parts_of_households(connection: Connection, attribute: str, size: int) -> list[list[str]]:
    """The ids of those who live in a household, in parts that keep the people of each together."""
    rows = await _rows(connection, "parts_of_households", {"attribute": attribute, "size": size})
    return [row["ids"] for row in rows]


async def runs(connection: Connection, contacts: Collection[str]) -> list[Row]:
    """Every run that these contacts have or had."""
    return await _rows(connection, "runs", {"contacts": list(contacts)})


async def members(connection: Connection, contacts: Collection[str]) -> set[tuple[str, str, str]]:
    """(scenario, look, contact) of who was inside a segment at the last look."""
    rows = await _rows(connection, "members", {"contacts": list(contacts)})
    return {(row["scenario"], row["look"], row["contact_id"]) for row in rows}


async def versions_in_use(connection: Connection) -> list[tuple[str, int]]:
    """Versions on which people are under way."""
    return [(row["scenario"], row["version"]) for row in await _rows(connection, "versions_in_use", {})]


async def last_deeds(
    connection: Connection, contacts: Collection[str], names: Sequence[str], before: datetime
) -> dict[str, datetime]:
    """When these contacts last did one of these things before an instant."""
    parameters = {"contacts": list(contacts), "names": list(names), "before": before}
    return {row["contact_id"]: row["at"] for row in await _rows(connection, "last_deeds", parameters)}


async def donors(connection: Connection, before: datetime, limit: int) -> list[str]:
    """Some people who were in the base by an instant, the same ones at each look."""
    return [row["id"] for row in await _rows(connection, "donors", {"before": before, "limit": limit})]


async def deeds(
    connection: Connection, contacts: Collection[str], names: Sequence[str], since: datetime, until: datetime
) -> list[Row]:
    """contact_id, name, at, properties of what these contacts did, oldest first."""
    parameters = {"contacts": list(contacts), "names": list(names), "since": since, "until": until}
    return await _rows(connection, "deeds", parameters)


async def joined(connection: Connection, since: datetime, until: datetime) -> list[Row]:
    """Who came into the base by and by (id and created_at), in an order of no meaning."""
    return await _rows(connection, "joined", {"since": since, "until": until})


async def sent(connection: Connection, since: datetime) -> list[Row]:
    """channel, sent, may_open, may_click."""
    return await _rows(connection, "sent", {"since": since})


async def reactions(connection: Connection, since: datetime) -> dict[tuple[str, str], int]:
    """(channel, event) to messages of which that was told."""
    rows = await _rows(connection, "reactions", {"since": since})
    return {(row["channel"], row["name"]): row["messages"] for row in rows}


async def withdrawals(connection: Connection, since: datetime) -> dict[str, int]:
    """How many people withdrew on each channel."""
    rows = await _rows(connection, "withdrawals", {"since": since})
    return {row["channel"]: row["people"] for row in rows}


async def codes_left(connection: Connection) -> dict[str, int]:
    """Codes that nobody has, by pool."""
    return {row["pool"]: row["codes"] for row in await _rows(connection, "codes_left", {})}


async def _rows(connection: Connection, name: str, parameters: dict[str, Any]) -> list[Row]:
    cursor = await connection.execute(SQL[name], parameters)
    return await cursor.fetchall()
