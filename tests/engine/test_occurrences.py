"""When triggers by time are due."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from dsl.nodes import Field
from dsl.plan import CampaignTrigger, DateTrigger, ScanTrigger
from dsl.policy import Formula
from dsl.values import Duration
from engine.occurrences import between, dates_due, next_after

PARIS = ZoneInfo("Europe/Paris")
BIRTHDATE = Formula("contact.birthdate", Field("contact", ("birthdate",)))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_daily_scan_keeps_its_local_hour_over_the_change_of_the_clocks() -> None:
    found = between(ScanTrigger("day", time(9)), PARIS, utc(2027, 3, 27), utc(2027, 3, 29))
    assert [each.due_at for each in found] == [utc(2027, 3, 27, 8), utc(2027, 3, 28, 7)]


def test_the_start_of_the_window_is_excluded_and_its_end_included() -> None:
    scan = ScanTrigger("day", time(9))
    assert between(scan, PARIS, utc(2027, 1, 5, 8), utc(2027, 1, 6, 8))[0].day == date(2027, 1, 6)


def test_a_weekly_scan_is_due_on_its_weekday_alone() -> None:
    found = between(ScanTrigger("week", time(9), on=0), PARIS, utc(2027, 1, 1), utc(2027, 1, 31))
    assert [each.day.day for each in found] == [4, 11, 18, 25]


@pytest.mark.parametrize(("month", "day"), [(1, 31), (2, 28), (4, 30)])
def test_a_monthly_scan_on_the_31st_is_due_on_the_last_day_of_shorter_months(month: int, day: int) -> None:
    found = between(
        ScanTrigger("month", time(9), on=31), PARIS, utc(2027, month, 2), utc(2027, month, day, 23)
    )
    assert [each.day for each in found] == [date(2027, month, day)]


def test_a_campaign_is_due_once_and_then_never_again() -> None:
    campaign = CampaignTrigger(datetime(2026, 12, 1, 10))  # noqa: DTZ001 - local by nature
    assert next_after(campaign, PARIS, utc(2026, 11, 1)) == utc(2026, 12, 1, 9)
    assert next_after(campaign, PARIS, utc(2026, 12, 1, 9)) is None


def test_a_date_seven_days_ahead_is_looked_for_seven_days_before() -> None:
    (dates,) = dates_due(
        DateTrigger(BIRTHDATE, yearly=True, offset=Duration(days=-7)), date(2027, 2, 15), "02-28"
    )
    assert dates.base == date(2027, 2, 22)
    assert dates.month_days == ("02-22",)


@pytest.mark.parametrize(
    ("day", "leap", "expected"),
    [
        (date(2027, 2, 28), "02-28", ("02-28", "02-29")),
        (date(2027, 3, 1), "02-28", ("03-01",)),
        (date(2027, 3, 1), "03-01", ("03-01", "02-29")),
        (date(2028, 2, 28), "02-28", ("02-28",)),
        (date(2028, 2, 29), "02-28", ("02-29",)),
    ],
)
def test_who_is_born_on_29_february_has_one_birthday_every_year(
    day: date, leap: str, expected: tuple
) -> None:
    (dates,) = dates_due(DateTrigger(BIRTHDATE, yearly=True), day, leap)
    assert dates.month_days == expected


def test_a_month_before_reaches_every_day_that_a_short_month_stands_for() -> None:
    found = dates_due(DateTrigger(BIRTHDATE, offset=Duration(months=-1)), date(2027, 2, 28), "02-28")
    assert [each.base for each in found] == [date(2027, 3, day) for day in (28, 29, 30, 31)]


def test_a_date_known_late_is_looked_for_again_until_the_end_of_its_day() -> None:
    trigger = DateTrigger(BIRTHDATE, at=time(21), if_past="enter")
    found = between(trigger, PARIS, utc(2027, 1, 5), utc(2027, 1, 5, 23))
    assert [(each.due_at.hour, each.again) for each in found] == [(20, False), (21, True), (22, True)]
