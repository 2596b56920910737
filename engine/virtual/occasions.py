"""Triggers by time and by segment in a virtual world: when they are due, and whom they concern."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dsl.evaluate import holds
from dsl.local_time import instant_of
from dsl.nodes import Field
from dsl.plan import CampaignTrigger, DateTrigger, Plan, ScanTrigger, SegmentTrigger
from dsl.scope import EventFact
from engine.matching import IMPORT
from engine.naming import CHANGED
from engine.occurrence_names import name_of, occurrence_name
from engine.occurrences import (
    Dates,
    TimeTrigger,
    between,
    dates_due,
    enters_late,
    next_after,
    time_triggers,
)
from engine.scopes import scope_of_person
from engine.segment_rules import is_about_time
from engine.virtual.entries import Candidate, enter
from engine.virtual.naps import sleeps
from engine.virtual.person import Person
from engine.virtual.world import LONG_AGO, Enters, TimeIsUp, VirtualWorld

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


# On the agenda


def schedule(world: VirtualWorld, scenario: str) -> None:
    """Put the triggers of the version in force on the agenda: by time in each zone, segments hour by hour."""
    version, plan = world.current[scenario]
    for place, trigger in time_triggers(plan):
        for zone in (plan.zone,) if plan.zone else sorted(world.zones):
            _begin(world, TimeIsUp(scenario, version, place, zone), trigger)
    for place, segment in segment_triggers(plan):
        if segment.checked_at is not None:
            for zone in (plan.zone,) if plan.zone else sorted(world.zones):
                _next(world, TimeIsUp(scenario, version, place, zone), _daily(segment))
        elif is_about_time(world.rules, segment.segment):
            _tick(world, TimeIsUp(scenario, version, place, None))


def add_zone(world: VirtualWorld, zone: str) -> None:
    """Somebody lives in a zone: triggers by time are due there too."""
    if zone in world.zones:
        return
    world.zones.add(zone)
    for scenario, (version, plan) in world.current.items():
        for place, trigger in time_triggers(plan) if plan.zone is None else ():
            item = TimeIsUp(scenario, version, place, zone)
            _make_up(world, item, trigger)
            _next(world, item, trigger, world.now - INSTANT)
        for place, segment in segment_triggers(plan) if plan.zone is None else ():
            if segment.checked_at is not None:
                _next(world, TimeIsUp(scenario, version, place, zone), _daily(segment))


def _make_up(world: VirtualWorld, item: TimeIsUp, trigger: TimeTrigger) -> None:
    """What was due in a zone in which nobody lived: a day back, and a late campaign from whenever it was."""
    back = DAY if isinstance(trigger, DateTrigger) else max(DAY, timedelta(seconds=trigger.spread_seconds))
    after = max(world.now - back, _since(world, item, trigger) - INSTANT)
    if enters_late(trigger):
        after = LONG_AGO
    for occurrence in between(trigger, ZoneInfo(item.zone or "UTC"), after, world.now - INSTANT):
        world.at(world.now, replace(item, late=occurrence.due_at))


def _since(world: VirtualWorld, item: TimeIsUp, trigger: TimeTrigger) -> datetime:
    """Since when a trigger is in force; long ago where it was so before this world began."""
    return world.since.get((item.scenario, name_of(trigger)), LONG_AGO)


def _begin(world: VirtualWorld, item: TimeIsUp, trigger: TimeTrigger) -> None:
    if isinstance(trigger, CampaignTrigger):
        due = instant_of(trigger.at.date(), trigger.at.time(), ZoneInfo(item.zone or "UTC"))
        if due >= world.now or trigger.if_past == "enter":
            world.at(max(due, world.now), item)
        return
    _next(world, item, trigger, world.now - INSTANT)


def _next(world: VirtualWorld, item: TimeIsUp, trigger: TimeTrigger, after: datetime | None = None) -> None:
    due = next_after(trigger, ZoneInfo(item.zone or "UTC"), after or world.now)
    if due is not None:
        world.at(due, item)


def _tick(world: VirtualWorld, item: TimeIsUp) -> None:
    hour = world.now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    world.at(hour + HOUR, item)


def _daily(segment: SegmentTrigger) -> ScanTrigger:
    assert segment.checked_at is not None
    return ScanTrigger("day", segment.checked_at)


def segment_triggers(plan: Plan) -> Iterator[tuple[int, SegmentTrigger]]:
    """The segment triggers of a plan with their place in its list."""
    for place, trigger in enumerate(plan.triggers):
        if isinstance(trigger, SegmentTrigger):
            yield place, trigger


# When they are due


def time_is_up(world: VirtualWorld, item: TimeIsUp) -> list[Person]:
    """Enter whom a trigger concerns now, or put them on the agenda; returns who has something to do."""
    found = world.current.get(item.scenario)
    if found is None or found[0] != item.version or _is_over(world):
        return []
    plan = found[1]
    trigger = plan.triggers[item.place]
    people = [each for each in world.people.values() if _lives_in(world, each, plan, item)]
    match trigger:
        case SegmentTrigger():
            if item.zone is None:
                _tick(world, item)
            else:
                _next(world, item, _daily(trigger))
            for person in people:
                look(world, person, plan, item.place, trigger)
        case ScanTrigger() | DateTrigger() | CampaignTrigger():
            if item.late is not None:
                people = _known_then(world, item, trigger, people)
            _enter_all(world, item, trigger, people)
            if not isinstance(trigger, CampaignTrigger) and item.late is None:
                _next(world, item, trigger)
    return [person for person in people if person.queue or person.due]


def _known_then(
    world: VirtualWorld, item: TimeIsUp, trigger: TimeTrigger, people: list[Person]
) -> list[Person]:
    """Who was there when it was due; at its publication, where a campaign is published behind its instant."""
    assert item.late is not None
    until = max(item.late, _since(world, item, trigger)) if enters_late(trigger) else item.late
    return [each for each in people if each.created_at <= until]


def _is_over(world: VirtualWorld) -> bool:
    return world.starts_until is not None and world.now > world.starts_until


def _lives_in(world: VirtualWorld, person: Person, plan: Plan, item: TimeIsUp) -> bool:
    everybody = item.zone is None or plan.zone is not None
    return everybody or person.zone(world.rules.catalog, world.rules.policy) == item.zone


def _enter_all(world: VirtualWorld, item: TimeIsUp, trigger: TimeTrigger, people: list[Person]) -> None:
    """Everybody whom an occurrence concerns enters, evenly over the `spread` where there is one."""
    spread = 0 if isinstance(trigger, DateTrigger) else trigger.spread_seconds
    for name, dates in _due_now(world, item, trigger):
        for number, person in enumerate(people):
            if dates is not None and not _falls_on(_date_of(world, trigger, person), dates):
                continue
            turn = Enters(item.scenario, item.version, item.place, person.id, name)
            late = timedelta(seconds=spread * number / len(people))
            if late:
                world.at(world.now + late, turn)
            else:
                take_turn(world, turn)


def take_turn(world: VirtualWorld, turn: Enters) -> None:
    """Somebody enters by a trigger by time, if its version is in force still."""
    found = world.current.get(turn.scenario)
    if found and found[0] == turn.version:
        person = world.people[turn.person]
        if sleeps(world, person, turn.scenario, turn.version, turn.place):
            return
        enter(world, person, Candidate(turn.scenario, turn.place, occurrence=turn.occurrence))


def _due_now(world: VirtualWorld, item: TimeIsUp, trigger: TimeTrigger) -> Iterator[tuple[str, Dates | None]]:
    """The occurrences that are due: the name under which a contact enters once, and the dates due."""
    if isinstance(trigger, CampaignTrigger):
        yield name_of(trigger), None
        return
    due = item.late or world.now
    for occurrence in between(trigger, ZoneInfo(item.zone or "UTC"), due - INSTANT, due):
        if isinstance(trigger, DateTrigger):
            for dates in dates_due(trigger, occurrence.day, world.rules.policy.leap_birthday):
                yield occurrence_name(trigger, dates.base), dates
        else:
            yield occurrence_name(trigger, occurrence.day), None


def _date_of(world: VirtualWorld, trigger: TimeTrigger, person: Person) -> date | None:
    """The date of a person that a trigger goes by, which is one of their attributes."""
    root = trigger.date.root if isinstance(trigger, DateTrigger) else None
    if not isinstance(root, Field) or root.root != "contact":
        return None
    value = person.typed(world.rules.catalog).get(root.path[0])
    return value if isinstance(value, date) else None


def _falls_on(value: date | None, dates: Dates) -> bool:
    if value is None:
        return False
    return value in dates.days or (value.strftime("%m-%d") in dates.month_days and value <= dates.base)


# Segments


def first_look(world: VirtualWorld, person: Person, *, created: bool = False) -> None:
    """Remember who is inside at first; who is created inside enters."""
    for plan in [plan for _, plan in world.current.values()]:
        for place, trigger in segment_triggers(plan):
            if created:
                person.members[plan.scenario, place] = False
            look(world, person, plan, place, trigger)


def look_after(world: VirtualWorld, person: Person, event: EventFact) -> None:
    """Segments over attributes alone are looked at when these change; an import changes them in silence."""
    if event.name != CHANGED:
        return
    add_zone(world, person.zone(world.rules.catalog, world.rules.policy))
    silent = event.properties.get("source") == IMPORT
    for plan in [plan for _, plan in world.current.values()]:
        for place, trigger in segment_triggers(plan):
            if trigger.checked_at is None and not is_about_time(world.rules, trigger.segment):
                look(world, person, plan, place, trigger, silent=silent)


def look(
    world: VirtualWorld,
    person: Person,
    plan: Plan,
    place: int,
    trigger: SegmentTrigger,
    *,
    silent: bool = False,
) -> None:
    """Enter who came into a segment, or left it, since the last look."""
    formula = world.rules.segments[trigger.segment]
    inside = holds(formula, scope_of_person(plan, world.facts(person, plan), world.now))
    before = person.members.get((plan.scenario, place))
    person.members[plan.scenario, place] = inside
    entered = trigger.direction == "entered"
    if before is None:
        comes = inside and entered and plan.existing == "include"
    else:
        loud = not silent or plan.existing == "include"
        comes = inside != before and inside == entered and loud
    if comes and not _is_over(world):
        enter(world, person, Candidate(plan.scenario, place))
