"""A base of people about whom more or less is known, for what is asked of it and of each of them."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from dsl.scope import Scope
from engine.typed import attributes, event_fact
from tests.dsl.vocabulary import scope, world

NOW = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)
"""The morning after the clocks went forward in Paris."""

ZONES = [ZoneInfo(name) for name in ("Europe/Paris", "America/New_York", "America/Havana", "Asia/Kathmandu")]
WORLD = world(
    computed__engagement="min(1, count(message.clicked, last 90 days) / 3)",
    segment__vip="sum(order.placed.total, last 365 days) > 50 or contact.tier == gold",
    segment__lapsed="not did(message.opened, last 30 days)",
)
PEOPLE = 60


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


CONTACTS = "insert into contacts (id, email, attributes, created_at, updated_at) values (%s, %s, %s, %s, %s)"
HAPPENED = (
    "insert into events (source, id, name, contact_id, at, properties, recorded_at) "
    "values ('t', %s, %s, %s, %s, %s, %s)"
)
AGREED = (
    "insert into consents (contact_id, topic, channel, state, basis, source, at, recorded_at) "
    "values (%s, 'tracking', %s, %s, 'consent', 't', %s, %s)"
)


def fill(connection: psycopg.Connection[Any]) -> None:
    dice = random.Random(42)
    for number in range(PEOPLE):
        name = f"c{number:02}"
        created = dice.choice([NOW - timedelta(days=400), NOW - timedelta(days=10)])
        email = _maybe(dice, "a@example.com")
        connection.execute(CONTACTS, (name, email, json.dumps(_person(dice)), created, created))
        for n in range(dice.randint(0, 5)):
            what = dice.choice(["order.placed", "order.placed", "message.clicked", "message.opened"])
            body = (
                _order(dice)
                if what == "order.placed"
                else {"link": "x", "scenario": "welcome", "step": "hello"}
            )
            connection.execute(HAPPENED, (f"{name}-{n}", what, name, _instant(dice), json.dumps(body), NOW))
        for _ in range(dice.randint(0, 2)):
            at = dice.choice([created, NOW - timedelta(days=60), NOW - timedelta(days=5)])
            line = (
                name,
                dice.choice(["opens", "clicks"]),
                dice.choice(["granted", "granted", "withdrawn"]),
                at,
                at,
            )
            connection.execute(AGREED, line)


def scopes(connection: psycopg.Connection[Any]) -> list[Scope]:
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
