"""Local time: gaps, overlaps, month ends, leap days, over the zones of the world."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.local_time import (
    add,
    add_months,
    age,
    anniversary,
    instant_of,
    local_clock,
    local_day,
    midnight,
    next_at,
)
from dsl.values import Duration

PARIS = ZoneInfo("Europe/Paris")
NEW_YORK = ZoneInfo("America/New_York")

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Paris",
        "America/New_York",
        "America/Sao_Paulo",
        "America/Havana",
        "Asia/Kathmandu",
        "Asia/Tehran",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Chatham",
        "Africa/Casablanca",
        "America/St_Johns",
    ]
).map(ZoneInfo)
DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 31))
TIMES = st.times().map(lambda at: at.replace(microsecond=0))
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - given


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "zone", "instant"),
    [
        (date(2026, 6, 1), time(9), PARIS, "2026-06-01T07:00"),
        (date(2026, 12, 1), time(9), PARIS, "2026-12-01T08:00"),
        # 2026-03-29: 02:00 to 03:00 does not exist in Paris.
        (date(2026, 3, 29), time(2), PARIS, "2026-03-29T01:00"),
        (date(2026, 3, 29), time(2, 30), PARIS, "2026-03-29T01:00"),
        (date(2026, 3, 29), time(3), PARIS, "2026-03-29T01:00"),
        # 2026-10-25: 02:00 to 03:00 exists twice; the first is summer time.
        (date(2026, 10, 25), time(2, 30), PARIS, "2026-10-25T00:30"),
        (date(2026, 11, 1), time(1, 30), NEW_YORK, "2026-11-01T05:30"),
        # A midnight that does not exist: the day began at 01:00.
        (date(2017, 10, 15), time(0), ZoneInfo("America/Sao_Paulo"), "2017-10-15T03:00"),
        # A gap of half an hour.
        (date(2026, 10, 4), time(2, 15), ZoneInfo("Australia/Lord_Howe"), "2026-10-03T15:30"),
        # A day that Samoa never had.
        (date(2011, 12, 30), time(10), ZoneInfo("Pacific/Apia"), "2011-12-30T10:00"),
    ],
)
def test_a_local_time_is_one_instant(day: date, at: time, zone: ZoneInfo, instant: str) -> None:
    """In a gap the first instant after it, in an overlap the first of the two."""
    assert instant_of(day, at, zone) == utc(instant)


@given(DAYS, TIMES, ZONES)
def test_an_instant_shows_the_local_time_it_was_made_from_or_ends_a_gap(
    day: date, at: time, zone: ZoneInfo
) -> None:
    """Reading the clock back gives the same time, or a later one on which the clocks had just changed."""
    instant = instant_of(day, at, zone)
    shown = datetime.combine(local_day(instant, zone), local_clock(instant, zone))
    wanted = datetime.combine(day, at)
    if shown != wanted:
        just_before = (instant - timedelta(seconds=1)).astimezone(zone)
        assert just_before.replace(tzinfo=None) < wanted < shown
        assert just_before.utcoffset() != instant.astimezone(zone).utcoffset()


@given(DAYS, TIMES, ZONES)
def test_no_earlier_instant_shows_the_same_local_time(day: date, at: time, zone: ZoneInfo) -> None:
    """Of two, the first is meant."""
    instant = instant_of(day, at, zone)
    wanted = datetime.combine(day, at)
    for earlier in (30, 60, 120, 180):
        before = (instant - timedelta(minutes=earlier)).astimezone(zone)
        assert before.replace(tzinfo=None, fold=0) != wanted


@given(INSTANTS, ZONES)
def test_an_instant_lies_in_its_local_day(instant: datetime, zone: ZoneInfo) -> None:
    """From this midnight to the next."""
    day = local_day(instant, zone)
    assert midnight(day, zone) <= instant < midnight(day + timedelta(days=1), zone)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        # Three calendar days keep the local time over the change of the clocks; 72 hours do not.
        ("2026-03-27T08:00", Duration(days=3), "2026-03-30T07:00"),
        ("2026-03-27T08:00", Duration(seconds=72 * 3600), "2026-03-30T08:00"),
        ("2026-10-24T07:00", Duration(days=1), "2026-10-25T08:00"),
        # 02:30 local on a day on which it does not exist.
        ("2026-03-28T01:30", Duration(days=1), "2026-03-29T01:00"),
        # The month end is kept.
        ("2026-01-31T11:00", Duration(months=1), "2026-02-28T11:00"),
        ("2028-01-31T11:00", Duration(months=1), "2028-02-29T11:00"),
        ("2028-02-29T11:00", Duration(months=12), "2029-02-28T11:00"),
        ("2026-12-31T23:30", Duration(days=1), "2027-01-01T23:30"),
        ("2026-03-31T10:00", Duration(months=-1), "2026-02-28T11:00"),
        # Months first, then days, then exact seconds.
        ("2026-01-31T11:00", Duration(months=1, days=1, seconds=60), "2026-03-01T11:01"),
    ],
)
def test_calendar_amounts_keep_the_local_time(start: str, duration: Duration, end: str) -> None:
    """In Paris."""
    assert add(utc(start), duration, PARIS) == utc(end)


@given(DAYS, st.integers(-200, 200))
def test_months_keep_the_day_or_the_end_of_the_month(day: date, months: int) -> None:
    """The day of the month is the same, or the month is over."""
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("after", "at", "weekday", "instant"),
    [
        ("2026-06-15T10:00", time(18), None, "2026-06-15T16:00"),
        ("2026-06-15T16:00", time(18), None, "2026-06-16T16:00"),
        ("2026-06-15T07:00", time(9), 0, "2026-06-22T07:00"),
        ("2026-06-15T06:59", time(9), 0, "2026-06-15T07:00"),
        ("2026-12-31T22:30", time(0), None, "2026-12-31T23:00"),
        # The second 02:30 of the day is no 02:30 of ours: the next is tomorrow's.
        ("2026-10-25T00:30", time(2, 30), None, "2026-10-26T01:30"),
    ],
)
def test_the_next_local_time_is_strictly_after(
    after: str, at: time, weekday: int | None, instant: str
) -> None:
    """`until 18:00`, `until next mon at 09:00`, in Paris."""
    assert next_at(utc(after), at, weekday, PARIS) == utc(instant)


@given(INSTANTS, TIMES, st.none() | st.integers(0, 6), ZONES)
def test_the_next_local_time_is_soon(after: datetime, at: time, weekday: int | None, zone: ZoneInfo) -> None:
    """Within a day (or week), give or take a change of the clocks, and on the right day of the week."""
    instant = next_at(after, at, weekday, zone)
    assert after < instant <= after + timedelta(days=2 if weekday is None else 8)


@pytest.mark.parametrize(
    ("born", "today", "leap", "expected"),
    [
        (date(1990, 5, 3), date(2026, 5, 3), "02-28", date(2026, 5, 3)),
        (date(1990, 5, 3), date(2026, 5, 4), "02-28", date(2027, 5, 3)),
        (date(1990, 12, 31), date(2026, 12, 31), "02-28", date(2026, 12, 31)),
        (date(1990, 1, 1), date(2026, 12, 31), "02-28", date(2027, 1, 1)),
        (date(1992, 2, 29), date(2026, 2, 28), "02-28", date(2026, 2, 28)),
        (date(1992, 2, 29), date(2026, 2, 28), "03-01", date(2026, 3, 1)),
        (date(1992, 2, 29), date(2028, 2, 28), "02-28", date(2028, 2, 29)),
        (date(1992, 2, 29), date(2028, 3, 1), "02-28", date(2029, 2, 28)),
    ],
)
def test_an_anniversary_is_the_next_one_today_included(
    born: date, today: date, leap: str, expected: date
) -> None:
    """29 February falls on the 28th in other years, or on 1 March where policy says so."""
    assert anniversary(born, today, leap) == expected


@given(DAYS, st.dates(date(2036, 1, 1), date(2060, 12, 31)), st.sampled_from(["02-28", "03-01"]))
def test_age_grows_by_one_on_the_anniversary(born: date, today: date, leap: str) -> None:
    """And only then."""
    birthday = anniversary(born, today, leap)
    assert age(born, birthday, leap) == age(born, birthday - timedelta(days=1), leap) + 1
    assert age(born, today, leap) == age(born, birthday, leap) - (birthday > today)
