"""What is written about people of a virtual world: events, attributes, consents and blocks.

Each writes what production writes in the same case, and wakes whom it wakes; nothing is decided here.
"""

from bisect import bisect
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from dsl.catalog import Catalog, MessageClass
from dsl.scope import EventFact
from engine.consent import reachable
from engine.state import Consent, MessageFact, Suppression
from engine.typed import event_fact
from engine.virtual.person import Block, Person
from engine.virtual.world import VirtualWorld

TRACKING = "tracking"
SMS = "sms"
DEAD = frozenset({"hard_bounce", "invalid"})
EVERY_CLASS = frozenset({"marketing", "service", "transactional"})


def fact(world: VirtualWorld, name: str, properties: Mapping[str, Any], at: datetime) -> EventFact:
    """An event of JSON properties, as it is read from the history."""
    row = {"seq": world.numbers(), "name": name, "at": at, "properties": properties}
    return event_fact(world.rules.catalog, row)


def remember(person: Person, event: EventFact) -> None:
    """Put an event in the history, without anybody hearing of it."""
    place = bisect(person.events, (event.at, event.seq), key=lambda each: (each.at, each.seq))
    person.events = (*person.events[:place], event, *person.events[place:])
    person.changes += 1


def happen(
    world: VirtualWorld, person: Person, name: str, properties: Mapping[str, Any], at: datetime | None = None
) -> EventFact:
    """An event of a person comes in now; `at` is its own instant. Properties are JSON."""
    event = fact(world, name, properties, at or world.now)
    remember(person, event)
    person.queue.append(event)
    return event


# Attributes


def assign(world: VirtualWorld, person: Person, attribute: str, value: Any, source: str) -> None:
    """Change an attribute to a JSON value, with its `contact.changed`."""
    before = person.given.get(attribute)
    if before == value:
        return
    person.give(attribute, value)
    said = {"attribute": attribute, "before": before, "after": value, "source": source}
    happen(world, person, "contact.changed", said)


# Messages


def announce(
    world: VirtualWorld,
    person: Person,
    name: str,
    message: MessageFact,
    more: Mapping[str, Any] | None = None,
) -> None:
    """An event about a message, with what it says more than every one does."""
    happen(world, person, name, {**properties_of(message), **(more or {})})


def properties_of(message: MessageFact) -> dict[str, Any]:
    """What every `message.*` event says of its message."""
    return {
        "scenario": message.scenario,
        "step": message.step,
        "topic": message.topic,
        "channel": message.channel,
        "class": message.message_class,
        "tags": list(message.tags),
        "run_id": message.run_id,
        "iteration": message.iteration,
    }


def release(
    world: VirtualWorld, person: Person, message_id: int, reason: str, *, displaced: bool = False
) -> None:
    """Give a reserved message's place back, and its codes."""
    message = person.messages[message_id]
    if message.state != "reserved":
        return
    since = message.first_refused_at or (world.now if displaced else None)
    person.change_message(message_id, state="released", reason=reason, first_refused_at=since)
    for pool in [
        pool for pool in world.rules.catalog.codes if world.codes.get((message.run_id, pool)) == message_id
    ]:
        del world.codes[message.run_id, pool]
        if pool in world.outside.pools:
            world.outside.pools[pool] += 1


# Consents and blocks


def grant(world: VirtualWorld, person: Person, topic: str, channel: str, source: str) -> None:
    """Consent from now on; it ends the blocks that stood for its absence.

    Consent to tracking counts from when it began, however often it is given again.
    """
    held = person.consents.get((topic, channel))
    if topic != TRACKING or held is None or held.state != "granted":
        person.consents[topic, channel] = Consent("granted", "consent", world.now)
        person.changes += 1
    if topic == TRACKING:
        return
    person.blocks = [block for block in person.blocks if not block.suppression.is_lifted_by(topic, channel)]
    said = {"topic": topic, "channel": channel, "source": source}
    happen(world, person, "consent.granted", said)


def withdraw(world: VirtualWorld, person: Person, topic: str, channel: str, source: str) -> None:
    """Consent ends now, and whatever it forbids loses its place."""
    held = person.consents.get((topic, channel))
    if held is None or held.state != "withdrawn":
        basis = held.basis if held else "consent"
        person.consents[topic, channel] = Consent("withdrawn", basis, world.now)
        person.changes += 1
        said = {"topic": topic, "channel": channel, "source": source}
        happen(world, person, "consent.withdrawn", said)
    release_forbidden(world, person)


def suppress_topic(world: VirtualWorld, person: Person, topic: str, channel: str, reason: str) -> None:
    """A topic is stopped on a channel, by a scenario and not by the person."""
    _block(person, Block(Suppression(channel, reason, world.now, (topic,)), None))
    release_forbidden(world, person)


def suppress_address(
    world: VirtualWorld, person: Person, channel: str, reason: str, sender: str | None = None
) -> bool:
    """The person's address on a channel is blocked; whether it was not before."""
    address = person.address(channel)
    if address is None:
        return False
    block = Suppression(channel, reason, world.now, sender=sender)
    if reason in DEAD:
        block = Suppression(channel, reason, world.now, reaches=EVERY_CLASS, sender=sender)
    return _block(person, Block(block, address))


def _block(person: Person, block: Block) -> bool:
    """The same block is not written twice."""

    def same(other: Block) -> bool:
        one, two = other.suppression, block.suppression
        names = ("channel", "reason", "topics", "sender")
        return other.address == block.address and all(getattr(one, n) == getattr(two, n) for n in names)

    if any(same(other) for other in person.blocks):
        return False
    person.blocks.append(block)
    person.changes += 1
    return True


def stop_sms(world: VirtualWorld, person: Person, sender: str | None) -> None:
    """STOP: no SMS of marketing or service from that sender any more."""
    if not suppress_address(world, person, SMS, "stop", sender):
        return
    for topic in _topics_by_sms(world.rules.catalog):
        happen(world, person, "consent.withdrawn", {"topic": topic, "channel": SMS, "source": "stop"})
    release_forbidden(world, person)


def start_sms(world: VirtualWorld, person: Person, sender: str | None) -> None:
    """START: brings back what STOP took, no more."""
    address = person.address(SMS)

    def lifted(block: Block) -> bool:
        said = block.suppression
        theirs = said.channel == SMS and said.reason == "stop" and block.address == address
        return theirs and (sender is None or said.sender is None or said.sender == sender)

    kept = [block for block in person.blocks if not lifted(block)]
    if len(kept) < len(person.blocks):
        person.blocks = kept
        person.changes += 1
        person.wake_all(world.now)


def _topics_by_sms(catalog: Catalog) -> list[str]:
    """The topics of which a STOP speaks."""
    return [
        topic.name
        for topic in catalog.topics.values()
        if topic.message_class != "transactional" and SMS in (topic.channels or tuple(catalog.senders))
    ]


def release_forbidden(world: VirtualWorld, person: Person) -> None:
    """Reserved messages that may not be sent any more lose their place, and every run looks again."""
    for message in list(person.reserved()):
        facts = world.facts(person, world.plan_of(person.runs[message.run_id]))
        message_class = cast("MessageClass", message.message_class)
        refusal = reachable(facts, message.channel, message.topic, message_class)
        if refusal:
            release(world, person, message.id, refusal.because)
    person.wake_all(world.now)
