"""Events about messages that nothing listens to: history at once, and no work for the router."""

import pytest

from channels.events import DeliveryEvent
from engine.deliveries import record
from tests.engine.editions import rounds
from tests.engine.scenarios import WELCOME, scenario
from tests.engine.test_at_once import Provider, deliver, entered

CAREFUL = scenario(
    "careful",
    """
    - email: m1
      id: hello
    - wait_for: message.delivered
      id: arrival
      up_to: 30 days
      then: []
      timeout: []
    """,
)
LATER = scenario("thanks", "- email: m2", trigger="event: message.delivered", entry="once")


async def report(shop, noon, kind):
    (message,) = await shop.rows("select uid::text as uid from messages order by id limit 1")
    told = DeliveryEvent(kind, "tests", "email", f"r {kind}", noon, message_id=message["uid"])
    assert await record(shop.database, shop.plans, [told], noon) == 1


async def names(shop, table):
    found = await shop.rows(
        f"select name from events where starts_with(name, 'message.') and seq in (select seq from {table})"
        " order by seq"
    )
    return [row["name"] for row in found]


async def test_what_nothing_listens_to_is_history_and_is_not_routed(shop, noon):
    await entered(shop, noon, welcome=WELCOME)
    await deliver(shop, Provider(), noon)
    await report(shop, noon, "delivered")
    assert await names(shop, "events") == ["message.sent", "message.delivered"]
    assert await names(shop, "routing") == []


async def test_what_a_wait_listens_to_ends_it(shop, noon):
    await entered(shop, noon, careful=CAREFUL)
    await deliver(shop, Provider(), noon)
    await report(shop, noon, "delivered")
    assert await names(shop, "routing") == ["message.delivered"]
    await shop.route(noon)
    await shop.look(noon)
    assert (await shop.run("careful"))["end_reason"] == "end"


async def test_what_starts_a_scenario_is_routed(shop, noon):
    await entered(shop, noon, welcome=WELCOME, thanks=LATER)
    await deliver(shop, Provider(), noon)
    await report(shop, noon, "delivered")
    assert await names(shop, "routing") == ["message.delivered"]
    await shop.route(noon)
    assert (await shop.run("thanks"))["status"] == "active"


@pytest.mark.parametrize("publications", [1, 3])
async def test_who_is_on_a_version_that_listens_hears_it_whatever_is_published_since(
    shop, noon, publications
):
    await entered(shop, noon, careful=CAREFUL)
    await deliver(shop, Provider(), noon)
    for number in range(publications):
        await shop.publish(
            careful=scenario("careful", f"- email: m1\n- wait: {number + 1} days\n- email: m2")
        )
    await report(shop, noon, "delivered")
    await shop.route(noon)
    await shop.look(noon)
    assert (await shop.run("careful"))["end_reason"] == "end"


async def test_who_is_brought_to_a_version_that_listens_after_later_ones_were_published_hears_it(shop, noon):
    """Nobody is on it when the last one is published, and all three are heeded in their order."""
    quiet = scenario("careful", "- email: m1\n  id: hello\n- wait: 3 days")
    await entered(shop, noon, careful=quiet)
    moving = CAREFUL.replace("entry: once", "entry: once\non_edit: { move: finish }")
    for text in (moving, quiet, quiet.replace("3 days", "4 days")):
        await shop.publish(careful=text)
    assert "message.delivered" not in (await shop.plans.in_force()).unheard
    assert await rounds(shop) == 1
    await shop.look(noon)
    await deliver(shop, Provider(), noon)
    await report(shop, noon, "delivered")
    await shop.route(noon)
    await shop.look(noon)
    run = await shop.run("careful")
    assert (run["version"], run["end_reason"]) == (2, "end")
