"""The two back ends agree: SQL over the base and the evaluator over facts in memory, on every input."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
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
from dsl.sql import compile as to_sql
from dsl.sql import narrow
from tests.dsl.sql_base import NOW, PEOPLE, WORLD, ZONES, fill, scopes
from tests.dsl.vocabulary import CATALOG, read

QUESTIONS, CASES = 400, 20_000
"""As many conditions as make so many cases, a case being one condition, in one zone, about one person."""


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
        fill(connection)
        people = scopes(connection)

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
