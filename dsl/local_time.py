"""Local time made exact: what a clock on the wall means as an instant, and calendar arithmetic.

A local time that does not exist (the clocks went forward) is the first instant after the gap; one that
exists twice (they went back) is the first of the two. Months and days keep the local time, a month end
is kept within the shorter month, hours and less are exact.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from dsl.values import Duration

DAY = timedelta(days=1)
DAYS_OF_A_WEEK = 7
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
"""Beyond them nobody lives and nothing was meant: a slip, or a value for `unknown` of another system."""
LeapRule = Literal["02-28", "03-01"]


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant in UTC at which clocks in `zone` show `at` on `day`; the calendar's ends are in UTC."""
    local = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    if day in (date.min, date.max):
        return local.replace(tzinfo=UTC)
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) == local:
        return instant
    return _end_of_gap(local.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The change of offset that lies in (before, after]: zone rules change on whole seconds."""
    offset_before = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        moved = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() != offset_before
        low, high = (low, middle) if moved else (middle, high)
    return before.replace(microsecond=0) + timedelta(seconds=high)


@lru_cache(maxsize=8192)
def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins. Kept, since people live in the same days."""
    return instant_of(day, time(0), zone)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The date that a calendar in `zone` shows at an instant."""
    return instant.astimezone(zone).date()


def local_clock(instant: datetime, zone: ZoneInfo) -> time:
    """The time that a clock in `zone` shows at an instant, without its zone."""
    return instant.astimezone(zone).time().replace(fold=0)


def add_months(day: date, months: int) -> date:
    """The same day of the month that many months on; the last day where the month is shorter.

    Raises OverflowError outside the years 1 to 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError(f"year {year} is outside the calendar")
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_days(day: date, duration: Duration) -> date:
    """A day moved by the calendar part of a duration: months first, then days."""
    return add_months(day, duration.months) + DAY * duration.days


@lru_cache(maxsize=8192)
def add(instant: datetime, duration: Duration, zone: ZoneInfo) -> datetime:
    """An instant moved by a duration: months and days by the calendar of `zone`, seconds exactly.

    Kept, since people who entered together count from the same instants.
    """
    if duration.months or duration.days:
        day = add_days(local_day(instant, zone), duration)
        instant = instant_of(day, local_clock(instant, zone), zone)
    return instant.astimezone(UTC) + timedelta(seconds=duration.seconds)


def next_at(after: datetime, at: time, weekday: int | None, zone: ZoneInfo) -> datetime:
    """The first instant strictly after `after` at which it is `at`, on `weekday` (Monday 0) where given."""
    day = local_day(after, zone)
    for ahead in range(2 * DAYS_OF_A_WEEK):
        candidate = day + DAY * ahead
        if weekday is None or candidate.weekday() == weekday:
            instant = instant_of(candidate, at, zone)
            if instant > after:
                return instant
    raise ValueError(f"no {at} within two weeks of {after}")


def anniversary_in(day: date, year: int, leap: LeapRule) -> date:
    """The anniversary of a day in one year; `leap` says where 29 February falls in other years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, int(leap[:2]), int(leap[3:]))


def anniversary(day: date, today: date, leap: LeapRule) -> date:
    """The next anniversary of a day, today included."""
    this_year = anniversary_in(day, today.year, leap)
    return this_year if this_year >= today else anniversary_in(day, today.year + 1, leap)


def age(day: date, today: date, leap: LeapRule) -> int:
    """Completed years from a day to today."""
    return today.year - day.year - (today < anniversary_in(day, today.year, leap))
