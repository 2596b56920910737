"""What forgets a person. The statements run in one transaction that has locked the contact."""

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
    "blank_requests",
    "forget_segments",
    "forget_refusals",
    "blank_proofs",
    "erase",
)


async def erase(connection: Connection, contact_id: str, actor: str, now: datetime) -> None:
    """Remove whatever tells who a locked contact was; what happened stays as bare counts."""
    for name in FORGETTING:
        await connection.execute(SQL[name], {"contact": contact_id, "now": now})
    await connection.execute(SQL["audit"], {"contact": contact_id, "actor": actor, "now": now})
