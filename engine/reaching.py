"""Events about an object reach people by their own history: looked up by an index, entered page by page.

The router leaves a line in `reaches`; each page's entries and the cursor behind them are one transaction, so
that a worker that dies leaves the rest to the next, and nobody enters twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dsl import types
from dsl.catalog import Catalog
from dsl.dependence import conjuncts
from dsl.evaluate import holds
from dsl.needs import seconds_back
from dsl.nodes import Compare, Expression, Field, History
from dsl.plan import Plan, ReachTrigger, World
from dsl.policy import Formula
from dsl.scope import EventFact, Scope
from dsl.types import ChoiceOf, Number, Type
from engine.entry import Candidate, enter
from engine.naming import Named, named
from engine.plans import InForce, Plans
from engine.typed import event_fact
from store import reaches
from store.database import Connection, Database, Row
from store.reaches import Reach, Sought

PAGE = 1000
MARGIN = timedelta(days=2)
"""Beyond a window's beginning, for local days that begin earlier than ours."""

ALIKE = (types.TEXT, types.EMAIL, types.PHONE, types.BOOLEAN)
"""Types whose values are equal exactly when their JSON is, as are choices and numbers."""


@dataclass(frozen=True)
class Lookup:
    """By which equality the people of a `reaches` are found: `property` of their events, `given` of ours."""

    event: str
    property: str
    given: tuple[str, ...]
    seconds: int | None
    """How far back, None: as far as there is."""

    def sought(self, properties: Mapping[str, Any], now: datetime) -> Sought | None:
        """Whom to look for after an event with these (JSON) properties; None: nobody can match."""
        value: Any = properties
        for name in self.given:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None:
            return None
        since = None if self.seconds is None else now - timedelta(seconds=self.seconds) - MARGIN
        return Sought(self.event, self.property, value, since)


def lookup_of(trigger: ReachTrigger, catalog: Catalog) -> Lookup | None:
    """The first equality of a bounded `did` that an index can find; None where there is none."""
    for each in conjuncts(trigger.reaches.root):
        if isinstance(each, History) and each.function == "did" and each.where is not None:
            if each.window.form not in ("last", "today", "between"):
                continue
            for condition in conjuncts(each.where):
                found = _equality(condition)
                if found and _is_alike(catalog, each.event, found[0]):
                    return Lookup(each.event, found[0], found[1], seconds_back(each.window))
    return None


def _equality(condition: Expression) -> tuple[str, tuple[str, ...]] | None:
    """`sku == event.sku`, either way round: the property, and the path in our event."""
    if not isinstance(condition, Compare) or condition.op != "==":
        return None
    for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
        if not isinstance(side, Field) or not isinstance(other, Field):
            return None
        if (side.root, other.root, len(side.path)) == ("property", "event", 1):
            return side.path[0], other.path
    return None


def _is_alike(catalog: Catalog, event: str, name: str) -> bool:
    declared = catalog.events.get(event)
    type_: Type | None = declared.properties.field(name) if declared else None
    return type_ in ALIKE or isinstance(type_, ChoiceOf | Number)


# What the router does


async def remember(connection: Connection, in_force: InForce, batch: Sequence[Row], now: datetime) -> None:
    """Leave the entries of events about objects to be made, where the event itself qualifies."""
    found = []
    for line in batch:
        places = in_force.reaching.get(line["name"], ()) if line["contact_id"] is None else ()
        if not places or _is_late(in_force.world, line):
            continue
        event = event_fact(in_force.world.catalog, line)
        for scenario, place in places:
            plan = in_force.current[scenario][1]
            if _may_reach(plan, place, event, in_force.world, now):
                found.append(Reach(event.seq, event.at, scenario, place))
    await reaches.put(connection, found)


def _is_late(world: World, line: Row) -> bool:
    """An event that arrived more than `late_events` after its instant starts nothing."""
    limit = timedelta(seconds=world.policy.late_events.exact_seconds)
    return bool(line["recorded_at"] - line["at"] > limit)


def _may_reach(plan: Plan, place: int, event: EventFact, world: World, now: datetime) -> bool:
    """Whether somebody can be reached, as far as the event alone tells."""
    trigger = plan.triggers[place]
    assert isinstance(trigger, ReachTrigger)
    where = trigger.pattern.where
    return (
        where is None or not _is_of_the_event(where, world) or holds(where, _alone(plan, event, world, now))
    )


def _is_of_the_event(where: Formula, world: World) -> bool:
    return named(where.root, world) == Named()


def _alone(plan: Plan, event: EventFact, world: World, now: datetime) -> Scope:
    zone = ZoneInfo(plan.zone or world.policy.default_zone)
    return Scope(world, now, zone, event=event.properties, looked_at=event.properties)


# What comes after


async def reach(database: Database, plans: Plans, now: datetime, limit: int = PAGE) -> bool:
    """Enter the next people whom some event reaches, in one transaction; False where nobody is left."""
    async with database.transaction() as connection:
        found = await reaches.take(connection)
        if found is None:
            return False
        row = await reaches.event(connection, found)
        in_force = await plans.in_force(connection)
        sought = _sought(in_force, found, row, now) if row else None
        if row is None or sought is None:
            await reaches.go_on(connection, found, None)
            return True
        people = await reaches.people(connection, sought, found.cursor, limit)
        await _enter(connection, plans, found, row, people, now)
        await reaches.go_on(connection, found, people[-1] if len(people) == limit else None)
    return True


def _sought(in_force: InForce, found: Reach, row: Row, now: datetime) -> Sought | None:
    """Whom to look for; None where the trigger is in force no more."""
    if (found.scenario, found.trigger) not in in_force.reaching.get(row["name"], ()):
        return None
    trigger = in_force.current[found.scenario][1].triggers[found.trigger]
    assert isinstance(trigger, ReachTrigger)
    lookup = lookup_of(trigger, in_force.world.catalog)
    return lookup.sought(row["properties"], now) if lookup else None


async def _enter(
    connection: Connection, plans: Plans, found: Reach, row: Row, people: Sequence[str], now: datetime
) -> None:
    event = event_fact((await plans.world(connection)).catalog, row)
    name = f"{found.trigger}:{found.event_seq}"
    candidates = [Candidate(each, found.trigger, event=event, occurrence=name) for each in people]
    # What has happened since the event is brought to them before they take a step.
    entered = await enter(connection, plans, found.scenario, candidates, now, left=people)
    if entered.runs:
        await reaches.catch_up(connection, entered.runs, row, event.at - MARGIN)


async def prepare(connection: Connection, plans: Sequence[Plan], catalog: Catalog) -> None:
    """Make the indexes by which the people of these plans are found, where there are none."""
    for plan in plans:
        for trigger in plan.triggers:
            lookup = lookup_of(trigger, catalog) if isinstance(trigger, ReachTrigger) else None
            if lookup:
                await reaches.ensure_index(connection, lookup.event, lookup.property)
