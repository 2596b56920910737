"""The two back ends agree: SQL over the base and the evaluator over facts in memory, on every input."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from dsl.evaluate import evaluate
from dsl.local_time import instant_of
from dsl.nodes import Expression
from dsl.relational.terms import NotInSql
from dsl.scope import Scope
from dsl.sql import compile as to_sql
from dsl.sql import narrow
from engine.typed import attributes, event_fact
from tests.dsl.vocabulary import CATALOG, read, scope, world

NOW = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)
"""The morning after the clocks went forward in Paris."""

ZONES = [ZoneInfo(name) for name in ("Europe/Paris", "America/New_York", "America/Havana", "Asia/Kathmandu")]
WORLD = world(
    computed__engagement="min(1, count(message.clicked, last 90 days) / 3)",
    segment__vip="sum(order.placed.total, last 365 days) > 50 or contact.tier == gold",
    segment__lapsed="not did(message.opened, last 30 days)",
)
PEOPLE = 60
QUESTIONS, CASES = 400, 20_000
"""As many conditions as make so many cases, a case being one condition, in one zone, about one person."""


# A base of people about whom more or less is known


def _maybe(dice: random.Random, *values: Any) -> Any:
    return dice.choice([None, *values])


def _person(dice: random.Random) -> dict[str, Any]:
    days = [date(1992, 2, 29), date(2026, 3, 29), date(2026, 3, 30), date(2026, 12, 31), date(9999, 12, 31)]
    values = {
        "first_name": _maybe(dice, "Élodie", "Bob", ""),
        "birthdate": _maybe(dice, *(day.isoformat() for day in days)),
        "renewal_date": _maybe(dice, *(day.isoformat() for day in days[:4]), "soon", "2026-02-30"),
        "country": _maybe(dice, "FR", "NO", "XX"),
        "tier": _maybe(dice, "bronze", "silver", "gold", "platinum"),
        "points": _maybe(dice, 0, 3, 120, -5, "many"),
        "score": _maybe(dice, 0, -2, 0.1, 7.25),
        "balance": _maybe(
            dice, 12.5, 0, {"amount": 3.2, "currency": "CHF"}, {"amount": "7.10", "currency": "EUR"}
        ),
        "newsletter": _maybe(dice, True, False),
        "wake_up": _maybe(dice, "07:30", "23:59"),
        "sizes": _maybe(dice, [], ["S", "M"], ["L"]),
    }
    return {name: value for name, value in values.items() if value is not None or dice.random() < 0.5}


def _order(dice: random.Random) -> dict[str, Any]:
    values = {
        "order_id": _maybe(dice, "o1", "o2"),
        "total": _maybe(dice, 10, 60.5, 60.5, {"amount": 5, "currency": "CHF"}),
        "points": _maybe(dice, 1, 2, 3.5),
        "channel": _maybe(dice, "web", "store", "fax"),
        "items": _maybe(dice, [], [{"sku": "a", "qty": 2}, {"sku": "b"}], [{"qty": 1}]),
    }
    return {name: value for name, value in values.items() if value is not None}


def _instant(dice: random.Random) -> datetime:
    edge = dice.choice(
        [NOW, NOW - timedelta(days=30), NOW - timedelta(days=90), datetime(2026, 3, 28, 23, tzinfo=UTC)]
    )
    return edge + timedelta(hours=dice.choice([-25, -1, 0, 0, 1, 25]), seconds=dice.choice([0, 0, 1, -1]))


def _fill(connection: psycopg.Connection[Any]) -> None:
    dice = random.Random(42)
    contacts = (
        "insert into contacts (id, email, attributes, created_at, updated_at) values (%s, %s, %s, %s, %s)"
    )
    happened = (
        "insert into events (source, id, name, contact_id, at, properties, recorded_at) "
        "values ('t', %s, %s, %s, %s, %s, %s)"
    )
    agreed = (
        "insert into consents (contact_id, topic, channel, state, basis, source, at, recorded_at) "
        "values (%s, 'tracking', %s, %s, 'consent', 't', %s, %s)"
    )
    for number in range(PEOPLE):
        name = f"c{number:02}"
        created = dice.choice([NOW - timedelta(days=400), NOW - timedelta(days=10)])
        email = _maybe(dice, "a@example.com")
        connection.execute(contacts, (name, email, json.dumps(_person(dice)), created, created))
        for n in range(dice.randint(0, 5)):
            what = dice.choice(["order.placed", "order.placed", "message.clicked", "message.opened"])
            body = (
                _order(dice)
                if what == "order.placed"
                else {"link": "x", "scenario": "welcome", "step": "hello"}
            )
            connection.execute(happened, (f"{name}-{n}", what, name, _instant(dice), json.dumps(body), NOW))
        for _ in range(dice.randint(0, 2)):
            at = dice.choice([created, NOW - timedelta(days=60), NOW - timedelta(days=5)])
            line = (
                name,
                dice.choice(["opens", "clicks"]),
                dice.choice(["granted", "granted", "withdrawn"]),
                at,
                at,
            )
            connection.execute(agreed, line)


def _scopes(connection: psycopg.Connection[Any]) -> list[Scope]:
    """Everybody as the engine sees them."""
    people = connection.execute("select * from contacts order by id").fetchall()
    events = connection.execute("select * from events order by at, seq").fetchall()
    lines = connection.execute("select * from consents order by id").fetchall()
    scopes = []
    for person in people:
        own = tuple(event_fact(WORLD.catalog, row) for row in events if row["contact_id"] == person["id"])
        latest = {row["channel"]: row for row in lines if row["contact_id"] == person["id"]}
        tracked = {name: row["at"] for name, row in latest.items() if row["state"] == "granted"}
        facts = attributes(WORLD.catalog, person)
        scopes.append(scope(own, world=WORLD, now=NOW, attributes=facts, tracked_since=tracked))
    return scopes


# Expressions of every type, as text


def _joined(pattern: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda given: pattern.format(*given))


WINDOWS = st.sampled_from(
    [
        "",
        ", last 30 days",
        ", last 720 hours",
        ", last 3 months",
        ", today",
        ", ever",
        ", between 2026-01-01 and today",
        ", between contact.renewal_date and now",
        ", between 2026-03-29 and contact.renewal_date",
    ]
)
WHERES = st.sampled_from(
    [
        "",
        " where total > 20",
        " where channel == store",
        " where points is unknown or points > 1",
        ' where items.sku contains "a"',
        " where did(message.clicked, last 90 days)",
        " where not channel == web",
    ]
)
ORDERS = _joined("order.placed{}{}", WHERES, WINDOWS)
DURATIONS = st.sampled_from(["1 day", "2 weeks", "1 month", "36 hours", "90 minutes", "1 year"])


def _numbers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        _joined("({} {} {})", inner, st.sampled_from("+-*/"), inner)
        | _joined("{}({}, {})", st.sampled_from(["min", "max", "coalesce"]), inner, inner)
        | _joined("-{}", inner)
        | _joined("round({}, 1)", inner)
    )


NUMBERS = st.recursive(
    st.sampled_from(["0", "3", "7.25", "contact.points", "contact.score", "contact.engagement"])
    | st.sampled_from(["length(contact.first_name)", "length(contact.sizes)", "hour(now)", "day(today)"])
    | _joined("count({})", ORDERS)
    | _joined("{}(order.placed.points{}{})", st.sampled_from(["sum", "avg", "min", "max"]), WHERES, WINDOWS)
    | _joined("{}({}).points", st.sampled_from(["first", "latest"]), ORDERS)
    | _joined("count(message.{}{})", st.sampled_from(["clicked", "opened", "sent"]), WINDOWS),
    _numbers,
    max_leaves=3,
)
MONEY = st.recursive(
    st.just("contact.balance")
    | _joined("{}(order.placed.total{}{})", st.sampled_from(["sum", "avg", "min", "max"]), WHERES, WINDOWS)
    | _joined("{}({}).total", st.sampled_from(["first", "latest"]), ORDERS),
    lambda inner: (
        _joined("({} {} {})", inner, st.sampled_from("+-"), inner)
        | _joined("({} {} {})", inner, st.sampled_from("*/"), st.sampled_from(["2", "0", "contact.score"]))
    ),
    max_leaves=2,
)
DATES = st.recursive(
    st.sampled_from(
        ["contact.birthdate", "contact.renewal_date", "today", "2026-03-29", "date(contact.created_at)"]
    ),
    lambda inner: _joined(
        "({} {} {})", inner, st.sampled_from("+-"), st.sampled_from(["1 day", "1 month", "1 year"])
    ),
    max_leaves=2,
)
INSTANTS = (
    st.sampled_from(["now", "contact.created_at"])
    | _joined("{}({}).at", st.sampled_from(["first", "latest"]), ORDERS)
    | _joined("(now {} {})", st.sampled_from("+-"), DURATIONS)
    | _joined("(contact.renewal_date {} {})", st.sampled_from("+-"), DURATIONS)
    | _joined("(latest({}).at {} {})", ORDERS, st.sampled_from("+-"), DURATIONS)
)
ELAPSED = (
    DURATIONS
    | _joined("({} - {})", DATES, DATES)
    | _joined("({} - {})", INSTANTS, INSTANTS | DATES)
    | _joined("({} * {})", st.sampled_from(["2", "1.5", "contact.points"]), DURATIONS)
    | _joined("({} / 7)", DURATIONS)
)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
TESTS = (
    _joined("{} {} {}", NUMBERS, SIGNS, NUMBERS)
    | _joined("{} {} {}", MONEY, SIGNS, MONEY | NUMBERS)
    | _joined("{} / {} > 0.5", MONEY, MONEY)
    | _joined("{} {} {}", DATES | INSTANTS, SIGNS, DATES | INSTANTS)
    | _joined("{} {} {}", ELAPSED, SIGNS, ELAPSED)
    | _joined("{} between {} and {}", NUMBERS, NUMBERS, NUMBERS)
    | _joined("{} in [{}, {}]", NUMBERS, NUMBERS, NUMBERS)
    | _joined("{} is {}", NUMBERS | MONEY | DATES | INSTANTS | ELAPSED, st.sampled_from(["known", "unknown"]))
    | _joined("did({})", ORDERS)
    | _joined("latest({}) is known", ORDERS)
    | _joined("did(message.{}{})", st.sampled_from(["clicked", "opened"]), WINDOWS)
    | _joined("{}({}) > 20", st.sampled_from(["age", "days_since"]), st.just("contact.birthdate"))
    | _joined("{}(contact.birthdate) {} {}", st.just("anniversary"), SIGNS, DATES)
    | _joined("weekday({}) {} mon", DATES | INSTANTS, SIGNS)
    | _joined("hour({}) {} 12", INSTANTS, SIGNS)
    | _joined("month({}) == 3", DATES)
    | st.sampled_from(
        [
            "contact.newsletter",
            "contact.tier >= silver",
            "contact.tier between bronze and silver",
            "contact.country in [FR, BE]",
            "contact.country not in [NO]",
            'contact.first_name contains "o"',
            'contact.first_name starts with "É"',
            'contact.sizes contains "M"',
            '"L" in contact.sizes',
            'contact.email == "a@example.com"',
            "contact.wake_up < 09:00",
            "in segment vip",
            "not in segment lapsed",
            "can_track(opens)",
        ]
    )
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: (
        _joined("({} and {})", inner, inner)
        | _joined("({} or {})", inner, inner)
        | _joined("not ({})", inner)
    ),
    max_leaves=3,
)


def _answers(connection: psycopg.Connection[Any], node: Expression, zone: ZoneInfo) -> Sequence[object]:
    sql = to_sql(node, WORLD, now=NOW, zone=zone)
    rows = connection.execute(
        f"select {sql.text} as answer from contacts c order by c.id", sql.params
    ).fetchall()
    return [row["answer"] for row in rows]


def test_the_base_and_the_evaluator_agree_on_everybody(database_url: str) -> None:
    """Whatever is asked, in whatever zone: true, false and unknown are the same, in 20,000 cases and more."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        _fill(connection)
        people = _scopes(connection)

        asked: set[tuple[str, ZoneInfo]] = set()

        @settings(max_examples=QUESTIONS, deadline=None, suppress_health_check=list(HealthCheck))
        @given(CONDITIONS, st.sampled_from(ZONES))
        def agree(text: str, zone: ZoneInfo) -> None:
            asked.add((text, zone))
            node = read(text, in_run=False, event=None)
            expected = [evaluate(node, replace(person, zone=zone)) for person in people]
            assert list(_answers(connection, node, zone)) == expected, text

        agree()
    assert len(asked) * PEOPLE >= CASES


@pytest.mark.parametrize(
    ("day", "clock", "zone"),
    [
        ("2026-03-29", "02:30", "Europe/Paris"),
        ("2026-10-25", "02:30", "Europe/Paris"),
        ("2017-10-15", "00:00", "America/Sao_Paulo"),
        ("2026-11-01", "00:30", "America/Havana"),
        ("2026-10-04", "02:15", "Australia/Lord_Howe"),
        ("2011-12-30", "10:00", "Pacific/Apia"),
        ("2026-06-01", "09:00", "Asia/Kathmandu"),
    ],
)
def test_local_times_are_the_same_instants_in_the_base(
    database_url: str, day: str, clock: str, zone: str
) -> None:
    """In gaps and overlaps too, of which PostgreSQL thinks otherwise."""
    local = datetime.fromisoformat(f"{day}T{clock}")
    with psycopg.connect(database_url) as connection:
        found = connection.execute("select instant_of(%s::timestamp, %s)", (local, zone)).fetchone()
    assert found == (instant_of(local.date(), local.time(), ZoneInfo(zone)),)


@pytest.mark.parametrize(
    "text",
    [
        "sent(hello)",
        "can_receive(email)",
        "event.total > 3",
        "did(order.placed, since entry)",
        "run.key == 1",
    ],
)
def test_what_belongs_to_a_run_is_refused(text: str) -> None:
    """And named, never answered wrongly."""
    node = read(text, run={"key": CATALOG.attributes["points"].type})
    with pytest.raises(NotInSql):
        to_sql(node, WORLD, now=NOW, zone=ZONES[0])
    assert narrow(node, WORLD, now=NOW, zone=ZONES[0]).text == "true"


def test_narrowing_keeps_what_the_base_can_tell(database_url: str) -> None:
    """Everybody who meets the condition is among those found."""
    node = read("contact.country == FR and can_receive(email) and contact.points > 1", in_run=False)
    sql = narrow(node, WORLD, now=NOW, zone=ZONES[0])
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into contacts (id, attributes, created_at, updated_at) "
            "values ('a', %s, now(), now()), ('b', %s, now(), now())",
            ('{"country": "FR", "points": 2}', '{"country": "FR", "points": 1}'),
        )
        found = connection.execute(f"select c.id from contacts c where {sql.text}", sql.params).fetchall()
    assert found == [("a",)]
