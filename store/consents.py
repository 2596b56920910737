"""The ledger of consents, and the blocks on addresses."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from store.database import Connection, Row, queries, row_of, rows_of

SQL = queries("consents")

CLASSES_OF_REASON: dict[str, tuple[str, ...]] = {
    "hard_bounce": ("marketing", "service", "transactional"),
    "invalid": ("marketing", "service", "transactional"),
}
"""Whom a block stops: a dead address gets nothing at all, every other block spares transactional messages."""


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """A line for the ledger. `proof` is JSON: what shows that the person agreed (or asked to stop)."""

    contact_id: str
    topic: str
    channel: str
    state: str
    basis: str
    source: str
    at: datetime
    text_version: str | None = None
    proof: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """A suppression to write. `known_hashes`: the address under every key, the first one is stored."""

    channel: str
    known_hashes: tuple[str, ...]
    reason: str
    source: str
    at: datetime
    topics: tuple[str, ...] | None = None
    sender: str | None = None
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class Lift:
    """Which blocks end: of these reasons, on an address (under every key) or of a contact's topics.

    `sender` None: to whichever sender they were said. `topic` given: all of that topic, and only these.
    """

    channel: str
    reasons: tuple[str, ...]
    hashes: tuple[str, ...]
    contact_id: str | None = None
    sender: str | None = None
    topic: str | None = None


async def latest(connection: Connection, contact_ids: Collection[str]) -> list[Row]:
    """The line that holds for each contact, topic and channel; `since` when consent to tracking began."""
    cursor = await connection.execute(SQL["latest"], {"contacts": list(contact_ids)})
    return await cursor.fetchall()


async def append(connection: Connection, lines: Sequence[ConsentLine], now: datetime) -> None:
    """Write lines of the ledger in the order given."""
    if lines:
        rows = [{"n": n, **row_of(line)} for n, line in enumerate(lines)]
        await connection.execute(SQL["append"], {"rows": rows_of(rows), "now": now})


async def told(
    connection: Connection, wanted: Sequence[tuple[str, str, str, str, datetime]]
) -> set[tuple[str, str, str, str, datetime]]:
    """Which (contact, topic, channel, state, instant) the ledger has a line of."""
    if not wanted:
        return set()
    names = ("contacts", "topics", "channels", "states", "instants")
    columns = zip(names, map(list, zip(*wanted, strict=True)), strict=True)
    cursor = await connection.execute(SQL["told"], dict(columns))
    return {
        (row["contact_id"], row["topic"], row["channel"], row["state"], row["at"])
        for row in await cursor.fetchall()
    }


async def sales(connection: Connection, wanted: Sequence[tuple[str, str, datetime]]) -> list[Row | None]:
    """The last event (source, id, at) of each (contact, name, until), in their order; None where none is."""
    if not wanted:
        return []
    columns = zip(("contacts", "events", "untils"), map(list, zip(*wanted, strict=True)), strict=True)
    cursor = await connection.execute(SQL["sales"], dict(columns))
    found = {row["n"]: row for row in await cursor.fetchall()}
    return [found.get(number) for number in range(1, len(wanted) + 1)]


async def suppressions(
    connection: Connection, hashes: Collection[str], contact_ids: Collection[str]
) -> list[Row]:
    """Blocks in force on any of these addresses, and those on a topic of these contacts."""
    parameters = {"hashes": list(hashes), "contacts": list(contact_ids)}
    cursor = await connection.execute(SQL["suppressions"], parameters)
    return await cursor.fetchall()


async def suppress(connection: Connection, blocks: Sequence[Block]) -> int:
    """Write blocks that are not in force yet; returns how many were new."""
    if not blocks:
        return 0
    rows = [
        {
            **row_of(block),
            "address_hash": block.known_hashes[0] if block.known_hashes else None,
            "classes": CLASSES_OF_REASON.get(block.reason, ("marketing", "service")),
        }
        for block in blocks
    ]
    cursor = await connection.execute(SQL["suppress"], {"rows": rows_of(rows)})
    return cursor.rowcount


async def lift(connection: Connection, lifts: Sequence[Lift], now: datetime) -> int:
    """End blocks; returns how many."""
    if not lifts:
        return 0
    rows = [row_of(each) for each in lifts]
    cursor = await connection.execute(SQL["lift"], {"rows": rows_of(rows), "now": now})
    return cursor.rowcount
