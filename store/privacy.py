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


async def erase(connection: Connection, contact_ids: Collection[str], now: datetime) -> None:
    """Remove whatever tells who locked contacts were; what happened stays as bare counts."""
    values = {"contacts": sorted(contact_ids), "now": now}
    for name in FORGETTING:
        await connection.execute(SQL[name], values)


async def note(connection: Connection, contact_ids: Collection[str], actor: str, now: datetime) -> None:
    """Write to the audit who was forgotten: last of all, since others who write to it wait from here on."""
    await connection.execute(SQL["audit"], {"contacts": sorted(contact_ids), "actor": actor, "now": now})
