"""The right to be forgotten (GDPR, article 17), in one transaction."""

from datetime import datetime

from engine.addresses import ATTRIBUTE_OF_CHANNEL
from engine.objections import release_forbidden
from engine.plans import Plans
from store import consents, contacts, privacy
from store.consents import Block
from store.database import Database, Row


async def erase(database: Database, plans: Plans, contact_id: str, *, source: str, now: datetime) -> bool:
    """Forget a person; False when there is nobody of this id, or nobody any more.

    Planned messages are released and runs end as `erased`. What stays is a keyed hash of each address, so
    that a later import does not write to somebody who asked to be forgotten.
    """
    async with database.transaction() as connection:
        rows = await contacts.lock(connection, [contact_id])
        if not rows or rows[0]["erased_at"] is not None:
            return False
        await consents.suppress(connection, _blocks(plans, rows[0], source, now))
        await privacy.erase(connection, contact_id, source, now)
        await release_forbidden(connection, plans, [contact_id], now)
    return True


def _blocks(plans: Plans, row: Row, source: str, now: datetime) -> list[Block]:
    """A block on each address, which names nobody."""
    return [
        Block(channel, plans.addresses.hashes(channel, row[attribute]), "erasure", source, now)
        for channel, attribute in ATTRIBUTE_OF_CHANNEL.items()
        if row[attribute]
    ]
