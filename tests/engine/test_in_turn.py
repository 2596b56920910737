"""What an event does to runs under way comes before the first steps of those that it starts."""

from datetime import timedelta

import pytest

from engine.pauses import pause
from tests.engine.conftest import POLICY
from tests.engine.scenarios import scenario

LIMITED = POLICY.replace("at_most: 100, per: 1 day", "at_most: 1, per: 1 day")
CART = scenario(
    "cart",
    "- wait: 1 hour\n- email: m2",
    trigger="event: cart.updated",
    head="goal: { event: order.placed, within: 30 days }\n",
)
THANKS = scenario("thanks", "- email: m3", trigger="event: order.placed")
RAISE = scenario("a_raise", "- set: { contact.tier: gold }\n- email: m1", trigger="event: order.placed")
GOLD = scenario(
    "b_gold", "- email: m3", trigger="event: order.placed", head="audience: contact.tier == gold\n"
)


@pytest.fixture
async def ordered(shop, noon):
    """Ada has a reminder of her cart planned for now, and orders."""

    async def ordering(*paused):
        await shop.publish(policy=LIMITED, cart=CART, thanks=THANKS)
        await shop.person()
        await shop.happens("cart.updated", cart_id="c1")
        later = noon + timedelta(hours=1)
        await shop.look(later)
        for name in paused:
            await pause(shop.database, name, ["email", "sms"], actor="ops", reason="", now=later)
        await shop.send("order.placed", at=later, order_id="o1")
        await shop.route(later)
        return {row["scenario"]: row for row in await shop.rows("select * from messages")}, later

    return ordering


async def test_the_first_message_takes_the_place_that_the_same_event_gives_back(ordered):
    messages, later = await ordered()
    assert messages["cart"]["state"] == "released"
    assert (messages["thanks"]["state"], messages["thanks"]["planned_at"]) == ("reserved", later)


async def test_what_stands_still_in_a_pause_keeps_its_place_and_holds_up_nobody(ordered):
    messages, later = await ordered("cart")
    assert messages["cart"]["state"] == "reserved"
    assert messages["thanks"]["planned_at"] > later


async def test_who_enters_two_scenarios_by_one_event_enters_both_before_a_step_of_the_first(shop):
    """As in stories and simulations: what the first one sets is no reason to enter the second."""
    await shop.publish(a_raise=RAISE, b_gold=GOLD)
    await shop.person(tier="bronze")
    await shop.send("order.placed", order_id="o1")
    await shop.route()
    runs = await shop.rows("select scenario, sequence from runs")
    assert [(row["scenario"], row["sequence"]) for row in runs] == [("a_raise", 1)]
    assert await shop.messages() == [("m1", "email", "reserved")]


async def test_who_enters_two_scenarios_by_one_event_takes_first_steps_in_their_order(shop, noon):
    await shop.publish(
        policy=LIMITED, a=THANKS.replace(": thanks", ": a"), b=THANKS.replace(": thanks", ": b")
    )
    await shop.person()
    await shop.send("order.placed", order_id="o1")
    await shop.route()
    planned = await shop.rows("select scenario, planned_at from messages order by scenario")
    assert [(row["scenario"], row["planned_at"] > noon) for row in planned] == [("a", False), ("b", True)]
