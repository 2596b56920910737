"""The names of triggers by time and of their occurrences: what they say, wherever they stand in the list.

A name has three parts: what the trigger goes by, when it does so, and the day that the occurrence is about.
"""

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dsl.local_time import add_days, instant_of
from dsl.plan import CampaignTrigger, DateTrigger, Plan
from dsl.values import Duration
from engine.occurrences import TimeTrigger, time_triggers

BY_PLACE = re.compile(r"(\d+)(?::(\d{4}-\d\d-\d\d))?")
"""How earlier releases named an occurrence: by the place of its trigger, and the day."""

NOMINAL = re.compile(
    r"(?:every|date [^;]+); .*?(?:([+-]\d+) months ([+-]\d+) days )?at (\d\d:\d\d); (\d{4}-\d\d-\d\d)"
)
CAMPAIGN = re.compile(r"at (\d{4}-\d\d-\d\d \d\d:\d\d)")
LATE = timedelta(days=1)
"""A campaign that somebody entered so long after its instant was published behind it."""

BY_TIME = re.compile(r"(every; |date )")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def name_of(trigger: TimeTrigger) -> str:
    """What a trigger says of when it is due: two that say the same are the same."""
    match trigger:
        case CampaignTrigger(at=at):
            return f"at {at:%Y-%m-%d %H:%M}"
        case DateTrigger(date=of, at=at):
            yearly = "yearly " if trigger.yearly else ""
            return f"date {of.text}; {yearly}{_said(trigger.offset)}at {at:%H:%M}"
    on = WEEKDAYS[trigger.on or 0] if trigger.every == "week" else trigger.on or 1
    return f"every; {trigger.every}{'' if trigger.every == 'day' else f' on {on}'} at {trigger.at:%H:%M}"


def _said(offset: Duration) -> str:
    return f"{offset.months:+d} months {offset.days:+d} days " if offset.months or offset.days else ""


def occurrence_name(trigger: TimeTrigger, day: date) -> str:
    """The name under which a contact enters once: of a campaign its instant alone."""
    name = name_of(trigger)
    return name if isinstance(trigger, CampaignTrigger) else f"{name}; {day}"


def names_in(plan: Plan) -> frozenset[str]:
    """The names of all triggers by time of a plan."""
    return frozenset(name_of(trigger) for _, trigger in time_triggers(plan))


def counts_as(name: str, entered: str, standing: Collection[str]) -> bool:
    """Whether who entered under a name has entered an occurrence, with these triggers in force.

    A trigger whose hour or distance was edited goes by the same days as before: it enters nobody again of
    whom it had the day already. Two that stand beside each other have nothing to do with each other.
    """
    if name == entered:
        return True
    if not BY_TIME.match(name) or not BY_TIME.match(entered):
        return False
    (source, _, day), (source_then, when_then, day_then) = name.split("; "), entered.split("; ")
    return (source, day) == (source_then, day_then) and f"{source}; {when_then}" not in standing


def nominal(name: str | None, entered_at: datetime, zone: ZoneInfo) -> datetime | None:
    """When an occurrence was due in a zone, whenever its turn came; None where the entry itself counts."""
    if found := NOMINAL.fullmatch(name or ""):
        months, days, at, base = found.groups(default="0")
        day = add_days(date.fromisoformat(base), Duration(months=int(months), days=int(days)))
        return instant_of(day, time.fromisoformat(at), zone)
    if found := CAMPAIGN.fullmatch(name or ""):
        local = datetime.fromisoformat(found[1])
        due_at = instant_of(local.date(), local.time(), zone)
        return due_at if entered_at - due_at < LATE else None
    return None


def trigger_at(plan: Plan, place: int) -> TimeTrigger | None:
    """The trigger by time at a place of a plan's list, if there is one."""
    return dict(time_triggers(plan)).get(place)


def renamed(plan: Plan, entered: str) -> str:
    """An occurrence that was named by the place of its trigger in this plan; others keep their names."""
    found = BY_PLACE.fullmatch(entered)
    trigger = trigger_at(plan, int(found[1])) if found else None
    if found is None or trigger is None or isinstance(trigger, CampaignTrigger) == bool(found[2]):
        return entered
    return occurrence_name(trigger, date.fromisoformat(found[2] or "2000-01-01"))
