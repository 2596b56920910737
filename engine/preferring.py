"""A person's wish, recorded at once: what has its place already asks the gate again under it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from engine import people
from engine.objections import release_marketing
from engine.people import Change, stored
from engine.plans import Plans
from engine.wishes import PAUSE
from store import contacts
from store.database import Database


class Wish(TypedDict, total=False):
    """What somebody asks for, by attribute: until when nothing is to leave, in how many days one message."""

    paused_until: datetime | None
    days_per_message: int | None


async def prefer(
    database: Database,
    plans: Plans,
    contact_id: str,
    wish: Wish,
    *,
    source: str,
    now: datetime,
) -> bool:
    """Let a person pause until an instant, or get one message in so many days; None ends either.

    What is not named stays as it is. Marketing messages that have a place give it back in the same
    transaction. Returns whether anything changed; somebody unknown or erased has nothing to choose.
    """
    until = wish.get("paused_until")
    wanted: Mapping[str, Any] = {**wish, **({PAUSE: until.isoformat()} if until else {})}
    async with database.transaction() as connection:
        rows = {r["id"]: r for r in await contacts.lock(connection, [contact_id]) if r["erased_at"] is None}
        changes = [
            Change(id_, name, stored(row, name), value)
            for id_, row in rows.items()
            for name, value in wanted.items()
            if stored(row, name) != value
        ]
        await people.write(connection, plans.addresses, rows, changes, source=source, now=now)
        if changes:
            await release_marketing(connection, plans, list(rows), now)
    return bool(changes)
