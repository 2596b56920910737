"""What a withdrawal, a STOP, a complaint or a dead address does to messages that already have their place.

Called in the transaction that records it, so that nothing forbidden can leave after it is committed.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import cast

from dsl.catalog import MessageClass
from engine.consent import reachable
from engine.facts import load
from engine.plans import Plans
from engine.state import Facts, MessageFact
from store import messages, runs
from store.database import Connection
from store.messages import Giveback


async def release_forbidden(
    connection: Connection, plans: Plans, contact_ids: Collection[str], now: datetime
) -> int:
    """Release every reserved message of locked contacts that may not be sent to them any more.

    All their active runs are woken, since one that can reach nobody any more ends. Returns how many
    messages were released.
    """
    return await _release(connection, plans, contact_ids, now, _forbidden)


async def release_marketing(
    connection: Connection,
    plans: Plans,
    contact_ids: Collection[str],
    now: datetime,
    *,
    why: str = "preference",
) -> int:
    """Release every reserved marketing message of locked contacts, so that each asks the gate anew."""

    def is_marketing(_facts: Facts, message: MessageFact) -> str | None:
        return why if message.message_class == "marketing" else None

    return await _release(connection, plans, contact_ids, now, is_marketing)


async def _release(
    connection: Connection,
    plans: Plans,
    contact_ids: Collection[str],
    now: datetime,
    why: Callable[[Facts, MessageFact], str | None],
) -> int:
    facts = await load(connection, plans, sorted(contact_ids), now, ())
    givebacks = [
        Giveback(message.id, reason)
        for each in facts.values()
        for message in each.messages
        if message.state == "reserved" and (reason := why(each, message))
    ]
    released = await messages.release(connection, givebacks, now)
    await runs.wake_contacts(connection, contact_ids, now)
    return len(released)


def _forbidden(facts: Facts, message: MessageFact) -> str | None:
    refusal = reachable(facts, message.channel, message.topic, cast("MessageClass", message.message_class))
    return refusal.because if refusal else None
