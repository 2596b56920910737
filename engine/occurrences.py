"""When triggers by time are due, zone by zone: pure calendar arithmetic."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from dsl import local_time
from dsl.local_time import LeapRule
from dsl.plan import CampaignTrigger, DateTrigger, Plan, ScanTrigger
from dsl.values import Duration

TimeTrigger: TypeAlias = ScanTrigger | DateTrigger | CampaignTrigger

DAY = timedelta(days=1)
MONTH_ENDS = 3
"""Adding months moves a day by at most this many days from where subtracting them leads."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One instant at which a trigger is due in a zone, for the local `day`.

    `again`: a later look on the same day, for those whom the first could not see yet.
    """

    due_at: datetime
    day: date
    again: bool = False


def time_triggers(plan: Plan) -> Iterator[tuple[int, TimeTrigger]]:
    """The triggers by time of a plan with their place in its list, which names them."""
    for place, trigger in enumerate(plan.triggers):
        if isinstance(trigger, ScanTrigger | DateTrigger | CampaignTrigger):
            yield place, trigger


def enters_late(trigger: TimeTrigger) -> bool:
    """Whether it is a campaign that enters people at its publication where its instant is past by then."""
    return isinstance(trigger, CampaignTrigger) and trigger.if_past == "enter"


def between(trigger: TimeTrigger, zone: ZoneInfo, after: datetime, until: datetime) -> tuple[Occurrence, ...]:
    """The occurrences due in (after, until], oldest first."""
    return tuple(each for each in _around(trigger, zone, after, until) if after < each.due_at <= until)


def next_after(trigger: TimeTrigger, zone: ZoneInfo, after: datetime) -> datetime | None:
    """When the trigger is next due strictly after an instant; None when it never is again."""
    far = 3660 if isinstance(trigger, CampaignTrigger) else 62
    found = between(trigger, zone, after, after + far * DAY)
    return found[0].due_at if found else None


def _around(trigger: TimeTrigger, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Occurrence]:
    if isinstance(trigger, CampaignTrigger):
        day = trigger.at.date()
        yield Occurrence(local_time.instant_of(day, trigger.at.time(), zone), day)
        return
    day = local_time.local_day(after, zone)
    last = local_time.local_day(until, zone)
    while day <= last:
        if isinstance(trigger, DateTrigger) or _falls_on(trigger, day):
            yield Occurrence(local_time.instant_of(day, trigger.at, zone), day)
            if isinstance(trigger, DateTrigger) and trigger.if_past == "enter":
                yield from _later_looks(trigger.at, day, zone)
        day += DAY


def _falls_on(trigger: ScanTrigger, day: date) -> bool:
    """Whether a scan is due on a local day; a day that the month lacks is its last."""
    if trigger.every == "week":
        return day.weekday() == trigger.on
    if trigger.every == "month":
        return day.day == min(trigger.on or 1, monthrange(day.year, day.month)[1])
    return True


def _later_looks(at: time, day: date, zone: ZoneInfo) -> Iterator[Occurrence]:
    """Every hour from `at` to the end of the day: a date known late still enters on its day."""
    instant = local_time.instant_of(day, at, zone) + timedelta(hours=1)
    end = local_time.midnight(day + DAY, zone)
    while instant < end:
        yield Occurrence(instant, day, again=True)
        instant += timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates that an attribute must have for a date trigger to be due on a day.

    `base`: the day to which the attribute's anniversary (or the date itself) falls, which names the
    occurrence. `month_days` (`MM-DD`, with `latest` the last date that is not in the future) for yearly
    triggers, else `days`.
    """

    base: date
    days: tuple[date, ...]
    month_days: tuple[str, ...]


def dates_due(trigger: DateTrigger, day: date, leap: LeapRule) -> tuple[Dates, ...]:
    """For which dates a trigger is due on a local day: those that the offset leads to it."""
    return tuple(_dates(trigger, base, leap) for base in _bases(trigger.offset, day))


def _bases(offset: Duration, day: date) -> Iterator[date]:
    rough = local_time.add_days(day, Duration(months=-offset.months, days=-offset.days))
    reach = MONTH_ENDS if offset.months else 0
    for shift in range(-reach, reach + 1):
        base = rough + shift * DAY
        if local_time.add_days(base, Duration(months=offset.months, days=offset.days)) == day:
            yield base


def _dates(trigger: DateTrigger, base: date, leap: LeapRule) -> Dates:
    if not trigger.yearly:
        return Dates(base, (base,), ())
    month_days = [base.strftime("%m-%d")]
    born_on_the_29th = date(2000, 2, 29)
    if local_time.anniversary_in(born_on_the_29th, base.year, leap) == base and month_days != ["02-29"]:
        month_days.append("02-29")
    return Dates(base, (), tuple(month_days))
