"""A pause takes no trigger away."""

from datetime import timedelta

from engine.advance import advance
from engine.pauses import pause, resume
from tests.engine.editions import put, standing, subscribed, text

AGAIN = text(
    "\n  - wait: 1 day\n  - email: m1\n",
    "exit_when: [{ event: cart.updated, as: new_cart }]\n",
    "{ event: cart.updated }",
)


async def test_an_event_that_ends_a_run_and_starts_one_does_both_in_a_pause(shop, noon, days):
    await put(shop, AGAIN)
    await shop.person("ada")
    await shop.happens("cart.updated", cart_id="k1")
    await pause(shop.database, "case", ["email"], actor="ops", reason="", now=noon)
    await shop.send("cart.updated", at=days(0.5), cart_id="k2")
    await shop.route(days(0.5))
    assert await standing(shop) == [("ada", 1, "ended", "new_cart"), ("ada", 1, "active", "1")]
    await resume(shop.database, "case", ["email"], actor="ops", now=days(1))
    await shop.look(days(1))
    assert (await shop.run("case"))["due_at"] == days(1.5)


async def test_a_goal_ends_a_run_that_stands_still_and_frees_its_place(shop, noon):
    await put(shop, text(head="goal: { event: order.placed }\n"))
    await subscribed(shop, "ada")
    await pause(shop.database, "case", ["email"], actor="ops", reason="", now=noon)
    run = await shop.run("case")
    await shop.send("order.placed", at=noon + timedelta(hours=1), order_id="o1")
    await shop.route(noon + timedelta(hours=1))
    await advance(shop.database, shop.plans, run["group_id"], noon + timedelta(hours=1))
    assert await standing(shop) == [("ada", 1, "ended", "goal")]
    assert await shop.messages() == [("m1", "email", "released")]


async def test_what_only_moves_a_run_waits_for_the_resume(shop, noon, days):
    """An event that a wait is for is heard then, as of its own instant."""
    steps = "\n  - wait_for: cart.updated\n    up_to: 9 days\n    then: [{ wait: 1 day }, { email: m1 }]\n"
    await put(shop, text(steps))
    await subscribed(shop, "ada")
    await pause(shop.database, "case", ["email"], actor="ops", reason="", now=noon)
    await shop.send("cart.updated", at=days(1), cart_id="k1")
    await shop.route(days(1))
    run = await shop.run("case")
    await advance(shop.database, shop.plans, run["group_id"], days(1))
    assert (await shop.run("case"))["position"] == "1"
    await resume(shop.database, "case", ["email"], actor="ops", now=days(3))
    await advance(shop.database, shop.plans, run["group_id"], days(3))
    assert await shop.messages() == [("m1", "email", "reserved")]
