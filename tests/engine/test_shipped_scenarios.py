"""The shipped scenarios, compiled from their files, decided for people on a virtual clock."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dsl.compiler import compile_project
from dsl.plan import Plan, World
from dsl.scope import EventFact
from engine.admission import admit
from engine.state import Consent
from tests.engine.person import Person
from tests.engine.world_builders import facts, utc

PARIS = ZoneInfo("Europe/Paris")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shipped() -> tuple[World, dict[str, Plan]]:
    project = compile_project(ROOT)
    plans = {name: replace(found.plan, holdout=Decimal(0)) for name, found in project.scenarios.items()}
    return project.world, plans


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def living(world: World, now: str, *channels: str, **more) -> Person:
    consents = {("newsletter", c): Consent("granted", "consent", utc("2020-01-01 00:00")) for c in channels}
    more.setdefault("attributes", {"country": "FR"})
    return Person(facts(world, consents=consents, **more), local(now))


def left(person: Person) -> list[str]:
    return [f"{m.at.astimezone(PARIS):%m-%d %H:%M} {m.channel} {m.message}" for m in person.sent]


def test_a_subscriber_who_clicks_gets_the_best_sellers_and_nothing_after_buying(shipped):
    world, plans = shipped
    tracked = {"clicks": utc("2020-01-01 00:00")}
    person = living(world, "2027-02-15 09:00", "email", tracked_since=tracked)
    person.enter(plans["welcome"])
    person.until(local("2027-02-16 12:00"))
    person.click("hello")
    person.until(local("2027-02-19 10:30"))
    person.tell("order.placed")
    person.until(local("2027-06-01 00:00"))
    assert left(person) == ["02-15 09:00 email welcome_hello", "02-18 10:00 email welcome_best_sellers"]
    assert person.ended() == "goal"


def test_a_subscriber_who_may_not_be_tracked_is_reminded_by_sms_and_gets_a_code(shipped):
    world, plans = shipped
    person = living(world, "2027-02-15 23:15", "email", "sms")
    person.enter(plans["welcome"])
    person.until(local("2027-06-01 00:00"))
    assert left(person) == [
        "02-16 07:00 email welcome_hello",
        "02-19 10:00 sms welcome_reminder",
        "02-26 10:00 email welcome_code",
    ]


@pytest.mark.parametrize(
    ("birthdate", "entered", "expected"),
    [
        (date(1988, 2, 22), "2027-02-15 09:00", "02-22 09:00 sms birthday_day"),
        # 28 February 2027 is a Sunday, on which no SMS leaves.
        (date(1992, 2, 29), "2027-02-21 09:00", "02-28 09:00 email birthday_day"),
    ],
)
def test_a_birthday_is_wished_on_its_day(shipped, birthdate, entered, expected):
    world, plans = shipped
    person = living(world, entered, "email", "sms", attributes={"country": "FR", "birthdate": birthdate})
    person.enter(plans["birthday"])
    person.until(local("2027-06-01 00:00"))
    assert left(person)[1:] == [expected]


@pytest.mark.parametrize(
    ("days_since_order", "reason"), [(500, ""), (300, "audience"), (None, "audience"), (1200, "audience")]
)
def test_who_has_not_bought_for_a_year_is_won_back(shipped, days_since_order, reason):
    world, plans = shipped
    now = utc("2027-02-15 08:00")
    orders = [] if days_since_order is None else [now - timedelta(days=days_since_order)]
    events = tuple(EventFact(1, "order.placed", at, {"channel": "store"}) for at in orders)
    person = living(world, "2027-02-15 09:00", "email", events=events)
    plan = plans["reactivation"]
    assert admit(plan, plan.triggers[0], person.facts, None, None, "2027-02-15", (), now).reason == reason


def test_a_purchase_in_a_store_ends_the_winning_back(shipped):
    world, plans = shipped
    person = living(world, "2027-02-15 09:00", "email")
    person.enter(plans["reactivation"])
    person.until(local("2027-02-21 15:30"))
    person.tell("order.placed", channel="store")
    assert left(person) == ["02-15 09:00 email reactivation_news"]
    assert person.ended() == "goal"
