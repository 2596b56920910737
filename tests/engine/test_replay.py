"""A run decided again: the same from the same facts, and told where a fact was tampered with or is gone."""

from datetime import timedelta

import pytest

from engine.privacy import erase
from engine.replay import NotRecorded, UnknownRun, replay
from engine.replayed import Replay
from engine.stopping import stop
from store.operations import Choice
from tests.engine.conftest import POLICY, Shop
from tests.engine.scenarios import scenario

OFFER = scenario(
    "offer",
    """
    - email: m1
      id: hello
    - wait: 3 days
    - if: contact.tier == gold and count(order.placed, last 30 days) == 0
      then: [{ sms: m2 }]
      else: [{ email: m3 }]
    """,
    entry="always",
    head="goal: { event: order.placed, within: 30 days }\n",
)

STRICTER = POLICY.replace("at_most: 100, per: 1 day", "at_most: 1, per: 7 days")


async def again(shop: Shop, scenario: str = "offer") -> Replay:
    run = (await shop.run(scenario))["id"]
    async with shop.database.connection() as connection:
        return await replay(connection, shop.plans, run)


async def lived(shop: Shop, days) -> None:
    """A gold customer gets an email, and by SMS what only gold customers get."""
    await shop.publish(offer=OFFER)
    await shop.person("ada", tier="gold")
    await shop.happens("contact.subscribed", list="newsletter")
    await shop.sent()
    await shop.look()
    await shop.look(days(3))
    assert [message for message, *_ in await shop.messages()] == ["m1", "m2"]


async def test_a_run_is_decided_the_same_again(shop, days):
    await lived(shop, days)
    found = await again(shop)
    assert found.same
    assert [step.outcome for step in found.steps] == ["same"] * 3
    first, second, third = found.steps
    assert first.at == days(0)
    assert first.woken_by == ()
    assert first.looked_at is not None
    assert first.looked_at.consents == ("newsletter by email", "newsletter by sms")
    assert [line.what for line in first.decided] == ["entered", "reserved"]
    assert second.looked_at is not None
    assert [each.split()[1] for each in second.looked_at.messages] == ["sent"]
    assert third.decided == third.recorded


async def test_what_is_known_since_changes_nothing(shop, days):
    """The tier is another, consent is withdrawn, the policy is stricter: then it was not so."""
    await lived(shop, days)
    await shop.person("ada", tier="bronze", consent=(), now=days(4))
    await shop.publish(offer=OFFER, policy=STRICTER, now=days(4))
    await shop.publish(offer=OFFER, now=days(5))
    assert (await again(shop)).same


@pytest.mark.parametrize(
    ("tampering", "differs"),
    [
        pytest.param(
            "update attribute_history set value = '\"bronze\"' where attribute = 'tier'",
            "now: contact.tier == gold and count(order.placed, last 30 days) == 0: no",
            id="an attribute",
        ),
        pytest.param(
            "delete from consents where channel = 'sms'",
            "there is no consent to newsletter by sms",
            id="a consent",
        ),
        pytest.param(
            """update worlds set world =
                 jsonb_set(world, '{policy,hours,sms,end}', '{"$": "time", "v": "10:00:00"}')""",
            "it is outside the hours",
            id="the policy",
        ),
        pytest.param(
            "update transitions set facts = facts - 'messages' where sequence = 2",
            "now: nothing more",
            id="a message",
        ),
        pytest.param(
            "update trail set text = 'm1 by email leaves later' where step = 'hello'",
            "leaves later",
            id="the trail",
        ),
        pytest.param(
            "update runs set state = jsonb_set(state, '{passes,hello}', '2')",
            "'hello': 2",
            id="the run",
        ),
    ],
)
async def test_a_fact_that_was_tampered_with_shows(shop, days, tampering, differs):
    await lived(shop, days)
    await shop.person("ada", tier="silver", consent=(), now=days(4))
    await shop.tamper(tampering)
    found = await again(shop)
    assert not found.same
    assert found.difference is not None
    assert differs in found.difference


async def test_what_cannot_be_decided_any_more_differs(shop, days):
    await lived(shop, days)
    await shop.rows("update worlds set world = jsonb_set(world, '{policy,hours,sms,end}', '7') returning 1")
    found = await again(shop)
    assert found.difference is not None
    assert found.difference.endswith("now: it could not be decided (TypeError)")


async def test_the_first_difference_ends_it(shop, days):
    await lived(shop, days)
    await shop.rows("update trail set text = 'something else' where what = 'waiting' returning 1")
    found = await again(shop)
    assert [step.outcome for step in found.steps] == ["same", "differs"]
    assert found.difference is not None
    assert found.difference.startswith("step 2: then: something else; now: waiting until")


async def test_a_run_that_was_stopped_from_outside_is_the_same_up_to_there(shop, days):
    await lived(shop, days)
    run = await shop.run("offer")
    await stop(shop.database, Choice(run=run["id"]), run["id"], actor="ops", now=days(3))
    found = await again(shop)
    assert found.same
    assert found.steps[-1].outcome == "from outside"


async def test_what_an_event_woke_is_told_with_the_event(shop, noon):
    await shop.publish(offer=OFFER)
    await shop.person("ada")
    await shop.happens("contact.subscribed")
    await shop.happens("order.placed", at=noon + timedelta(minutes=1), order_id="o1", total=30)
    found = await again(shop)
    assert found.same
    assert found.steps[-1].woken_by == ("order.placed",)
    await shop.rows("update events set name = 'cart.updated' where name = 'order.placed' returning 1")
    found = await again(shop)
    assert found.difference == "step 2: then: goal reached: order.placed; now: nothing more"


async def test_a_run_that_is_not_recorded_says_why(shop, days, noon):
    await lived(shop, days)
    await shop.rows("delete from transitions where sequence = 2 returning 1")
    await shop.rows("delete from trail where sequence = 2 returning 1")
    with pytest.raises(NotRecorded, match="1 of its 3 decisions are not recorded"):
        await again(shop)
    await erase(shop.database, shop.plans, "ada", source="tests", now=noon)
    with pytest.raises(NotRecorded, match="erased"):
        await again(shop)
    assert await shop.rows("select * from transitions") == []
    async with shop.database.connection() as connection:
        with pytest.raises(UnknownRun, match="there is no run 4711"):
            await replay(connection, shop.plans, 4711)
