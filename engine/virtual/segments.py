"""Segments as seen by one person now, and whether time alone can move people in and out of them."""

from zoneinfo import ZoneInfo

from dsl.nodes import Call, CanReceive, CanTrack, Expression, Field, History, InSegment
from dsl.plan import Plan, World
from dsl.scope import Scope
from dsl.traversal import walk
from engine.consent import reachable
from engine.scopes import Known
from engine.virtual.person import Person
from engine.virtual.world import VirtualWorld

OF_TODAY = frozenset({"age", "anniversary", "days_since"})
"""Functions whose value changes by itself from day to day."""


def is_about_time(rules: World, segment: str) -> bool:
    """Whether more than attributes decides who is inside, so that it has to be looked at again and again."""
    formula = rules.segments.get(segment)
    return formula is not None and any(_is_about_time(rules, part) for part in walk(formula.root))


def _is_about_time(rules: World, part: Expression) -> bool:
    match part:
        case History() | CanReceive() | CanTrack() | Field(root="clock"):
            return True
        case Call(function=function):
            return function in OF_TODAY
        case InSegment(segment=segment):
            return is_about_time(rules, segment)
        case Field(root="contact", path=(attribute, *_)):
            declared = rules.catalog.attributes.get(attribute)
            computed = declared.computed if declared else None
            return computed is not None and any(_is_about_time(rules, each) for each in walk(computed))
    return False


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
