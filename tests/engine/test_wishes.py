"""A pause and fewer messages, as people ask for them in the preference centre."""

from datetime import timedelta

import pytest

from engine.attempts import begin
from engine.links import Links
from engine.pauses import pause
from engine.people import Profile, upsert
from engine.preferring import prefer
from engine.rendering import Renderer
from tests.engine.conftest import KEYS, NOON, POLICY

LETTERS = """
scenario: letters
title: Letters
owner: crm
topic: newsletter
trigger: { event: cart.updated }
entry: always
while_active: parallel
steps:
  - email: m1
    on_cap: delay up to 20 days
    expires: 25 days
"""
ORDERS = """
scenario: orders
title: Orders
owner: crm
topic: service
trigger: { event: order.placed }
entry: always
steps:
  - email: m2
"""
WAITING = """
scenario: waiting
title: Waiting
owner: crm
topic: newsletter
trigger: { event: contact.subscribed }
entry: always
steps:
  - wait: 2 days
  - email: m1
  - wait: 40 days
  - email: m3
"""


@pytest.fixture
async def ada(shop):
    await shop.publish(letters=LETTERS, orders=ORDERS, waiting=WAITING)
    await shop.person("ada")

    async def asks(days=None, pause=None, now=NOON):
        return await prefer(
            shop.database,
            shop.plans,
            "ada",
            {"paused_until": pause, "days_per_message": days},
            source="tests",
            now=now,
        )

    shop.ada_asks = asks
    return shop


async def left(shop):
    return [
        row["message"] for row in await shop.rows("select message from messages where sent_at is not null")
    ]


async def states(shop):
    return [row["state"] for row in await shop.rows("select state from messages")]


async def told(shop, what):
    return [
        row["text"] for row in await shop.rows(f"select text from trail where what = '{what}' order by at")
    ]


async def test_nothing_of_marketing_leaves_in_a_pause_and_what_concerns_an_order_does(ada):
    await ada.ada_asks(pause=NOON + timedelta(days=30))
    await ada.happens("cart.updated", cart_id="a")
    await ada.happens("order.placed", order_id="o", total=1)
    await ada.sent(now=NOON + timedelta(minutes=5))
    assert await left(ada) == ["m2"]
    (why,) = await told(ada, "not_sent")
    assert "asked for a pause until Wed 17 Mar 2027 at 12:00" in why


async def test_a_run_goes_on_through_a_pause_and_writes_again_after_it(ada):
    await ada.happens("contact.subscribed", list="x")
    await ada.ada_asks(pause=NOON + timedelta(days=30))
    await ada.look(NOON + timedelta(days=2, minutes=1))
    await ada.look(NOON + timedelta(days=42, minutes=2))
    await ada.sent(now=NOON + timedelta(days=42, minutes=3))
    assert await left(ada) == ["m3"]


async def test_what_had_its_place_gives_it_back_with_the_wish(ada):
    await ada.happens("cart.updated", cart_id="a")
    assert await states(ada) == ["reserved"]
    await ada.ada_asks(pause=NOON + timedelta(days=90))
    assert await states(ada) == ["released"]
    await ada.sent(now=NOON + timedelta(minutes=5))
    assert await left(ada) == []


async def test_a_place_that_was_held_for_long_is_given_back_as_well(ada):
    await ada.happens("cart.updated", cart_id="a")
    await pause(ada.database, "letters", ("email",), actor="t", reason="t", now=NOON)
    later = NOON + timedelta(days=12)
    await ada.ada_asks(days=7, now=later)
    assert await states(ada) == ["released"]


async def test_one_message_a_week_is_counted_as_exactly_as_any_limit(ada):
    await ada.ada_asks(days=7)
    for number in range(3):
        await ada.happens("cart.updated", cart_id=str(number), at=NOON + timedelta(minutes=number))
    planned = sorted(
        row["local_day"] for row in await ada.rows("select local_day from messages where state = 'reserved'")
    )
    assert [(later - planned[0]).days for later in planned] == [0, 7, 14]
    waiting = await told(ada, "reserved")
    assert any("at most 1 message per 7 days, as the person asked" in text for text in waiting)


async def test_without_the_wish_everything_is_as_usual_again(ada):
    await ada.ada_asks(days=7)
    await ada.ada_asks()
    for number in range(3):
        await ada.happens("cart.updated", cart_id=str(number), at=NOON + timedelta(minutes=number))
    days = await ada.rows("select distinct local_day from messages where state = 'reserved'")
    assert len(days) == 1


async def test_asking_the_same_twice_changes_nothing(ada):
    assert await ada.ada_asks(days=7)
    assert not await ada.ada_asks(days=7)
    history = await ada.rows("select value from attribute_history where attribute = 'days_per_message'")
    assert len(history) == 1


async def test_somebody_unknown_has_nothing_to_choose(shop):
    await shop.publish(letters=LETTERS)
    wish = {"days_per_message": 7}
    assert not await prefer(shop.database, shop.plans, "nobody", wish, source="t", now=NOON)


@pytest.mark.parametrize("day", ["calendar", "rolling"])
async def test_fewer_messages_asked_by_another_system_hold_for_what_has_its_place_already(shop, day):
    """The wish came as an attribute, over the API or in a file, when two letters were about to leave."""
    await shop.publish(letters=LETTERS, policy=POLICY.replace("day: calendar", f"day: {day}"))
    await shop.person("ada")
    for number in range(2):
        await shop.happens("cart.updated", cart_id=str(number), at=NOON + timedelta(minutes=number))
    assert await states(shop) == ["reserved", "reserved"]
    await shop.person("ada", consent=(), days_per_message=30, now=NOON + timedelta(minutes=5))
    due = [row["id"] for row in await shop.rows("select id from messages")]
    renderer = Renderer(shop.folder / "templates", Links("http://test.invalid", KEYS))
    begun = await begin(shop.database, shop.plans, renderer, due, NOON + timedelta(minutes=10))
    assert (len(begun.attempts), begun.not_allowed) == (1, 1)


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "soon", "2027-03-01"])
async def test_a_pause_that_is_no_instant_is_refused(shop, until):
    """The end of time is outside of the calendar somewhere, and nothing else would be decided of her."""
    await shop.publish(letters=LETTERS)
    profile = Profile("ada", {"paused_until": until})
    told = await upsert(shop.database, shop.plans, [profile], source="api", now=NOON)
    assert [error.attribute for error in told.errors] == ["paused_until"]
