"""A run decided again after facts about its person came late, were corrected, merged and told apart again."""

from datetime import timedelta

import pytest

from engine.contact_input import Person, take
from engine.replay import replay
from engine.subscriptions import grant, withdraw
from tests.engine.merged_people import both, join, part
from tests.engine.test_replay import again, lived

DAY = timedelta(days=1)


async def _tell(shop, now, at, **attributes):
    async with shop.database.transaction() as connection:
        person = Person("ada", attributes, at=at)
        assert await take(connection, shop.plans, [person], source="till", now=now) == []


async def _order_of_before(shop, days):
    await shop.send("order.placed", at=days(2), now=days(4), order_id="late", total=9)
    await shop.route(days(4))


LATER = {
    "a correction": lambda shop, days: _tell(shop, days(4), None, tier="bronze"),
    "a fact of before it": lambda shop, days: _tell(shop, days(4), days(-2), tier="silver"),
    "a fact of its midst": lambda shop, days: _tell(shop, days(4), days(1), tier="silver"),
    "nothing known any more": lambda shop, days: _tell(shop, days(4), None, tier=None),
    "an order of its midst": _order_of_before,
    "an objection": lambda shop, days: withdraw(
        shop.database, shop.plans, "ada", "newsletter", "sms", source="tests", now=days(4)
    ),
    "a consent": lambda shop, days: grant(
        shop.database, shop.plans, "ada", "newsletter", "sms", source="tests", now=days(4)
    ),
}


@pytest.mark.parametrize("later", LATER)
async def test_what_comes_later_changes_nothing_of_what_was_decided(shop, days, later):
    """Whatever date it has: then it was not known."""
    await lived(shop, days)
    await LATER[later](shop, days)
    assert (await again(shop)).same


@pytest.mark.parametrize("later", ["a fact of its midst", "a correction", "an order of its midst"])
async def test_what_comes_between_two_decisions_counts_for_the_second_alone(shop, days, later):
    await lived(shop, days)
    await shop.sent(now=days(3))
    await shop.look(days(3))
    await LATER[later](shop, days)
    await shop.happens("contact.subscribed", list="again", at=days(4.5))
    await shop.sent(now=days(5))
    await shop.look(days(5))
    await shop.look(days(8))
    runs = await shop.rows("select id from runs order by id")
    assert len(runs) == 2
    for run in runs:
        async with shop.database.connection() as connection:
            found = await replay(connection, shop.plans, run["id"])
        assert found.same, found.difference


async def test_a_run_that_a_merge_ended_and_its_undoing_brought_back_is_decided_the_same(shop, noon, days):
    """It is put back as it was; the other went on meanwhile."""
    await both(shop, noon)
    told = await join(shop, "ada", "bob", days(1))
    await shop.look(days(3))
    await part(shop, told.id, days(4))
    await shop.look(days(5))
    runs = await shop.rows("select id, end_reason from runs order by id")
    assert len(runs) == 2
    for run in runs:
        async with shop.database.connection() as connection:
            found = await replay(connection, shop.plans, run["id"])
        assert found.same, found.difference
    told = await shop.rows("select what from trail where what = 'resumed'")
    assert len(told) == 1
