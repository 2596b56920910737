"""What decisions ask for, as it is in the database: places under limits, codes, attributes, events, tasks."""

import asyncio
from datetime import timedelta

import pytest

from engine.advance import advance
from engine.entry import Candidate, enter
from engine.people import Profile, upsert
from engine.subscriptions import grant

POLICY = """
time_zone: {{ default: Europe/Paris }}
hours:
  email: {{ allow: "15:00-20:00" }}
  sms: {{ allow: "00:00-24:00" }}
pressure:
  day: calendar
  limits:
    - {{ at_most: {at_most}, per: {days} days }}
  on_cap: {on_cap}
expires: 20 days
late_events: 1 day
tracking: {{ opens: with_consent, clicks: with_consent }}
"""


def _scenario(
    name: str, steps: str, *, priority: int = 50, event: str = "contact.subscribed", more: str = ""
) -> str:
    return f"""
scenario: {name}
title: {name}
owner: crm
topic: newsletter
priority: {priority}
trigger: {{ event: {event} }}
entry: always
{more}
steps:
{steps}
"""


def _all(shop, groups, now):
    return asyncio.gather(*(advance(shop.database, shop.plans, group, now) for group in groups))


async def test_no_concurrency_breaks_a_limit(shop, noon):
    policy = POLICY.format(at_most=2, days=7, on_cap="drop")
    scenarios = {f"s{n}": _scenario(f"s{n}", "  - email: m1", priority=10 * n) for n in range(1, 9)}
    await shop.publish(policy=policy, **scenarios)
    people = ["ada", "bob", "cyd"]
    for name in people:
        await shop.person(name)
        await shop.send("contact.subscribed", name)
    await shop.route()
    groups = [row["id"] for row in await shop.rows("select id from groups")]
    assert len(groups) == 24
    for minute in range(3):
        await _all(shop, groups * 2, noon + timedelta(minutes=minute))
    taken = await shop.rows(
        "select contact_id, count(*) from messages where state = 'reserved' group by 1 order by 1"
    )
    assert [(row["contact_id"], row["count"]) for row in taken] == [(name, 2) for name in people]
    best = await shop.rows("select distinct scenario from messages where state = 'reserved' order by 1")
    assert [row["scenario"] for row in best] == ["s7", "s8"], "places go to the highest priorities"


async def test_a_place_for_later_gives_way_and_the_loser_is_placed_again(shop, noon):
    policy = POLICY.format(at_most=1, days=1, on_cap="delay up to 3 days")
    low, high = (
        _scenario("low", "  - email: m1", priority=10),
        _scenario("high", "  - email: m2", priority=90, event="cart.updated"),
    )
    await shop.publish(policy=policy, low=low, high=high)
    await shop.person("ada")
    await shop.happens("contact.subscribed")
    await shop.happens("cart.updated", cart_id="c1", at=noon + timedelta(minutes=1))
    found = await shop.rows("select message, state, planned_at from messages order by message")
    opens = noon + timedelta(hours=3)
    assert [(row["state"], row["planned_at"]) for row in found] == [
        ("reserved", opens + timedelta(days=1)),
        ("reserved", opens),
    ]


async def test_codes_are_given_once_and_come_back_with_a_released_place(shop, noon):
    steps = "  - email: coded\n    with: { code: take(welcome) }"
    more = "exit_when: [cart.updated]"
    await shop.publish(codes=["A", "B"], coded=_scenario("coded", steps, more=more))
    for name in ("ada", "bob", "cyd"):
        await shop.person(name)
        await shop.send("contact.subscribed", name)
    await shop.route()
    await _all(shop, [row["id"] for row in await shop.rows("select id from groups")], noon)
    given = await shop.rows(
        "select contact_id, variables->>'code' as code from messages where state = 'reserved' order by id"
    )
    assert sorted(row["code"] for row in given) == ["A", "B"]
    lucky = given[0]["contact_id"]
    await shop.happens("cart.updated", lucky, at=noon + timedelta(minutes=1), cart_id="c")
    await shop.look(noon + timedelta(hours=2))
    now_given = await shop.rows(
        "select contact_id, variables->>'code' as code from messages where state = 'reserved'"
    )
    assert sorted(row["code"] for row in now_given) == ["A", "B"]
    assert lucky not in {row["contact_id"] for row in now_given}, "another one has it now"


async def test_a_group_that_wants_more_codes_than_there_are_gives_each_out_once(shop, noon):
    steps = "  - email: coded\n    with: { code: take(welcome) }"
    await shop.publish(codes=["A", "B", "C"], coded=_scenario("coded", steps))
    people = [f"c{n:02}" for n in range(12)]
    for name in people:
        await shop.person(name)
    async with shop.database.transaction() as connection:
        await enter(
            connection, shop.plans, "coded", [Candidate(name, 0, None, {}, "x") for name in people], noon
        )
    await shop.look()
    given = await shop.rows("select variables->>'code' as code from messages where state = 'reserved'")
    assert sorted(row["code"] for row in given) == ["A", "B", "C"]
    await shop.look(noon + timedelta(minutes=1))
    assert len(await shop.rows("select id from runs where status = 'active'")) == 12


WRITES = """
  - set: { contact.tier: gold }
  - add: { contact.points: 500 }
  - grant: { topic: newsletter, channel: sms, text: optin_v3, proof: "a click" }
  - emit: loyalty.granted
    with: { reason: "welcome" }
  - task: Call back
    team: store_75011
    due: 2 days
  - suppress: { topic: newsletter, channel: email, reason: tired }
"""


async def _writes(shop):
    """Ada goes through a scenario that writes all that one can, and another listens to it."""
    reader = _scenario("reader", "  - sms: m1", event="loyalty.granted")
    await shop.publish(writer=_scenario("writer", WRITES), reader=reader)
    await shop.person("ada", consent=["email"])
    await shop.happens("contact.subscribed")


async def test_what_a_run_writes_of_its_contact_is_there_with_its_history(shop):
    await _writes(shop)
    contact = (await shop.rows("select attributes from contacts"))[0]["attributes"]
    assert (contact["tier"], contact["points"]) == ("gold", 500)
    history = await shop.rows(
        "select attribute from attribute_history where source = 'scenario writer' order by attribute"
    )
    assert [row["attribute"] for row in history] == ["points", "tier"]
    names = [row["name"] for row in await shop.rows("select name from events order by seq")]
    assert names.count("contact.changed") == 2
    assert (await shop.run("writer"))["end_reason"] == "end"


async def test_a_run_grants_suppresses_and_opens_a_task(shop, noon):
    await _writes(shop)
    consent = (await shop.rows("select * from consents where channel = 'sms'"))[0]
    proof = {"proof": "a click"}
    assert (consent["state"], consent["text_version"], consent["proof"]) == ("granted", "optin_v3", proof)
    block = (await shop.rows("select reason, topics, channel from suppressions"))[0]
    assert block == {"reason": "tired", "topics": ["newsletter"], "channel": "email"}
    task = (await shop.rows("select task, team, due_at, state from tasks"))[0]
    assert task == {
        "task": "Call back",
        "team": "store_75011",
        "due_at": noon + timedelta(days=2),
        "state": "open",
    }


async def test_an_event_that_a_run_emits_starts_another_scenario_once(shop, noon):
    await _writes(shop)
    assert await shop.messages() == [("m1", "sms", "reserved")]
    await _all(shop, [(await shop.run("writer"))["group_id"]] * 3, noon)
    assert len(await shop.rows("select * from events where name = 'loyalty.granted'")) == 1


async def test_a_new_consent_ends_a_block_of_inactivity_and_no_other(shop, noon):
    stop = _scenario("stop", "  - suppress: { topic: newsletter, channel: email, reason: inactive }")
    await shop.publish(stop=stop)
    await shop.person("ada")
    await shop.happens("contact.subscribed")
    await grant(shop.database, shop.plans, "ada", "newsletter", "email", source="form", now=noon)
    assert (await shop.rows("select lifted_at from suppressions"))[0]["lifted_at"] == noon


async def test_a_holdout_keeps_the_message_and_takes_no_place(shop, noon):
    policy = POLICY.format(at_most=1, days=7, on_cap="drop").replace("15:00-20:00", "00:00-24:00")
    await shop.publish(
        policy=policy,
        held=_scenario("held", "  - email: m1", more="holdout: 99%"),
        told=_scenario("told", "  - email: m2", event="cart.updated"),
    )
    await shop.person("ada")
    await shop.happens("contact.subscribed")
    await shop.happens("cart.updated", cart_id="c", at=noon + timedelta(minutes=1))
    assert await shop.messages() == [("m1", "email", "withheld"), ("m2", "email", "reserved")]


@pytest.mark.parametrize("entry_rule", ["restart", "parallel"])
async def test_another_entry_while_one_is_active(shop, noon, entry_rule):
    await shop.publish(s=_scenario("s", "  - email: m1\n  - wait: 1 day", more=f"while_active: {entry_rule}"))
    await shop.person("ada")
    await shop.happens("contact.subscribed")
    await shop.happens("contact.subscribed", at=noon + timedelta(minutes=1))
    rows = await shop.rows("select status, end_reason from runs order by id")
    states = [state for _, _, state in await shop.messages()]
    if entry_rule == "restart":
        assert [row["end_reason"] for row in rows] == ["restarted", None]
        assert states == ["released", "reserved"]
    else:
        assert [row["status"] for row in rows] == ["active", "active"]
        assert states == ["reserved", "reserved"]


async def test_one_run_an_item_and_none_twice(shop, noon):
    text = _scenario("item", "  - wait: 1 day\n  - email: m1", event="order.placed").replace(
        "trigger: { event: order.placed }",
        "trigger: { event: order.placed, for_each: event.items }\nkey: item.sku",
    )
    await shop.publish(item=text)
    await shop.person("ada")
    await shop.happens(
        "order.placed", order_id="o", total=9, items=[{"sku": "fern"}, {"sku": "ivy"}, {"sku": "fern"}]
    )
    rows = await shop.rows("select key from runs order by id")
    assert [row["key"] for row in rows] == ["fern", "ivy"]


async def test_a_change_of_an_attribute_starts_a_run_but_an_import_does_not(shop, noon):
    text = _scenario("up", "  - email: m1").replace(
        "trigger: { event: contact.subscribed }", "trigger: { changed: contact.tier, where: after > before }"
    )
    await shop.publish(up=text)
    await shop.person("ada", tier="bronze")
    for source, tier in (("import", "silver"), ("shop", "gold"), ("shop", "silver")):
        await upsert(shop.database, shop.plans, [Profile("ada", {"tier": tier})], source=source, now=noon)
        await shop.route()
    assert len(await shop.rows("select id from runs")) == 1


async def test_who_is_replaced_within_a_batch_is_told_so_once_and_waits_for_nothing(shop, noon):
    """Two of one kind in an order are one key: the second takes the place of the first before it began."""
    text = _scenario(
        "s", "  - wait: 1 day\n  - email: m1", event="order.placed", more="while_active: restart"
    )
    each = "trigger: { event: order.placed, for_each: event.items }\nkey: item.sku"
    await shop.publish(s=text.replace("trigger: { event: order.placed }", each))
    await shop.person("ada")
    items = [{"sku": "A"}, {"sku": "A"}]
    await shop.happens("order.placed", order_id="o1", total=5, items=items)
    first, second = await shop.rows("select * from runs order by id")
    assert (first["end_reason"], first["listens_to"], second["status"]) == ("restarted", [], "active")
    said = await shop.rows("select run_id, sequence, what, text from trail where what = 'ended'")
    assert [(row["run_id"], row["text"]) for row in said] == [
        (first["id"], "ended: a new entry took its place")
    ]
    assert said[0]["sequence"] == first["sequence"]
    assert await shop.rows("select 1 from wakes where run_id = %s", first["id"]) == []
