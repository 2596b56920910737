"""What forgets a person. The statements run in one transaction that has locked the contact."""

from collections.abc import Collection
from datetime import datetime

from store.database import Connection, queries

SQL = queries("privacy")
FORGETTING = (
    "forget_history",
    "forget_identities",
    "forget_trail",
    "forget_transitions",
    "blank_events",
    "blank_messages",
    "blank_runs",
    "blank_reports",
    "blank_stray_reports",
    "blank_requests",
    "forget_tasks",
    "blank_tasks",
    "forget_segments",
    "forget_refusals",
    "forget_import_rows",
    "open_ledger",
    "blank_proofs",
    "forget_merges",
    "close_ledger",
    "erase",
)


ON_THE_WAY = ("blank_events", "blank_reports", "blank_requests", "forget_import_rows")
"""What may have been written by whoever did not see yet that somebody was erased."""


async def erase(connection: Connection, contact_ids: Collection[str], now: datetime) -> None:
    """Remove whatever tells who locked contacts were; what happened stays as bare counts."""
    values = {"contacts": sorted(contact_ids), "now": now}
    for name in FORGETTING:
        await connection.execute(SQL[name], values)


async def forget_again(connection: Connection, contact_ids: Collection[str], at: datetime) -> None:
    """Have what others were writing of them at the same moment removed, too, at an instant."""
    await connection.execute(SQL["forget_again"], {"contacts": sorted(contact_ids), "at": at})


async def forget_what_came(connection: Connection, now: datetime, limit: int) -> int:
    """Remove it of those whose instant has come; returns of how many."""
    cursor = await connection.execute(SQL["due_again"], {"now": now, "limit": limit})
    values = {"contacts": sorted(row["forgotten_id"] for row in await cursor.fetchall())}
    for name in ON_THE_WAY if values["contacts"] else ():
        await connection.execute(SQL[name], values)
    return len(values["contacts"])


async def note(connection: Connection, contact_ids: Collection[str], actor: str, now: datetime) -> None:
    """Write to the audit who was forgotten: last of all, since others who write to it wait from here on."""
    await connection.execute(SQL["audit"], {"contacts": sorted(contact_ids), "actor": actor, "now": now})
