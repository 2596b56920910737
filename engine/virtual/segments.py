"""Segments as seen by one person now."""

from zoneinfo import ZoneInfo

from dsl.plan import Plan
from dsl.scope import Scope
from engine.consent import reachable
from engine.scopes import Known
from engine.virtual.person import Person
from engine.virtual.world import VirtualWorld


def scope_of_person(world: VirtualWorld, person: Person, plan: Plan) -> Scope:
    """What a condition over a person sees outside of any run."""
    facts = world.facts(person, plan)

    def can_receive(channel: str, topic: str | None) -> bool:
        declared = facts.world.catalog.topics.get(topic or plan.topic)
        message_class = declared.message_class if declared and topic else plan.message_class
        return reachable(facts, channel, topic or plan.topic, message_class) is None

    return Scope(
        world=facts.world,
        now=world.now,
        zone=ZoneInfo(plan.zone or facts.zone),
        attributes=facts.attributes,
        history=Known(facts).named,
        can_receive=can_receive,
        tracked_since=facts.tracked_since,
    )
