"""What people said and got while they were thought to be one, once the merge is undone."""

import asyncio
from datetime import timedelta

import pytest

from channels.messages import SendResult
from engine.attempts import Outcome, begin, settle
from engine.links import Links
from engine.preferring import prefer
from engine.rendering import Renderer
from engine.subscriptions import stop_sms, withdraw
from store import consents
from tests.engine.conftest import KEYS
from tests.engine.meeting import meet
from tests.engine.merged_people import CART, HELLO, TIGHT, both, join, part

STANDS = """
select distinct on (contact_id) contact_id, state from consents
where topic = 'newsletter' and channel = 'email'
order by contact_id, id desc
"""
BLOCKS = "select id from suppressions where channel = 'sms' and lifted_at is null and source = %s"


@pytest.fixture
def about(shop):
    """What every deed is about."""
    return shop.database, shop.plans


async def emails(shop):
    return {row["contact_id"]: row["state"] for row in await shop.rows(STANDS)}


async def attempts(shop, now):
    """What has a place is handed over."""
    renderer = Renderer(shop.folder / "templates", Links("https://mv.example", KEYS))
    rows = await shop.rows("select id from messages where state = 'reserved' order by id")
    begun = await begin(shop.database, shop.plans, renderer, [row["id"] for row in rows], now)
    return begun.attempts


async def test_a_message_that_left_meanwhile_counts_for_whom_it_went_to_and_its_run_goes_on(shop, noon, days):
    await shop.publish(policy=TIGHT, hello=HELLO, cart=CART)
    await shop.person("ada")
    await shop.person("bob")
    await shop.happens("order.placed", "bob", order_id="b", total=3)
    told = await join(shop, "ada", "bob", noon)
    await shop.look(noon)
    (attempt,) = await attempts(shop, noon)
    await part(shop, told.id, noon)
    await settle(shop.database, shop.plans, [Outcome(attempt, SendResult("tests", None))], noon)
    assert await shop.messages("ada") == [("m1", "email", "sent")]
    await shop.look(noon)
    run = await shop.run("hello", "bob")
    assert (run["status"], run["position"], run["due_at"]) == ("active", "2", days(3))
    await shop.happens("cart.updated", "ada", cart_id="c", at=noon)
    await shop.happens("cart.updated", "bob", cart_id="d", at=noon)
    await shop.look(noon + timedelta(hours=2))
    reserved = await shop.rows("select contact_id from messages where message = 'm3' and state = 'reserved'")
    assert reserved == [{"contact_id": "bob"}]


async def test_who_withdraws_what_the_other_had_withdrawn_has_said_so_themselves(shop, about, noon, days):
    await both(shop, noon)
    await withdraw(*about, "bob", "newsletter", "email", source="page", now=days(1))
    told = await join(shop, "ada", "bob", days(1))
    assert await withdraw(*about, "ada", "newsletter", "email", source="link", now=days(2)) == 1
    assert await withdraw(*about, "ada", "newsletter", "email", source="link", now=days(2)) == 0
    await part(shop, told.id, days(3))
    assert await emails(shop) == {"ada": "withdrawn", "bob": "withdrawn"}


async def test_a_stop_that_the_other_had_sent_as_well_is_kept(shop, about, noon, days):
    await both(shop, noon)
    phones = {row["id"]: row["phone"] for row in await shop.rows("select id, phone from contacts")}
    await stop_sms(*about, phones["bob"], None, source="bob", now=days(1))
    told = await join(shop, "ada", "bob", days(1))
    await stop_sms(*about, phones["ada"], None, source="ada", now=days(2))
    await part(shop, told.id, days(3))
    assert len(await shop.rows(BLOCKS, "ada")) == 1
    assert await shop.rows(BLOCKS, f"merge {told.id}") == []


async def test_of_two_who_had_objected_one_remains_when_the_other_goes_again(shop, about, noon, days):
    await both(shop, noon)
    await shop.person("cleo")
    phones = {row["id"]: row["phone"] for row in await shop.rows("select id, phone from contacts")}
    for who in ("bob", "cleo"):
        await withdraw(*about, who, "newsletter", "email", source="page", now=days(1))
        await stop_sms(*about, phones[who], None, source=who, now=days(1))
    first = await join(shop, "ada", "bob", days(1))
    second = await join(shop, "ada", "cleo", days(1))
    await part(shop, first.id, days(2))
    assert (await emails(shop))["ada"] == "withdrawn"
    held = shop.plans.addresses.hashes("sms", phones["ada"])
    async with shop.database.connection() as connection:
        assert len(await consents.suppressions(connection, held, ())) == 1
    await part(shop, second.id, days(2))
    assert (await emails(shop))["ada"] == "granted"
    async with shop.database.connection() as connection:
        assert await consents.suppressions(connection, held, ()) == []


async def test_a_wish_that_was_said_again_stays_though_the_other_had_it_too(shop, about, noon, days):
    await both(shop, noon)
    await prefer(*about, "bob", {"days_per_message": 7}, source="page", now=days(1))
    told = await join(shop, "ada", "bob", days(1))
    for wish in (None, 7):
        await prefer(*about, "ada", {"days_per_message": wish}, source="page", now=days(2))
    assert (await part(shop, told.id, days(3))).kept == ["days_per_message"]
    (ada,) = await shop.rows("select attributes from contacts where id = 'ada'")
    assert ada["attributes"]["days_per_message"] == 7


async def test_who_objects_at_the_moment_of_a_merge_is_heard(shop, noon, days):
    await both(shop, noon)

    async def merging(database):
        shop.database, here = database, shop.database
        await join(shop, "ada", "bob", days(1))
        shop.database = here

    async def objecting(database):
        await withdraw(database, shop.plans, "bob", "newsletter", "email", source="link", now=days(1))

    async with asyncio.timeout(20):
        assert await meet(shop.database, merging, objecting, 1) == "first"
    assert (await emails(shop))["ada"] == "withdrawn"


async def test_who_objects_as_one_person_has_objected_as_either(shop, about, noon, days):
    """By a link in a mail that the other got: nobody knows whose it was once the merge is undone."""
    await both(shop, noon)
    told = await join(shop, "ada", "bob", days(1))
    await withdraw(*about, "bob", "newsletter", "email", source="unsubscribe link", now=days(2))
    await part(shop, told.id, days(3))
    assert await emails(shop) == {"ada": "withdrawn", "bob": "withdrawn"}
