"""Consents and blocks of topics as lines of the ledger, with the events that tell of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from engine.addresses import ATTRIBUTE_OF_CHANNEL
from engine.consent import EVERYTHING
from engine.decision import Effect, GrantConsent, SuppressTopic
from engine.people import SOURCE
from engine.plans import Plans
from store import consents, contacts, events
from store.consents import Block, ConsentLine, Lift
from store.database import Connection
from store.events import NewEvent

TRACKING = "tracking"
"""The topic whose channels are `opens` and `clicks`: consent to being tracked, which is told to nobody."""

UNTOLD = frozenset({TRACKING, EVERYTHING})
"""What no event tells of: the catalog has no topic of this name."""


async def write_consents(
    connection: Connection, plans: Plans, lines: Sequence[ConsentLine], now: datetime, *, silent: bool = False
) -> None:
    """Append lines of locked contacts to the ledger, with their events unless `silent`.

    A consent given anew ends the blocks that stood for its absence: the person has just said otherwise.
    """
    if not lines:
        return
    await consents.append(connection, lines, now)
    granted = [line for line in lines if line.state == "granted" and line.topic not in UNTOLD]
    if granted:
        people = {row["id"]: row for row in await contacts.read(connection, [g.contact_id for g in granted])}
        addresses = [(people[g.contact_id]["email"], people[g.contact_id]["phone"]) for g in granted]
        about = [(g.contact_id, g.topic, g.channel) for g in granted]
        given = [(*what, *where) for what, where in zip(about, addresses, strict=True)]
        await lift_blocks(connection, plans, given, now)
    told = [_told(line) for line in lines if line.topic not in UNTOLD and not silent]
    await events.append(connection, told, now)


async def lift_blocks(
    connection: Connection,
    plans: Plans,
    granted: Sequence[tuple[str, str, str, str | None, str | None]],
    now: datetime,
) -> None:
    """End the blocks of topics, which stand for the lack of a consent: contact, topic, channel, addresses."""
    lifts = [
        Lift(
            channel,
            (),
            _hashes(plans, channel, {"email": email, "phone": phone}),
            id_,
            topic=topic,
        )
        for id_, topic, channel, email, phone in granted
    ]
    await consents.lift(connection, lifts, now)


def consent_lines(decided: Iterable[tuple[str, str, Sequence[Effect]]], now: datetime) -> list[ConsentLine]:
    """The lines that `grant` steps write: (contact, scenario, effects) of each decision."""
    return [
        ConsentLine(
            contact_id=contact,
            topic=effect.topic,
            channel=effect.channel,
            state="granted",
            basis="consent",
            source=f"scenario {scenario}",
            at=now,
            text_version=effect.text,
            proof={"proof": effect.proof},
        )
        for contact, scenario, effects in decided
        for effect in effects
        if isinstance(effect, GrantConsent)
    ]


async def topic_blocks(
    connection: Connection, plans: Plans, decided: Iterable[tuple[str, str, Sequence[Effect]]], now: datetime
) -> set[str]:
    """Write the blocks of `suppress` steps; the contacts that they concern."""
    wanted = [
        (contact, scenario, effect)
        for contact, scenario, effects in decided
        for place, effect in enumerate(effects)
        if isinstance(effect, SuppressTopic) and not _is_granted(effect, effects[place:])
    ]
    if not wanted:
        return set()
    people = {row["id"]: row for row in await contacts.read(connection, [each[0] for each in wanted])}
    blocks = [
        Block(
            channel=effect.channel,
            known_hashes=_hashes(plans, effect.channel, people[contact]),
            reason=effect.reason,
            source=f"scenario {scenario}",
            at=now,
            topics=(effect.topic,),
            contact_id=contact,
        )
        for contact, scenario, effect in wanted
    ]
    await consents.suppress(connection, blocks)
    return {contact for contact, _, _ in wanted}


def _is_granted(block: SuppressTopic, later: Sequence[Effect]) -> bool:
    """Whether a consent of the same decision has lifted a block by its end."""
    granted = [each for each in later if isinstance(each, GrantConsent)]
    return any((each.topic, each.channel) == (block.topic, block.channel) for each in granted)


def _hashes(plans: Plans, channel: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    address = row[ATTRIBUTE_OF_CHANNEL[channel]] if channel in ATTRIBUTE_OF_CHANNEL else None
    return plans.addresses.hashes(channel, address) if address else ()


def _told(line: ConsentLine) -> NewEvent:
    properties = {"topic": line.topic, "channel": line.channel, "source": line.source}
    name = f"consent.{line.state}"
    return NewEvent(SOURCE, f"consent/{uuid4().hex}", name, line.contact_id, line.at, properties)
