"""An event that comes late: what happened after it, and was told of before it, is not forgotten."""

from datetime import timedelta

import pytest

from tests.engine.scenarios import scenario


@pytest.mark.parametrize(
    "head",
    [
        "exit_when: [order.placed]\n",
        "goal: { event: order.placed, within: 3 days }\n",
        'exit_when: ["did(order.placed, since entry)"]\n',
    ],
)
async def test_who_has_bought_since_is_not_reminded(shop, noon, head):
    """The cart of nine is told of at noon, the order of ten was known at ten."""
    text = scenario("case", "- wait: 4 hours\n- email: m1", head=head)
    await shop.publish(case=text)
    await shop.person()
    ten = noon - timedelta(hours=2)
    await shop.happens("order.placed", at=ten, order_id="o1", total=5)
    await shop.send("contact.subscribed", at=noon - timedelta(hours=3), now=noon)
    await shop.route(noon)
    await shop.look(noon)
    (run,) = await shop.rows("select status from runs where scenario = 'case'")
    assert run["status"] == "ended"


async def test_who_had_bought_before_is_reminded(shop, noon):
    """What happened before the entry is no news to it."""
    text = scenario("case", "- wait: 4 hours\n- email: m1", head="exit_when: [order.placed]\n")
    await shop.publish(case=text)
    await shop.person()
    await shop.happens("order.placed", at=noon - timedelta(hours=4), order_id="o1", total=5)
    await shop.send("contact.subscribed", at=noon - timedelta(hours=3), now=noon)
    await shop.route(noon)
    await shop.look(noon)
    (run,) = await shop.rows("select status from runs where scenario = 'case'")
    assert run["status"] == "active"
