"""Conditions of runs under way, and what changes beside them: definitions, blocks of other scenarios."""

from datetime import timedelta

import pytest

from engine.publish import publish
from tests.engine.conftest import CATALOG, NOON, Shop
from tests.engine.scenarios import scenario

DAY = timedelta(days=1)
ORDER = {"order_id": "o1", "total": {"amount": "10", "currency": "EUR"}, "items": []}
UNTIL_VIP = scenario(
    "until_vip",
    """
    - wait_for: { condition: in segment vip }
      up_to: 30 days
      then: [{ exit: inside }]
      timeout: []
    """,
)
LEAVES_AS_VIP = scenario("leaves", "- wait: 30 days", head="exit_when: [in segment vip]\n")
VIP = "is: contact.tier == gold"
BOUGHT = 'is: "did(order.placed, last 30 days)"'


async def redefine(shop: Shop, file: str, old: str, new: str) -> None:
    path = shop.folder / "scenarios" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    await publish(shop.database, shop.folder, author="tests", now=NOON + DAY)


@pytest.mark.parametrize(("text", "reason"), [(UNTIL_VIP, "inside"), (LEAVES_AS_VIP, "condition")])
async def test_who_waits_hears_what_a_segment_names_since_it_was_edited(
    shop: Shop, text: str, reason: str
) -> None:
    name = "until_vip" if text == UNTIL_VIP else "leaves"
    await shop.publish(**{name: text})
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="news")
    await redefine(shop, "segments.yaml", VIP, BOUGHT)
    await shop.happens("order.placed", at=NOON + 2 * DAY, **ORDER)
    assert (await shop.run(name))["end_reason"] == reason


async def test_who_waits_hears_what_a_computed_attribute_names_since_it_was_edited(shop: Shop) -> None:
    computed = 'computed:\n  keen: { type: number, is: "count(cart.updated)" }\nevents:'
    text = UNTIL_VIP.replace("in segment vip", "contact.keen > 0").replace("until_vip", "keen")
    await shop.publish(catalog=CATALOG.replace("events:", computed, 1), keen=text)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="news")
    await redefine(shop, "catalog.yaml", "count(cart.updated)", "count(order.placed)")
    await shop.happens("order.placed", at=NOON + 2 * DAY, **ORDER)
    assert (await shop.run("keen"))["end_reason"] == "inside"


async def test_an_event_that_a_segment_names_no_more_changes_nothing(shop: Shop) -> None:
    await shop.publish(until_vip=UNTIL_VIP)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="news")
    await redefine(shop, "segments.yaml", VIP, BOUGHT)
    await shop.happens("cart.updated", at=NOON + 2 * DAY, cart_id="c")
    assert (await shop.run("until_vip"))["status"] == "active"


UNREACHABLE = scenario(
    "unreachable", "- wait: 30 days", head="exit_when: ['not can_receive(sms, newsletter)']\n"
)
UNTIL_UNREACHABLE = UNTIL_VIP.replace("in segment vip", "'not can_receive(sms, newsletter)'")
STOPS = scenario(
    "stops",
    "- suppress: { topic: newsletter, channel: CHANNEL, reason: inactive }",
    trigger="event: cart.updated",
)


@pytest.mark.parametrize(("channel", "ends"), [("sms", ["condition", "inside"]), ("email", [None, None])])
async def test_a_block_by_another_scenario_is_seen_by_conditions(
    shop: Shop, channel: str, ends: list[str | None]
) -> None:
    stops = STOPS.replace("CHANNEL", channel)
    await shop.publish(unreachable=UNREACHABLE, until_vip=UNTIL_UNREACHABLE, stops=stops)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="news")
    await shop.happens("cart.updated", at=NOON + DAY, cart_id="c")
    assert [(await shop.run(name))["end_reason"] for name in ("unreachable", "until_vip")] == ends


async def test_who_was_blocked_before_they_entered_is_not_asked_at_each_look(shop: Shop) -> None:
    """As ever: when something that the condition names changes, and before a message."""
    await shop.publish(unreachable=UNREACHABLE, stops=STOPS.replace("CHANNEL", "sms"))
    await shop.person("ada")
    await shop.happens("cart.updated", at=NOON - timedelta(hours=1), cart_id="c")
    await shop.happens("contact.subscribed", list="news")
    assert (await shop.run("unreachable"))["end_reason"] is None
