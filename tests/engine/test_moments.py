"""When waits end: local times over changes of the clocks, tolerance, instants computed from data."""

from datetime import date, datetime, time, timedelta

import pytest

from dsl.plan import AfterDuration, Moment, UntilInstant, UntilTime
from dsl.scope import Mark
from dsl.values import Duration
from engine.moments import due
from engine.scopes import Known, scope_of
from tests.engine.world_builders import event, facts, plan, run, utc, when

THREE_DAYS = Duration(days=3)


def ends(moment: Moment, began: datetime, *, now: datetime | None = None, zone=None, **attributes):
    person = facts(attributes=attributes)
    a_plan = plan(zone=zone)
    a_run = run(a_plan, began, entered=Mark(began), trigger_event={"starts_at": utc("2027-05-10 08:00")})
    return due(moment, scope_of(a_plan, a_run, person, Known(person), now or began), began)


def test_days_keep_the_local_time_when_the_clocks_change():
    """Clocks go forward in France on 28 March 2027: 10:00 stays 10:00."""
    assert ends(AfterDuration(THREE_DAYS), utc("2027-03-26 09:00")).instant == utc("2027-03-29 08:00")


def test_hours_are_exact_when_the_clocks_change():
    assert ends(AfterDuration(Duration(seconds=72 * 3600)), utc("2027-03-26 09:00")).instant == utc(
        "2027-03-29 09:00"
    )


def test_a_time_of_day_is_that_of_the_day_that_the_duration_leads_to():
    moment = AfterDuration(THREE_DAYS, time(10))
    assert ends(moment, utc("2027-02-15 22:30")).instant == utc("2027-02-18 09:00")
    assert ends(moment, utc("2027-02-15 23:30")).instant == utc("2027-02-19 09:00"), (
        "already Tuesday in Paris"
    )


def test_the_zone_of_the_scenario_replaces_that_of_the_person():
    moment = AfterDuration(THREE_DAYS, time(10))
    assert ends(moment, utc("2027-02-15 22:30"), zone="UTC").instant == utc("2027-02-18 10:00")


@pytest.mark.parametrize(
    ("began", "expected"),
    [
        ("2027-02-15 16:59:59", "2027-02-15 17:00"),
        ("2027-02-15 17:00:00", "2027-02-15 17:00"),
        ("2027-02-15 17:00:59", "2027-02-15 17:00"),
        ("2027-02-15 17:01:00", "2027-02-16 17:00"),
    ],
)
def test_a_local_time_less_than_a_minute_past_counts_as_now(began, expected):
    assert ends(UntilTime(time(18)), utc(began)).instant == utc(expected)


def test_next_monday_asked_on_a_monday_is_a_week_away_once_the_hour_is_past():
    moment = UntilTime(time(9), weekday=0)
    assert ends(moment, utc("2027-02-15 07:00")).instant == utc("2027-02-15 08:00")
    assert ends(moment, utc("2027-02-15 10:00")).instant == utc("2027-02-22 08:00")


def test_a_time_that_the_clocks_skip_is_the_first_instant_after_it():
    assert ends(UntilTime(time(2, 30)), utc("2027-03-27 23:00")).instant == utc("2027-03-28 01:00")


def test_a_time_that_exists_twice_is_the_first():
    assert ends(UntilTime(time(2, 30)), utc("2027-10-30 22:00")).instant == utc("2027-10-31 00:30")


def test_a_date_of_the_person_at_an_hour():
    moment = UntilInstant(when("contact.renewal_date - 7 days"), time(10))
    found = ends(moment, utc("2027-02-15 09:00"), renewal_date=date(2027, 4, 1))
    assert found.instant == utc("2027-03-25 09:00")


def test_a_date_without_an_hour_is_its_local_midnight():
    found = ends(
        UntilInstant(when("contact.renewal_date")), utc("2027-02-15 09:00"), renewal_date=date(2027, 7, 1)
    )
    assert found.instant == utc("2027-06-30 22:00")


def test_an_instant_of_data_is_past_at_once_but_a_local_time_has_a_minute():
    at_once = ends(UntilInstant(when("event.starts_at - 1 days")), utc("2027-02-15 09:00"))
    assert not at_once.is_past(utc("2027-05-09 08:00"))
    assert at_once.is_past(utc("2027-05-09 08:00") + timedelta(seconds=1))
    at_an_hour = ends(UntilInstant(when("event.starts_at"), time(10)), utc("2027-02-15 09:00"))
    assert not at_an_hour.is_past(utc("2027-05-10 08:00:59"))
    assert at_an_hour.is_past(utc("2027-05-10 08:01:00"))


def test_an_unknown_instant_is_past():
    found = ends(UntilInstant(when("contact.renewal_date")), utc("2027-02-15 09:00"))
    assert found.instant is None
    assert found.is_past(utc("2027-02-15 09:00"))


def test_an_anniversary_does_not_jump_a_year_when_the_worker_is_late():
    moment = UntilInstant(when("anniversary(contact.birthdate)"), time(9))
    late = utc("2027-02-25 12:00")
    found = ends(moment, utc("2027-02-15 08:00"), now=late, birthdate=date(1988, 2, 22))
    assert found.instant == utc("2027-02-22 08:00")


def test_what_looks_at_a_history_goes_by_now_and_sees_what_came_in_since():
    person = facts(events=(event("order.placed", utc("2027-02-16 09:00")),))
    a_plan = plan()
    began, now = utc("2027-02-15 09:00"), utc("2027-02-17 09:00")
    scope = scope_of(a_plan, run(a_plan, began), person, Known(person), now)
    moment = UntilInstant(when("latest(order.placed).at + 30 days"))
    assert due(moment, scope, began).instant == utc("2027-03-18 09:00")
