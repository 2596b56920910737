"""What a provider will never send, and what that says of the address."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from channels.errors import Refused
from channels.messages import Email
from engine.message_events import announcement
from engine.objections import release_forbidden
from engine.plans import Plans
from engine.subscriptions import stop_locked
from store import consents, events, messages
from store.consents import Block
from store.database import Connection, Row
from store.events import NewEvent
from store.messages import Settlement

if TYPE_CHECKING:
    from engine.attempts import Attempt, Outcome


async def _hear_stop(
    connection: Connection, plans: Plans, attempt: "Attempt", provider: str, now: datetime
) -> None:
    """The provider knows of a STOP of which we were not told."""
    address, sender = attempt.message.to, getattr(attempt.message, "sender", None)
    await stop_locked(connection, plans, address, sender, [attempt.contact_id], source=provider, now=now)


async def settle_refused(
    connection: Connection, plans: Plans, outcomes: Sequence["Outcome"], now: datetime
) -> set[int]:
    """What a provider will never send is over; what it says of the address forbids the rest at once.

    Returns the runs whose messages these are.
    """
    refused = {
        each.attempt.message_id: (each.attempt, each.error)
        for each in outcomes
        if isinstance(each.error, Refused)
    }
    if not refused:
        return set()
    settled = [
        Settlement(id_, "refused", now, error.code or str(error), error.provider)
        for id_, (_, error) in refused.items()
    ]
    await messages.settle(connection, settled, now)
    for attempt, error in refused.values():
        if error.suppress == "stop":
            await _hear_stop(connection, plans, attempt, error.provider, now)
    dead = {id_: each for id_, each in refused.items() if each[1].suppress in ("invalid", "hard_bounce")}
    await consents.suppress(connection, [_block(plans, *each, now) for each in dead.values()])
    about = await messages.by_ids(connection, dead)
    await events.append(connection, [_bounced(row, now) for row in about], now)
    if dead:
        await release_forbidden(connection, plans, {row["contact_id"] for row in about}, now)
    return {attempt.run_id for attempt, _ in refused.values()}


def _block(plans: Plans, attempt: "Attempt", error: Refused, now: datetime) -> Block:
    """A dead address, which is dead for every sender."""
    channel = "email" if isinstance(attempt.message, Email) else "sms"
    hashes = plans.addresses.hashes(channel, attempt.message.to)
    return Block(channel, hashes, str(error.suppress), error.provider, now, contact_id=attempt.contact_id)


def _bounced(row: Row, now: datetime) -> NewEvent:
    event = announcement("message.bounced", row, now)
    return replace(event, properties={**event.properties, "bounce": "hard"})
