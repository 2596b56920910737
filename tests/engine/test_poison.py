"""What cannot be decided is set apart, says so, and keeps nobody else waiting."""

from datetime import timedelta

import pytest

from engine.router import route
from engine.transition import AGAIN_AFTER
from store import events
from tests.engine.scenarios import scenario

HELLO = scenario(
    "hello",
    "- email: m1",
    head="""
    audience: lower(event.list) != "xx"
    exit_when: [order.placed]
    """,
)

OTHER = HELLO.replace("hello", "other").replace('audience: lower(event.list) != "xx"\n', "")


@pytest.fixture
async def broken(shop):
    """Two scenarios, one of them stored in a way that nothing can evaluate."""
    await shop.publish(hello=HELLO, other=OTHER)
    await shop.rows(
        """update scenario_versions set plan = replace(plan::text, '"lower"', '"no_such_function"')::jsonb
        where scenario = 'hello' returning version"""
    )
    for name in ("ada", "bob"):
        await shop.person(name)
    return shop


async def test_an_entry_that_cannot_be_decided_keeps_no_other_scenario_from_the_event(broken, noon):
    await broken.happens("contact.subscribed", list="x")
    (refusal,) = await broken.rows("select scenario, reason from entry_refusals")
    assert (refusal["scenario"], refusal["reason"]) == ("hello", "error")
    assert (await broken.run("other"))["status"] == "active"
    assert await broken.rows("select seq from routing") == []


async def _unreadable(shop, contact, now):
    await shop.send("contact.subscribed", contact, at=now, list="x")
    await shop.rows(
        """update events set properties = '["not a record"]' where contact_id = %s
        and name = 'contact.subscribed' returning seq""",
        contact,
    )


async def test_an_event_that_cannot_be_routed_keeps_no_other_waiting(shop, noon):
    await shop.publish(other=OTHER)
    for name in ("ada", "bob"):
        await shop.person(name)
    await _unreadable(shop, "ada", noon)
    await shop.send("contact.subscribed", "bob", at=noon, list="x")
    await shop.route()
    assert (await shop.run("other", "bob"))["status"] == "active"
    (apart,) = await shop.rows("select contact_id, error from set_aside")
    assert (apart["contact_id"], apart["error"]) == ("ada", "AttributeError")
    assert await route(shop.database, shop.plans, noon) == 0


async def test_what_was_set_aside_is_tried_again(shop, noon):
    await shop.publish(other=OTHER)
    await shop.person("ada")
    await _unreadable(shop, "ada", noon)
    await shop.route()
    await shop.rows(
        """update events set properties = '{"list": "x"}' where name = 'contact.subscribed' returning seq"""
    )
    async with shop.database.transaction() as connection:
        assert await events.take_up(connection, noon - timedelta(seconds=1)) == 0
        assert await events.take_up(connection, noon + AGAIN_AFTER) == 1
    await shop.route(noon + AGAIN_AFTER)
    assert (await shop.run("other"))["status"] == "active"
    assert await shop.rows("select seq from set_aside") == []


async def test_the_gate_knows_what_was_set_aside(shop, noon):
    """An order that cannot be routed still stops a message that nobody wants after it."""
    await shop.publish(other=OTHER)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="x")
    run = await shop.run("other")
    await shop.send("order.placed", order_id="o1", at=noon + timedelta(minutes=1))
    (line,) = await shop.rows("select seq from routing")
    async with shop.database.transaction() as connection:
        await events.set_aside(connection, line["seq"], "ValueError", noon)
        assert [row["name"] for row in await events.unseen(connection, [run["id"]])] == ["order.placed"]
