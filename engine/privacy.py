"""The right to be forgotten (GDPR, article 17), in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.addresses import addresses_of
from engine.objections import release_forbidden
from engine.plans import Plans
from engine.rights.passing_on import ask_providers
from store import consents, contacts, merges, privacy
from store.consents import Block
from store.database import Connection, Database, Row

AGAIN_AFTER = timedelta(minutes=5)
"""Longer than any transaction that had not seen yet that they were erased, as one that takes an event in."""

AT_A_TIME = 500


async def erase(database: Database, plans: Plans, contact_id: str, *, source: str, now: datetime) -> bool:
    """Forget a person; False when there is nobody of this id, or nobody any more.

    Who was merged is forgotten with whom they were merged into: they are one person.

    Planned messages are released and runs end as `erased`. What stays is a keyed hash of each address, so
    that a later import does not write to somebody who asked to be forgotten. Providers are asked by workers.
    """
    async with database.transaction() as connection:
        rows = [row for row in await contacts.lock(connection, [contact_id]) if row["erased_at"] is None]
        await ask_providers(connection, plans.addresses, rows, now)
        came = await merges.as_they_were(connection, [row["id"] for row in rows])
        await consents.suppress(
            connection, [block for row in (*rows, *came) for block in _blocks(plans, row, source, now)]
        )
        await forget(connection, plans, rows, source=source, now=now)
    return bool(rows)


async def forget(
    connection: Connection, plans: Plans, rows: Sequence[Row], *, source: str, now: datetime
) -> None:
    """Remove all that tells who locked contacts were; their planned messages are released and runs end.

    Of those who were merged into them, too.
    """
    if rows:
        whole = [row["id"] for row in rows]
        ids = [*whole, *await merges.came(connection, whole)]
        await privacy.erase(connection, ids, now)
        await release_forbidden(connection, plans, whole, now)
        await privacy.forget_again(connection, ids, now + AGAIN_AFTER)
        await privacy.note(connection, ids, source, now)


async def forget_what_came(database: Database, now: datetime) -> int:
    """Forget what was on its way to the tables while somebody was erased; of how many people."""
    async with database.transaction() as connection:
        return await privacy.forget_what_came(connection, now, AT_A_TIME)


def _blocks(plans: Plans, row: Row, source: str, now: datetime) -> list[Block]:
    """A block on each address, which names nobody."""
    return [
        Block(channel, plans.addresses.hashes(channel, address), "erasure", source, now)
        for channel, address in addresses_of(row).items()
    ]
