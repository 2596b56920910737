"""Who need not be asked again: until something about them changes, or an event of theirs leaves a window.

A scan asks everybody day after day whether they are in its audience, and nearly everybody is as little in it
as the day before. It is known when that can change, so that a world of many passes more quickly.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from dsl.needs import nodes_of
from dsl.nodes import Call, Expression, Field, History, MessageTest, Window
from dsl.plan import Plan, World
from engine.segment_rules import OF_TODAY
from engine.virtual.person import Person
from engine.virtual.world import VirtualWorld

Reach: TypeAlias = tuple[timedelta, timedelta]
"""How far back a window reaches at least and at most: months and days are not all of one length."""

HOURS_OF_A_CHANGE = timedelta(hours=2)
SHORTEST_MONTH, LONGEST_MONTH = timedelta(days=28), timedelta(days=31)


def sleeps(world: VirtualWorld, person: Person, scenario: str, version: int, place: int) -> bool:
    """Whether a person who was refused would be refused again."""
    changes, until = person.naps.get((scenario, version, place), (-1, world.now))
    return changes == person.changes and world.now < until


def lie_down(world: VirtualWorld, person: Person, plan: Plan, version: int, place: int) -> None:
    """Remember that a person is not in the audience, and until when that must be so."""
    if world.naps:
        person.naps[plan.scenario, version, place] = person.changes, _wakes_at(world, person, plan)


def _wakes_at(world: VirtualWorld, person: Person, plan: Plan) -> datetime:
    """Until when they stay out of the audience, as long as nothing of theirs changes."""
    reaches = world.reaches.get(plan.scenario)
    if reaches is None:
        reaches = world.reaches[plan.scenario] = tuple(_reaches(plan, world.rules))
    if any(reach is None for _, reach in reaches):
        return world.now
    by_event: dict[str, list[Reach]] = {}
    for name, reach in reaches:
        if reach is not None:
            by_event.setdefault(name, []).append(reach)
    return min(_leaving(person, by_event, world.now), default=datetime.max.replace(tzinfo=world.now.tzinfo))


def _leaving(person: Person, reaches: Mapping[str, list[Reach]], now: datetime) -> Iterator[datetime]:
    """When events of the person may leave a window."""
    for event in person.events:
        for least, most in reaches.get(event.name, ()):
            if event.at + most > now:
                yield max(event.at + least, now)


def _reaches(plan: Plan, rules: World) -> Iterator[tuple[str, Reach | None]]:
    """The windows of the audience by event; None where it asks the clock in another way."""
    for node in nodes_of([plan.audience.root] if plan.audience else [], rules):
        match node:
            case History(event=name, window=Window(form="last", amount=amount)) if amount is not None:
                days = timedelta(days=amount.days, seconds=amount.seconds)
                least = amount.months * SHORTEST_MONTH + days - HOURS_OF_A_CHANGE
                yield name, (least, amount.months * LONGEST_MONTH + days + HOURS_OF_A_CHANGE)
            case History(window=Window(form="ever")):
                pass
            case _ if _asks_the_clock(node):
                yield "", None


def _asks_the_clock(node: Expression) -> bool:
    match node:
        case History() | MessageTest():
            return True
        case Field(root=root):
            return root != "contact"
        case Call(function=function):
            return function in OF_TODAY
    return False
