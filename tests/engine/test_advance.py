"""From an event to a reserved message and on: routing, entries, transitions, on a real database."""

import asyncio
from datetime import timedelta

from engine.advance import advance
from engine.entry import Candidate, enter
from engine.pauses import pause, resume
from engine.router import route
from tests.engine.scenarios import WELCOME, scenario

PAIR = scenario(
    "again",
    """
    - wait: 1 day
    - email: m1
    """,
    trigger="event: cart.updated",
    entry="always",
    head="exit_when: [{ event: cart.updated, as: new_cart }]\n",
)


async def test_an_event_becomes_a_run_and_a_reserved_message(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="newsletter")
    run = await shop.run("welcome")
    assert (run["status"], run["position"]) == ("active", "hello")
    assert await shop.messages() == [("m1", "email", "reserved")]
    assert run["state"]["pending"]["message_id"] is not None
    group = (await shop.rows("select * from groups"))[0]
    assert group["workflow_id"] == f"welcome/ada/{run['id']}"
    assert (group["size"], group["contact_id"]) == (1, "ada")
    trail = await shop.rows("select what from trail where run_id = %s order by sequence, line", run["id"])
    assert trail[0]["what"] == "entered"


async def test_who_does_not_match_does_not_enter_and_the_reason_is_kept(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada", country="CH")
    await shop.happens("contact.subscribed", list="news_of_others")
    assert await shop.rows("select * from runs") == []
    assert await shop.rows("select * from entry_refusals") == [], "another list is another event"
    await shop.happens("contact.subscribed", at=noon + timedelta(hours=1), list="newsletter")
    refusals = await shop.rows("select contact_id, scenario, reason, times from entry_refusals")
    assert refusals == [{"contact_id": "ada", "scenario": "welcome", "reason": "audience", "times": 1}]


async def test_advancing_twice_changes_nothing(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="newsletter")
    run = await shop.run("welcome")
    first = await advance(shop.database, shop.plans, run["group_id"], noon)
    again = await advance(shop.database, shop.plans, run["group_id"], noon)
    assert first == again
    assert [(due.channel, len(due.message_ids)) for due in first.deliveries] == [("email", 1)]
    assert await shop.run("welcome") == run
    assert len(await shop.messages()) == 1


async def test_many_workers_that_advance_the_same_group_reserve_once(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await shop.send("contact.subscribed", list="newsletter")
    await shop.route()
    run = await shop.run("welcome")
    await asyncio.gather(*(advance(shop.database, shop.plans, run["group_id"], noon) for _ in range(8)))
    assert await shop.messages() == [("m1", "email", "reserved")]
    assert (await shop.run("welcome"))["sequence"] == 1


async def test_a_run_goes_on_when_its_message_has_left_and_its_wait_is_over(shop, days):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="newsletter")
    await shop.sent()
    waiting = (await shop.look())[-1]
    assert (waiting.next_due_at, waiting.active) == (days(3), 1)
    await shop.look(days(2))
    assert len(await shop.messages()) == 1
    await shop.look(days(3))
    assert (await shop.messages())[1] == ("m2", "sms", "reserved")
    await shop.sent(now=days(3))
    last = (await shop.look(days(3)))[-1]
    assert (last.active, last.deliveries) == (0, ())
    run = await shop.run("welcome")
    assert (run["status"], run["end_reason"]) == ("ended", "end")
    assert (await shop.rows("select ended_at from groups"))[0]["ended_at"] == days(3)


async def test_a_goal_ends_the_run_at_once_and_frees_its_place(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="newsletter")
    await shop.happens("order.placed", at=noon + timedelta(minutes=1), order_id="o1", total=30)
    run = await shop.run("welcome")
    assert (run["status"], run["end_reason"]) == ("ended", "goal")
    assert await shop.messages() == [("m1", "email", "released")]
    assert await shop.rows("select * from wakes") == []


async def test_an_event_before_the_first_look_is_not_lost(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await shop.send("contact.subscribed", list="newsletter")
    await shop.send("order.placed", at=noon + timedelta(seconds=1), order_id="o1", total=30)
    await shop.route(noon + timedelta(seconds=1))
    await shop.look(noon + timedelta(seconds=1))
    assert (await shop.run("welcome"))["end_reason"] == "goal"
    assert await shop.messages() == []


async def test_an_event_that_ends_a_run_and_starts_one_does_both(shop, noon):
    await shop.publish(again=PAIR)
    await shop.person("ada")
    for minute in range(4):
        await shop.send("cart.updated", at=noon + timedelta(minutes=minute), cart_id="c1")
    await shop.route(noon + timedelta(minutes=4))
    await shop.look(noon + timedelta(minutes=4))
    ended = await shop.rows("select end_reason from runs order by id")
    assert [row["end_reason"] for row in ended] == ["new_cart", "new_cart", "new_cart", None]


async def test_two_routers_lose_and_double_nothing(shop, noon):
    await shop.publish(again=PAIR, welcome=WELCOME)
    people = [f"c{n}" for n in range(12)]
    for name in people:
        await shop.person(name)
    for minute in range(5):
        for name in people:
            await shop.send("cart.updated", name, at=noon + timedelta(minutes=minute), cart_id="c1")

    async def worker() -> int:
        total = 0
        while routed := await route(shop.database, shop.plans, noon + timedelta(minutes=5), limit=7):
            total += routed
        return total

    assert sum(await asyncio.gather(worker(), worker(), worker())) == 60
    rows = await shop.rows(
        "select contact_id, count(*), count(*) filter (where status = 'active') as open from runs group by 1"
    )
    assert len(rows) == 12
    assert {(row["count"], row["open"]) for row in rows} == {(5, 1)}
    assert await shop.rows("select * from routing") == []


async def test_entries_that_come_together_share_groups_and_those_that_come_alone_do_not(shop, noon):
    await shop.publish(welcome=WELCOME)
    people = [f"c{n:02}" for n in range(25)]
    for name in people:
        await shop.person(name)
    async with shop.database.transaction() as connection:
        candidates = [Candidate(name, 0, None, {}, "2027-02-15") for name in people]
        first = await enter(connection, shop.plans, "welcome", candidates, noon)
    async with shop.database.transaction() as connection:
        again = await enter(connection, shop.plans, "welcome", candidates, noon)
    assert len(first.runs) == 25
    assert again.runs == ()
    assert again.refused == {"occurrence": 25}
    group = (await shop.rows("select * from groups"))[0]
    assert (group["size"], group["contact_id"]) == (25, None)
    assert group["workflow_id"].startswith("welcome/2027-02-15/")
    result = await advance(shop.database, shop.plans, group["id"], noon)
    assert (result.active, result.steps) == (25, "25 people at step hello (email: M1)")
    assert [len(due.message_ids) for due in result.deliveries] == [25]
    pokes = await shop.rows("select start from pokes where group_id = %s", group["id"])
    assert pokes == [{"start": True}]


async def test_a_big_group_is_advanced_in_parts(shop, noon):
    await shop.publish(welcome=WELCOME)
    people = [f"c{n:02}" for n in range(25)]
    for name in people:
        await shop.person(name)
    async with shop.database.transaction() as connection:
        candidates = [Candidate(name, 0, None, {}, "x") for name in people]
        await enter(connection, shop.plans, "welcome", candidates, noon, left=people)
    group = (await shop.rows("select id from groups"))[0]["id"]
    part = await advance(shop.database, shop.plans, group, noon, limit=10)
    assert part.next_due_at is not None
    assert part.next_due_at <= noon, "the rest is due now"
    for _ in range(2):
        part = await advance(shop.database, shop.plans, group, noon, limit=10)
    assert part.next_due_at is None
    assert (await shop.rows("select count(*) from messages"))[0]["count"] == 25


async def test_a_paused_scenario_stands_still_and_loses_nothing(shop, noon, days):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await pause(shop.database, "welcome", ["email", "sms"], actor="ops", reason="a typo", now=noon)
    await shop.send("contact.subscribed", list="newsletter")
    await shop.route()
    run = await shop.run("welcome")
    result = await advance(shop.database, shop.plans, run["group_id"], noon)
    assert (result.next_due_at, result.active, result.deliveries) == (None, 1, ())
    assert "paused" in result.waiting_for
    await resume(shop.database, "welcome", ["email", "sms"], actor="ops", now=days(1))
    result = await advance(shop.database, shop.plans, run["group_id"], days(1))
    assert [due.channel for due in result.deliveries] == ["email"]


async def test_a_pause_takes_nobody_the_timer_of_what_is_due_after_it(shop, noon, days):
    """Whoever resumes pokes what is due by then; a look during the pause must not forget the rest."""
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="newsletter")
    await shop.sent()
    await shop.look()
    run = await shop.run("welcome")
    await pause(shop.database, "welcome", ["email"], actor="ops", reason="a typo", now=noon)
    result = await advance(shop.database, shop.plans, run["group_id"], days(1))
    assert (result.next_due_at, result.deliveries) == (run["due_at"], ())


async def test_a_paused_channel_keeps_its_messages(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await pause(shop.database, "email", ["email", "sms"], actor="ops", reason="provider down", now=noon)
    await shop.happens("contact.subscribed", list="newsletter")
    run = await shop.run("welcome")
    assert (await advance(shop.database, shop.plans, run["group_id"], noon)).deliveries == ()
    await resume(shop.database, "email", ["email", "sms"], actor="ops", now=noon)
    assert len((await advance(shop.database, shop.plans, run["group_id"], noon)).deliveries) == 1


async def test_a_run_that_cannot_be_decided_holds_up_nobody_and_is_tried_again(shop, noon):
    await shop.publish(welcome=WELCOME)
    people = [f"c{n:02}" for n in range(12)]
    for name in people:
        await shop.person(name)
    async with shop.database.transaction() as connection:
        candidates = [Candidate(name, 0, None, {}, "x") for name in people]
        await enter(connection, shop.plans, "welcome", candidates, noon, left=people)
        await connection.execute("update runs set position = 'a step that is gone' where contact_id = 'c05'")
    group = (await shop.rows("select id from groups"))[0]["id"]
    result = await advance(shop.database, shop.plans, group, noon)
    assert len(result.deliveries[0].message_ids) == 11
    assert result.next_due_at == noon + timedelta(minutes=15)
    trail = await shop.rows("select what from trail where contact_id = 'c05'")
    assert [row["what"] for row in trail] == ["error"]
    await shop.rows("update runs set position = 'hello' where contact_id = 'c05' returning id")
    await advance(shop.database, shop.plans, group, noon + timedelta(minutes=15))
    assert await shop.messages("c05") == [("m1", "email", "reserved")]


async def test_an_event_that_came_in_time_starts_a_run_however_long_workers_were_away(shop, noon, days):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await shop.person("bob")
    await shop.send("contact.subscribed", "ada", at=noon, now=noon, list="newsletter")
    await shop.send("contact.subscribed", "bob", at=noon, now=days(1.5), list="newsletter")
    await shop.route(days(2))
    (run,) = await shop.rows("select contact_id, entered_at from runs")
    (refusal,) = await shop.rows("select contact_id, reason from entry_refusals")
    assert (run["contact_id"], run["entered_at"]) == ("ada", noon)
    assert (refusal["contact_id"], refusal["reason"]) == ("bob", "late")
