"""Delivery in a virtual world: the gate is asked again at the attempt, and what may leave is sent."""

from zoneinfo import ZoneInfo

from dsl.local_time import local_day
from dsl.scope import EventFact
from engine.gate import recheck
from engine.state import Facts, MessageFact
from engine.virtual import ledger
from engine.virtual.person import Person
from engine.virtual.world import Happened, Told, VirtualWorld


def next_message(world: VirtualWorld, person: Person) -> MessageFact | None:
    """The message whose instant has come and that nothing holds back, the one planned first."""
    due = [message for message in person.reserved() if message.at <= world.now and _may_try(world, message)]
    return min(due, key=lambda message: (message.at, message.id), default=None)


def _may_try(world: VirtualWorld, message: MessageFact) -> bool:
    return not world.stands_still(message.scenario) and message.channel not in world.paused_channels()


def attempt(world: VirtualWorld, person: Person, message: MessageFact) -> None:
    """Hand a message over, or send it back to the gate; its run goes on either way."""
    run = person.runs[message.run_id]
    plan = world.plan_of(run)
    facts = world.facts(person, plan, run)
    verdict = recheck(plan, run, message, facts, _unheard(person), world.now)
    if verdict.send:
        _send(world, person, message, facts)
    else:
        ledger.release(world, person, message.id, verdict.text)
        world.tell(Told(world.now, person.id, message.scenario, f"{message.message}: {verdict.text}"))
    person.wake(run.id, world.now)


def _unheard(person: Person) -> tuple[EventFact, ...]:
    """Committed events that no run has looked at yet."""
    waiting = {event.seq: event for event in person.queue}
    waiting |= {event.seq: event for events in person.wakes.values() for event in events}
    return tuple(sorted(waiting.values(), key=lambda event: (event.at, event.seq)))


def _send(world: VirtualWorld, person: Person, message: MessageFact, facts: Facts) -> None:
    day, home = local_day(world.now, ZoneInfo(facts.zone)), facts.household
    person.change_message(message.id, state="sent", at=world.now, local_day=day, household=home)
    world.homes.note(person, person.messages[message.id])
    ledger.announce(world, person, "message.sent", message)
    world.record(
        Happened(
            world.now,
            person.id,
            message.scenario,
            "message",
            message.message,
            message.step,
            channel=message.channel,
            message_id=message.id,
        )
    )
    if world.outside.arrives(person, message):
        person.change_message(message.id, state="delivered")
        ledger.announce(world, person, "message.delivered", message)
