"""What people do in a virtual world, and what others do to it; each as production takes it in.

Everything a deed leads to at once is done when the function returns.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from channels import stop_words
from dsl.local_time import local_day
from dsl.plan import ApiTrigger, MessageStep, Plan
from dsl.plan import Candidate as PlannedMessage
from dsl.scope import EventFact
from dsl.values import read_value
from engine.matching import IMPORT
from engine.state import Consent, MessageFact, household_of
from engine.virtual import ledger, occasions
from engine.virtual.editing import edit
from engine.virtual.entries import Candidate, enter
from engine.virtual.person import Person
from engine.virtual.routing import route
from engine.virtual.time import settle
from engine.virtual.world import LONG_AGO, VirtualWorld

Reaction: TypeAlias = Literal["opens", "clicks", "bounces", "complains"]
LEFT = frozenset({"sent", "delivered", "unknown"})
EVENT_OF: dict[Reaction, str] = {
    "opens": "message.opened",
    "clicks": "message.clicked",
    "bounces": "message.bounced",
    "complains": "message.complained",
}


class Impossible(ValueError):
    """Nobody can do that now; the message says why."""


# Before anything happens


def add_person(world: VirtualWorld, person: Person) -> None:
    """Somebody is in the base, with all that was before in their history."""
    world.people[person.id] = person
    for message in person.messages.values():
        world.homes.note(person, message)
    occasions.add_zone(world, person.zone(world.rules.catalog, world.rules.policy))


def agreed(person: Person, topic: str, channel: str, since: datetime | None) -> None:
    """Consent that a person gave before the world began."""
    person.consents[topic, channel] = Consent("granted", "consent", since or LONG_AGO)


def had_happened(
    world: VirtualWorld, person: Person, name: str, properties: Mapping[str, Any], at: datetime
) -> None:
    """An event of before, in the history and heard by nobody."""
    ledger.remember(person, ledger.fact(world, name, properties, at))


def had_received(
    world: VirtualWorld, person: Person, plans: Sequence[Plan], message: str, channel: str, at: datetime
) -> None:
    """A message of before, with the class and tags that a scenario of the project sends it with."""
    fact = _received(world, person, plans, message, channel, at)
    person.messages[fact.id] = fact
    world.homes.note(person, fact)
    for name in ("message.sent", "message.delivered"):
        had_happened(world, person, name, ledger.properties_of(fact), at)


def _received(
    world: VirtualWorld, person: Person, plans: Sequence[Plan], message: str, channel: str, at: datetime
) -> MessageFact:
    plan, step, candidate = next(_sending(plans, message, channel), (None, "", None))
    class_ = candidate.message_class if candidate else "marketing"
    tags = candidate.tags if candidate else ()
    zone = ZoneInfo(person.zone(world.rules.catalog, world.rules.policy))
    return MessageFact(
        id=world.numbers(),
        run_id=0,
        scenario=plan.scenario if plan else "",
        step=step,
        iteration=1,
        channel=channel,
        message=message,
        topic=candidate.topic if candidate else "",
        message_class=class_,
        tags=tags,
        priority=plan.priority if plan else 0,
        state="delivered",
        at=at,
        local_day=local_day(at, zone),
        exempt=world.rules.policy.pressure.exempts(class_, tags),
        household=household_of(world.rules.catalog, person.typed(world.rules.catalog)),
    )


def _sending(plans: Sequence[Plan], message: str, channel: str) -> Iterator[tuple[Plan, str, PlannedMessage]]:
    for plan in plans:
        for step in plan.steps:
            for candidate in step.candidates if isinstance(step, MessageStep) else ():
                if (candidate.message, candidate.channel) == (message, channel):
                    yield plan, step.id, candidate


# What a person does


def happens(world: VirtualWorld, person: Person, name: str, properties: Mapping[str, Any]) -> None:
    """An event comes in: of the person, or about an object."""
    declared = world.rules.catalog.events.get(name)
    if declared is not None and declared.about is not None:
        _about_an_object(world, name, properties)
        return
    topic, channel = str(properties.get("topic")), str(properties.get("channel"))
    match name:
        case "consent.granted":
            ledger.grant(world, person, topic, channel, "story")
            person.wake_all(world.now)
        case "consent.withdrawn":
            ledger.withdraw(world, person, topic, channel, "story")
        case "contact.created":
            person.create(world.now)
            ledger.happen(world, person, name, properties)
            occasions.first_look(world, person, created=properties.get("source") != IMPORT)
        case _:
            ledger.happen(world, person, name, properties)
    settle(world, person)


def _about_an_object(world: VirtualWorld, name: str, properties: Mapping[str, Any]) -> None:
    event = ledger.fact(world, name, properties, world.now)
    for person in list(world.people.values()):
        route(world, person, event)
        settle(world, person)


def changes(world: VirtualWorld, person: Person, values: Mapping[str, Any], source: str) -> None:
    """Attributes change; `source` is `import` for an import."""
    for attribute, value in values.items():
        ledger.assign(world, person, attribute, value, source)
    settle(world, person)


def message_of(person: Person, step: str, scenario: str | None) -> MessageFact | None:
    """The last message of a step that has left."""
    left = [
        each
        for each in person.messages.values()
        if each.step == step and each.state in LEFT and scenario in (None, each.scenario)
    ]
    return max(left, key=lambda each: (each.at, each.id), default=None)


def _lose_address(world: VirtualWorld, person: Person, channel: str, reason: str) -> None:
    ledger.suppress_address(world, person, channel, reason)
    ledger.release_forbidden(world, person)


def reacts(
    world: VirtualWorld,
    person: Person,
    how: Reaction,
    step: str,
    *,
    scenario: str | None = None,
    link: str | None = None,
) -> None:
    """Something comes of a message: it is opened, clicked, bounces, is complained about.

    Opens and clicks of somebody who does not agree to be tracked are known to nobody. Raises Impossible where
    no message of the step has left.
    """
    message = message_of(person, step, scenario)
    if message is None:
        raise Impossible(f"`{step}` had not been sent by then")
    match how:
        case "opens" | "clicks":
            person.change_message(message.id, state="delivered")
            if how in world.tracked(person):
                ledger.announce(world, person, EVENT_OF[how], message, {} if link is None else {"link": link})
        case "bounces":
            person.change_message(message.id, state="refused", reason="hard bounce")
            ledger.announce(world, person, EVENT_OF[how], message, {"bounce": "hard"})
            _lose_address(world, person, message.channel, "hard_bounce")
        case "complains":
            ledger.announce(world, person, EVENT_OF[how], message)
            _lose_address(world, person, message.channel, "complaint")
    settle(world, person)


def replies(world: VirtualWorld, person: Person, text: str) -> None:
    """A text message comes from the person, to the sender of the last SMS.

    The words that stop, start and ask for help are no answers to a question.
    """
    last = _last_sms(person)
    sender = _written_to(world, person, last)
    match stop_words.read(text):
        case "stop":
            ledger.stop_sms(world, person, sender)
        case "start":
            ledger.start_sms(world, person, sender)
        case None if last is not None:
            ledger.announce(world, person, "message.replied", last, {"text": text})
    settle(world, person)


def _written_to(world: VirtualWorld, person: Person, last: MessageFact | None) -> str | None:
    """The address of the sender that a reply reaches; None, which is all, for a number that several share."""
    senders = world.rules.catalog.senders
    name = person.senders.get(last.id) if last else None
    answered = senders.get(name or ledger.SMS)
    if answered is None:
        return None
    number = answered.stop_number or answered.address
    meant = {each.address for each in senders.values() if number in (each.address, each.stop_number)}
    return meant.pop() if len(meant) == 1 else None


def _last_sms(person: Person) -> MessageFact | None:
    sent = [m for m in person.messages.values() if m.channel == ledger.SMS and m.state in LEFT]
    return max(sent, key=lambda each: (each.at, each.id), default=None)


def unsubscribes(world: VirtualWorld, person: Person, topic: str, channel: str) -> None:
    """The unsubscribe link of a message, or the preference centre."""
    ledger.withdraw(world, person, topic, channel, "unsubscribe link")
    settle(world, person)


def confirms(world: VirtualWorld, person: Person, topic: str) -> None:
    """The button of the confirmation page."""
    said = {"topic": topic, "channel": "email", "source": "confirmation page"}
    ledger.happen(world, person, "consent.confirmed", said)
    settle(world, person)


# What others do


def calls(world: VirtualWorld, person: Person, scenario: str, inputs: Mapping[str, Any]) -> None:
    """A call starts a scenario. Raises Impossible where it has no API trigger."""
    _, plan = world.current[scenario]
    for place, trigger in enumerate(plan.triggers):
        if isinstance(trigger, ApiTrigger):
            currency = world.rules.catalog.brand.currency
            values = {name: read_value(of, inputs.get(name), currency) for name, of in trigger.inputs}
            event = EventFact(0, "api", world.now, values)
            enter(world, person, Candidate(scenario, place, event))
            settle(world, person)
            return
    raise Impossible(f"`{scenario}` is not started by a call")


def pauses(world: VirtualWorld, subject: str) -> None:
    """A scenario, a channel or `everything` stands still."""
    world.paused.add(_subject(world, subject))


def resumes(world: VirtualWorld, subject: str) -> None:
    """It goes on, and does what became due meanwhile."""
    world.paused.discard(_subject(world, subject))
    for person in list(world.people.values()):
        settle(world, person)


def _subject(world: VirtualWorld, subject: str) -> tuple[str, str]:
    if subject == "everything":
        return "all", ""
    return ("scenario" if subject in world.current else "channel"), subject


def publishes(world: VirtualWorld, plan: Plan) -> None:
    """A scenario is put in force, or a new version of it; people in flight do as its `on_edit` says."""
    known = plan.scenario in world.current
    world.put_in_force(plan)
    occasions.schedule(world, plan.scenario)
    for person in list(world.people.values()):
        if known:
            edit(world, person, plan)
        else:
            occasions.first_look(world, person)
        settle(world, person)
