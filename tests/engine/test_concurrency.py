"""Few people, many workers: limits hold exactly, nothing is sent twice, nothing is lost."""

import asyncio
from datetime import timedelta

import pytest

from channels.errors import Refused
from channels.messages import SendResult
from engine.advance import advance
from engine.attempts import Outcome, begin, settle
from engine.links import Links
from engine.merging import merge
from engine.rendering import Renderer
from engine.router import route
from engine.subscriptions import withdraw
from tests.engine.many_workers import Provider, days

PEOPLE = ("ada", "bob", "cyd")
SCENARIOS = 8
LIMIT = 2

POLICY = f"""
time_zone: {{ default: Europe/Paris }}
hours:
  email: {{ allow: "00:00-24:00" }}
  sms: {{ allow: "00:00-24:00" }}
pressure:
  day: rolling
  limits:
    - {{ at_most: {LIMIT}, per: 2 days }}
  on_cap: delay up to 3 days
expires: 6 days
late_events: 1 day
tracking: {{ opens: with_consent, clicks: with_consent }}
"""


def _scenario(number: int) -> str:
    return f"""
scenario: s{number}
title: Scenario {number}
owner: crm
topic: newsletter
priority: {number * 10}
trigger: {{ event: contact.subscribed }}
entry: always
exit_when: [order.placed]
steps:
  - email: m1
  - email: m2
"""


@pytest.fixture
async def town(shop, noon):
    """Three people who all entered eight scenarios at once."""
    await shop.publish(policy=POLICY, **{f"s{n}": _scenario(n) for n in range(1, SCENARIOS + 1)})
    for name in PEOPLE:
        await shop.person(name)
        await shop.send("contact.subscribed", name)
    await asyncio.gather(*(route(shop.database, shop.plans, noon) for _ in range(3)))
    await shop.route()
    return shop


async def test_limits_hold_and_nothing_is_sent_twice_whatever_the_concurrency(town, noon):
    provider = Provider()
    await days(town, provider, 5, noon)
    assert len(provider.given) == len({message for message, _ in provider.given})
    rows = await town.rows(
        "select contact_id, sent_at from messages where sent_at is not null order by sent_at"
    )
    for name in PEOPLE:
        sent = [row["sent_at"] for row in rows if row["contact_id"] == name]
        assert len(sent) >= LIMIT
        for first in sent:
            window = [at for at in sent if first <= at < first + timedelta(days=2)]
            assert len(window) <= LIMIT, (name, window)
    assert await town.rows("select 1 from messages where state in ('reserved', 'attempted')") == []


async def test_who_objects_in_the_middle_gets_nothing_from_then_on(town, noon):
    provider = Provider()
    gone_at = noon + timedelta(days=1)

    def leave(at):
        return withdraw(town.database, town.plans, "ada", None, None, source="link", now=at)

    def buy(at):
        return town.send("order.placed", "bob", at=at, order_id="o", total=1)

    await days(town, provider, 4, noon, leave, buy)
    late = await town.rows(
        "select id from messages where contact_id = 'ada' and attempted_at > %s and sent_at is not null",
        gone_at,
    )
    assert late == []
    reasons = await town.rows(
        "select distinct contact_id, end_reason from runs where ended_at >= %s and contact_id <> 'cyd'",
        gone_at,
    )
    assert {("ada", "lost_consent"), ("bob", "order.placed")} <= {
        (r["contact_id"], r["end_reason"]) for r in reasons
    }
    assert await town.rows("select id from messages where contact_id = 'bob' and sent_at > %s", gone_at) == []


async def test_people_who_are_merged_in_the_middle_are_held_to_their_common_past(town, noon):
    provider = Provider()
    merged_at = noon + timedelta(days=1)

    def into_ada(loser):
        return lambda at: merge(town.database, town.plans, "ada", loser, actor="tests", now=at)

    def buy(at):
        return town.send("order.placed", "cyd", at=at, order_id="o", total=1)

    await days(town, provider, 5, noon, into_ada("bob"), buy, into_ada("cyd"))
    assert len(provider.given) == len({message for message, _ in provider.given})
    assert await town.rows("select from messages where contact_id <> 'ada'") == []
    assert await town.rows("select from events where contact_id <> 'ada'") == []
    sent = await town.rows("select attempted_at, sent_at from messages where sent_at is not null")
    for late in (row["sent_at"] for row in sent if row["attempted_at"] > merged_at):
        before = [row for row in sent if late - timedelta(days=2) < row["sent_at"] <= late]
        assert len(before) <= LIMIT
    assert await town.rows("select id from messages where state in ('reserved', 'attempted')") == []
    assert {row["end_reason"] for row in await town.rows("select distinct end_reason from runs")} <= {
        "merged",
        "order.placed",
        "end",
    }


async def test_what_comes_of_a_message_that_was_under_way_is_the_winners(town, noon):
    renderer = Renderer(
        town.folder / "templates", Links("https://mv.example", ["a secret key of the tests, long enough"])
    )
    attempts = []
    for row in await town.rows(
        "select distinct group_id as id from runs where contact_id = 'bob' order by id"
    ):
        for due in (await advance(town.database, town.plans, row["id"], noon)).deliveries:
            begun = await begin(town.database, town.plans, renderer, due.message_ids, noon)
            attempts += [each for each in begun.attempts if each.contact_id == "bob"]
    await merge(town.database, town.plans, "ada", "bob", actor="tests", now=noon)
    dead = Refused("no such mailbox", provider="tests", code="550", suppress="hard_bounce")
    sent, refused = attempts
    outcomes = [Outcome(sent, SendResult("tests", "p1")), Outcome(refused, error=dead)]
    await settle(town.database, town.plans, outcomes, noon)
    ids = [sent.message_id, refused.message_id]
    rows = await town.rows("select contact_id, state from messages where id = any(%s) order by id", ids)
    assert [tuple(row.values()) for row in rows] == [("ada", "sent"), ("ada", "refused")]
    told = await town.rows("select name, contact_id from events where name like 'message.%%' order by name")
    assert [tuple(row.values()) for row in told] == [("message.bounced", "ada"), ("message.sent", "ada")]
