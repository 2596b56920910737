"""What decisions rest on: what is published today, and what is known of people."""

import asyncio
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from dsl.scope import Mark
from dsl.values import Duration, Money
from engine.facts import Asked, load, of_rows, since
from engine.plans import NothingPublished
from engine.publish import publish
from engine.run_rows import COLUMNS, read_run, update_run
from engine.state import Loop, Pending, Run
from engine.subscriptions import grant, withdraw
from store import contacts
from tests.engine.scenarios import scenario

SCENARIO = scenario("loyal", "- email: m1", entry="always", head="audience: in segment vip\n")


async def test_nothing_published_says_what_to_do(shop):
    with pytest.raises(NothingPublished, match="relance publish"):
        await shop.plans.world()


async def test_a_publication_is_seen_at_the_next_look_and_old_versions_stay(shop, noon):
    await shop.publish(loyal=SCENARIO)
    assert (await shop.plans.current())["loyal"][0] == 1
    await shop.publish(loyal=SCENARIO.replace("- email: m1", "- email: m2"), now=noon + timedelta(minutes=1))
    version, plan = (await shop.plans.current())["loyal"]
    assert (version, plan.steps[0].candidates[0].message) == (2, "m2")
    assert (await shop.plans.plan("loyal", 1)).steps[0].candidates[0].message == "m1"
    with pytest.raises(LookupError, match="no version 3"):
        await shop.plans.plan("loyal", 3)


async def test_a_publication_that_is_rolled_back_is_never_seen(shop, noon):
    await shop.publish(loyal=SCENARIO)
    before = await shop.plans.in_force()
    path = shop.folder / "scenarios/tests/loyal.yaml"
    path.write_text(SCENARIO.replace("- email: m1", "- email: m2"))
    await publish(shop.database, shop.folder, author="tests", now=noon, dry_run=True)
    assert await shop.plans.in_force() is before


async def test_a_segment_that_is_widened_is_followed_by_runs_of_old_versions(shop, noon):
    await shop.publish(loyal=SCENARIO)
    plan = await shop.plans.plan("loyal", 1)
    assert "order.placed" not in since(await shop.plans.in_force(), Asked((plan,)), noon)
    (shop.folder / "scenarios/segments.yaml").write_text(
        "vip: { title: Best customers, is: 'count(order.placed, last 30 days) > 2' }\n"
    )
    await publish(shop.database, shop.folder, author="tests", now=noon)
    wanted = since(await shop.plans.in_force(), Asked((plan,)), noon)
    assert wanted["order.placed"] <= noon - timedelta(days=30)


async def test_facts_are_typed_by_the_catalog_and_complete(shop, noon):
    await shop.publish(loyal=SCENARIO.replace("in segment vip", "sum(order.placed.total, last 90 days) > 10"))
    await shop.person("ada", tier="gold", points=12.5, birthdate="1988-02-22")
    await grant(shop.database, shop.plans, "ada", "tracking", "clicks", source="centre", now=noon)
    await shop.send(
        "order.placed", order_id="o1", total={"amount": 30, "currency": "CHF"}, items=[{"sku": "fern"}]
    )
    await shop.send("order.placed", at=noon - timedelta(hours=1), order_id="o0", total=12.5)
    async with shop.database.transaction() as connection:
        in_force = await shop.plans.in_force(connection)
        plan = in_force.current["loyal"][1]
        rows = await contacts.lock(connection, ["ada", "nobody"])
        facts = await of_rows(connection, shop.plans, in_force, rows, noon, Asked((plan,)))
    ada = facts["ada"]
    assert set(facts) == {"ada"}
    assert ada.attributes["points"] == Decimal("12.5")
    assert ada.attributes["birthdate"] == date(1988, 2, 22)
    assert ada.attributes["locale"] is None
    assert [event.properties["order_id"] for event in ada.events] == ["o0", "o1"], "oldest first"
    assert ada.events[1].properties["total"] == Money(Decimal(30), "CHF")
    assert ada.events[1].properties["items"] == ({"sku": "fern"},)
    assert ada.consents["newsletter", "email"].state == "granted"
    assert ada.addresses == {"email", "sms"}
    assert ada.tracked_since == {"clicks": noon}
    assert ada.zone == "Europe/Paris"


async def test_a_value_of_an_older_catalog_reads_as_unknown(shop, noon):
    await shop.publish(loyal=SCENARIO)
    await shop.person("ada")
    await shop.rows(
        """update contacts set attributes = '{"tier": "platinum", "points": "many"}' returning id"""
    )
    async with shop.database.transaction() as connection:
        in_force = await shop.plans.in_force(connection)
        rows = await contacts.lock(connection, ["ada"])
        facts = await of_rows(connection, shop.plans, in_force, rows, noon, Asked(()))
    assert (facts["ada"].attributes["tier"], facts["ada"].attributes["points"]) == (None, None)


def _busy(noon):
    """A run that holds something of everything."""
    mark = Mark(noon, 7)
    return Run(
        id=3,
        scenario="s",
        version=2,
        contact_id="ada",
        entered=mark,
        position="a",
        began=Mark(noon + timedelta(days=1)),
        key="k",
        trigger_event={
            "total": Money(Decimal("12.50"), "EUR"),
            "on": date(2027, 2, 1),
            "items": ({"qty": Decimal(2)},),
        },
        item={"sku": "fern"},
        variables={"x": Duration(days=3), "y": noon, "z": None},
        bound={"answer": {"score": Decimal(9)}},
        steps={"a": mark},
        passes={"a": 2},
        loops={"r": Loop(2, mark)},
        waits_until=noon,
        pending=Pending(12, noon),
        due_at=noon,
        listens_to=("order.placed",),
        sequence=4,
    )


def test_a_run_is_the_same_after_it_was_stored(noon):
    run = _busy(noon)
    row = {**update_run(run, None), "scenario": "s", "version": 2, "contact_id": "ada", "key": "k"}
    row |= {"entered_at": noon, "entered_seq": 7, "listens_to": row["listens_to"].split()}
    assert read_run(row) == run
    assert set(COLUMNS) < {f.name for f in fields(Run)}


def test_what_a_run_does_not_hold_is_not_stored(noon):
    empty = {name: {} for name in ("loops", "passes", "steps", "variables", "bound")}
    bare = replace(_busy(noon), **empty, pending=None, due_at=None, waits_until=None)
    assert set(update_run(bare, None)["state"]) == {"began", "trigger_event", "item"}


async def test_an_event_about_an_object_reaches_the_runs_that_wait_for_it(shop, noon):
    text = """
scenario: watch
title: Watch
owner: crm
topic: newsletter
trigger: { event: order.placed, for_each: event.items }
key: item.sku
entry: always
steps:
  - wait_for:
      event: product.price_changed
      where: sku == run.key
    up_to: 30 days
    then:
      - email: m1
    timeout: []
"""
    await shop.publish(watch=text)
    for name, sku in (("ada", "fern"), ("bob", "ivy")):
        await shop.person(name)
        await shop.happens("order.placed", name, order_id="o", total=1, items=[{"sku": sku}])
    later = noon + timedelta(hours=1)
    await shop.send("product.price_changed", None, at=later, sku="fern", price=3)
    await shop.route(later)
    await shop.look(later)
    assert await shop.messages("ada") == [("m1", "email", "reserved")]
    assert await shop.messages("bob") == []


async def test_a_router_that_dies_leaves_the_events_to_the_next(shop, noon):
    await shop.publish(loyal=SCENARIO.replace("in segment vip", "contact.country == FR"))
    await shop.person("ada")
    await shop.send("contact.subscribed", list="x")
    # The contact is held by somebody else for as long as the first router lives.
    async with shop.database.transaction() as connection:
        await contacts.lock(connection, ["ada"])
        router = asyncio.create_task(shop.route())
        while not await shop.rows("select 1 from pg_stat_activity where wait_event_type = 'Lock'"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the database tells nobody that somebody waits
        router.cancel()
        with pytest.raises(asyncio.CancelledError):
            await router
    assert await shop.rows("select id from runs") == []
    assert await shop.route() == 1
    assert len(await shop.rows("select id from runs")) == 1


async def test_consent_to_tracking_that_is_given_again_holds_since_it_was_first_given(shop, noon, days):
    """A window of history would else be unknown for who agrees twice."""
    await shop.publish(loyal=SCENARIO)
    await shop.person("ada")
    for day in (0, 3):
        await grant(shop.database, shop.plans, "ada", "tracking", "opens", source="centre", now=days(day))
    assert await _tracked_since(shop, days(4)) == {"opens": noon}
    await withdraw(shop.database, shop.plans, "ada", "tracking", "opens", source="centre", now=days(5))
    assert await _tracked_since(shop, days(6)) == {}
    for day in (7, 9):
        await grant(shop.database, shop.plans, "ada", "tracking", "opens", source="centre", now=days(day))
    assert await _tracked_since(shop, days(10)) == {"opens": days(7)}


async def _tracked_since(shop, now):
    async with shop.database.transaction() as connection:
        facts = await load(connection, shop.plans, ["ada"], now, ())
    return facts["ada"].tracked_since
