"""Double opt-in: the person pressed the button of the confirmation page."""

from datetime import datetime

from engine.people import SOURCE
from store import contacts, events
from store.database import Database
from store.events import NewEvent


async def confirm(database: Database, contact_id: str, topic: str, *, source: str, now: datetime) -> bool:
    """Raise `consent.confirmed`, once a day however often the button is pressed.

    What it means is the scenario's to say (`grant`). False when there is nobody of this id any more.
    """
    async with database.transaction() as connection:
        rows = [row for row in await contacts.lock(connection, [contact_id]) if row["erased_at"] is None]
        if not rows:
            return False
        contact_id = rows[0]["id"]
        properties = {"topic": topic, "channel": "email", "source": source}
        once = f"confirmed/{contact_id}/{topic}/{now:%Y-%m-%d}"
        event = NewEvent(SOURCE, once, "consent.confirmed", contact_id, now, properties)
        await events.append(connection, [event], now)
    return True
