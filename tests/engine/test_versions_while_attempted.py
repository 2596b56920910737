"""Versions that come while a message is with its provider, and nobody knows yet what becomes of it."""

from datetime import timedelta

import pytest

from channels.errors import Refused, UnknownOutcome
from channels.events import DeliveryEvent
from channels.messages import SendResult
from engine.attempts import Outcome, settle, settle_unknown
from engine.deliveries import record
from tests.engine.conftest import NOON, POLICY, Shop
from tests.engine.editions import STEPS, attempted, live, put, rounds, standing, subscribed, text

PEOPLE = ("heard", "later", "never", "refused")
"""By what the provider says of their first message: it left; nothing, and that it arrived; nothing; no."""

LATER = NOON + timedelta(minutes=5)
NEXT_DAY = LATER + timedelta(days=1)


async def settled(shop: Shop, attempts: dict[str, object]) -> None:
    """What came of the attempts, and when."""
    unknown = UnknownOutcome("no answer", provider="tests")
    came = {
        "heard": {"result": SendResult("tests", "p1")},
        "later": {"error": unknown},
        "never": {"error": unknown},
        "refused": {"error": Refused("no such mailbox", provider="tests")},
    }
    outcomes = [Outcome(attempts[who], **what) for who, what in came.items()]
    await settle(shop.database, shop.plans, outcomes, LATER)
    (late,) = await shop.rows(
        "select uid::text as uid from messages where contact_id = 'later' and state = 'attempted'"
    )
    report = DeliveryEvent("delivered", "tests", "email", "r1", LATER, message_id=late["uid"])
    for _ in range(2):
        await record(shop.database, shop.plans, [report], LATER)
    assert await settle_unknown(shop.database, shop.plans, LATER) == 0


async def of_first(shop: Shop) -> dict[str, list[tuple[str, str]]]:
    """What each person got of the first step, and in what state it is."""
    found = await shop.rows(
        "select contact_id, message, state from messages where step = 'hello' order by id"
    )
    return {who: [(r["message"], r["state"]) for r in found if r["contact_id"] == who] for who in PEOPLE}


ANOTHER = STEPS.replace("m1", "m3")
LEFT = {"heard": "sent", "later": "delivered", "never": "unknown", "refused": "refused"}


@pytest.mark.parametrize(("rule", "becomes", "ended"), [
    ("finish", ANOTHER, [(1, "end")]),
    ("exit", ANOTHER, [(1, "stopped")]),
    ("restart", ANOTHER, [(1, "restarted"), (2, "end")]),
    ("{ move: exit }", ANOTHER, [(2, "end")]),
    ("{ move: exit }", STEPS.replace("email: m1", "wait: 1 day"), [(2, "end")]),
])  # fmt: skip
async def test_a_message_that_is_with_its_provider_counts_once(rule, becomes, ended, shop, noon):
    """A run that goes on does not ask for it again, whatever its step has become, and nobody is lost."""
    await put(shop, text())
    await subscribed(shop, *PEOPLE)
    attempts = {each.contact_id: each for each in await attempted(shop)}
    await put(shop, text(becomes, f"on_edit: {rule}\n"))
    await rounds(shop)
    await shop.look()
    await settled(shop, attempts)
    await live(shop, LATER, LATER + timedelta(hours=1))
    assert await settle_unknown(shop.database, shop.plans, NEXT_DAY) == 1
    await live(shop, NEXT_DAY, noon + timedelta(days=9))
    anew = [("m3", "sent")] if rule == "restart" else []
    assert await of_first(shop) == {who: [("m1", state), *anew] for who, state in LEFT.items()}
    assert await standing(shop) == [(who, version, "ended", why) for who in PEOPLE for version, why in ended]
    last = await shop.rows("select contact_id from messages where message = 'm2' order by 1")
    assert [row["contact_id"] for row in last] == ([] if rule == "exit" else list(PEOPLE))
    counted = await shop.rows("select 1 from events where name = 'message.sent'")
    everything = await shop.rows("select 1 from messages where state in ('sent', 'delivered')")
    assert len(counted) == len(everything)


async def test_who_begins_again_is_held_to_what_is_with_its_provider(shop, noon):
    """It may arrive, so that it has its place under the limits: the next one leaves a day later."""
    policy = POLICY.replace("at_most: 100", "at_most: 1")
    await shop.publish(policy=policy, case=text())
    await subscribed(shop, "ada")
    assert len(await attempted(shop)) == 1
    await shop.publish(policy=policy, case=text(STEPS.replace("m1", "m3"), "on_edit: restart\n"))
    await rounds(shop)
    await live(shop, noon, noon + timedelta(days=9))
    found = await shop.rows("select message, state, local_day from messages order by id")
    assert [(row["message"], row["state"]) for row in found] == [
        ("m1", "attempted"),
        ("m3", "sent"),
        ("m2", "sent"),
    ]
    assert len({row["local_day"] for row in found}) == 3
