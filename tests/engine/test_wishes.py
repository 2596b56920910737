"""A pause and fewer messages, as people ask for them in the preference centre."""

from datetime import timedelta

import pytest

from engine.preferring import prefer
from tests.engine.conftest import NOON

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
            paused_until=pause,
            days_per_message=days,
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
    assert not await prefer(
        shop.database, shop.plans, "nobody", paused_until=None, days_per_message=7, source="t", now=NOON
    )
