"""A merge undone: each has their own again, and what came after stays where it came."""

from datetime import timedelta

import pytest

from engine.merging import CannotMerge
from engine.replay import NotRecorded, replay
from engine.rights.retention import purge
from tests.engine.merged_people import both, join, part, state


async def test_undoing_puts_back_exactly_what_was_there(shop, noon, days):
    await both(shop, noon)
    await shop.happens("cart.updated", "bob", cart_id="c", at=noon + timedelta(hours=2))
    await shop.rows("insert into identities values ('loyalty_card', 'L1', 'bob') returning kind")
    before = await state(shop)
    told = await join(shop, "ada", "bob", noon + timedelta(hours=3))
    assert (await state(shop)) != before
    undone = await part(shop, told.id, noon + timedelta(hours=3))
    assert await state(shop) == before
    assert undone.going_on == [run.run for run in told.runs if run.after == "merged"]
    assert (undone.lost, undone.kept) == ([], [])


async def test_after_an_undoing_both_runs_go_on_to_their_end(shop, noon, days):
    await both(shop, noon)
    told = await join(shop, "ada", "bob", days(1))
    await part(shop, told.id, days(2))
    await shop.look(days(2))
    await shop.look(days(4))
    for who in ("ada", "bob"):
        assert [name for name, _, _ in await shop.messages(who)] == ["m1", "m2"]


async def test_what_comes_after_the_merge_stays_with_the_winner_when_it_is_undone(shop, noon, days):
    await both(shop, noon)
    told = await join(shop, "ada", "bob", days(1))
    await shop.happens("order.placed", "bob", order_id="late", total=9, at=days(1.5))
    (event,) = await shop.rows("select contact_id from events where properties ->> 'order_id' = 'late'")
    assert event == {"contact_id": "ada"}
    await part(shop, told.id, days(2))
    (event,) = await shop.rows("select contact_id from events where properties ->> 'order_id' = 'late'")
    assert event == {"contact_id": "ada"}


async def test_what_undoing_needed_goes_after_30_days_but_the_addresses_to_block(shop, noon, days):
    await both(shop, noon)
    told = await join(shop, "ada", "bob", days(1))
    await purge(shop.database, shop.plans, actor="t", now=days(30))
    assert "rows" in (await shop.rows("select data from merges"))[0]["data"]
    await purge(shop.database, shop.plans, actor="t", now=days(32))
    (row,) = await shop.rows("select data from merges")
    assert row["data"].keys() == {"told", "loser"}
    assert row["data"]["loser"]["email"] == "bob@example.com"
    with pytest.raises(CannotMerge, match="within 30 days"):
        await part(shop, told.id, days(30))


async def test_a_run_of_before_is_decided_again_only_once_the_merge_is_undone(shop, noon, days):
    await both(shop, noon)
    told = await join(shop, "ada", "bob", days(1))
    (first, _) = [each.run for each in told.runs]
    async with shop.database.connection() as connection:
        with pytest.raises(NotRecorded, match="merged on 2027-02-16"):
            await replay(connection, shop.plans, first)
    await part(shop, told.id, days(2))
    async with shop.database.connection() as connection:
        assert (await replay(connection, shop.plans, first)).difference is None


async def test_a_merge_is_undone_once_in_time_and_after_those_that_rest_on_it(shop, noon, days):
    await both(shop, noon)
    await shop.person("cleo")
    first = await join(shop, "ada", "bob", days(1))
    second = await join(shop, "cleo", "ada", days(2))
    assert {
        row["merged_into"] for row in await shop.rows("select merged_into from contacts where id <> 'cleo'")
    } == {"cleo"}
    for id_, at, code in (
        (first.id, 3, "merged_since"),
        (second.id, 33, "too_late"),
        (99, 3, "unknown_merge"),
    ):
        with pytest.raises(CannotMerge) as refused:
            await part(shop, id_, days(at))
        assert refused.value.code == code
    await part(shop, second.id, days(3))
    (bob,) = await shop.rows("select merged_into from contacts where id = 'bob'")
    assert bob == {"merged_into": "ada"}
    await part(shop, first.id, days(3))
    with pytest.raises(CannotMerge) as refused:
        await part(shop, first.id, days(3))
    assert refused.value.code == "undone_already"
