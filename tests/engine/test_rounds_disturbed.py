"""Rounds of a new version that something comes across: a lost connection, a way back, the next version."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from psycopg import OperationalError

from engine.edit_rounds import carry_on
from engine.rollback import roll_back
from store import contacts
from tests.engine.conftest import NOON, Shop
from tests.engine.editions import AT_ONCE, STEPS, live, put, rounds, standing, text, waiting

PEOPLE = ("ada", "bob", "cyd", "dan", "eve")
BLOCKED = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


async def one_round(shop: Shop) -> int:
    """Two people at a time."""
    return await carry_on(shop.database, shop.plans, NOON, settled=AT_ONCE, page=2)


@asynccontextmanager
async def in_a_round(shop: Shop) -> AsyncIterator[asyncio.Task[int]]:
    """A round that has locked somebody, and stands still as long as this goes on."""
    async with shop.database.transaction() as connection:
        await contacts.lock(connection, PEOPLE[-1:])
        going = asyncio.create_task(carry_on(shop.database, shop.plans, NOON, settled=AT_ONCE, page=3))
        await blocked(shop, 1)
        yield going


async def blocked(shop: Shop, count: int) -> list[int]:
    """The connections that wait for a lock, once there are so many."""
    while len(found := await shop.rows(BLOCKED)) < count:  # noqa: ASYNC110 - it is the database that knows
        await asyncio.sleep(0.01)
    return [row["pid"] for row in found]


async def got(shop: Shop) -> Counter[tuple[str, str]]:
    """How often each person got each message."""
    found = await shop.rows("select contact_id, message from messages where sent_at is not null")
    return Counter((row["contact_id"], row["message"]) for row in found)


async def test_a_round_whose_connection_is_lost_leaves_nothing_half_done(shop, noon):
    await put(shop, text())
    await waiting(shop, *PEOPLE)
    await put(shop, text(head="on_edit: restart\n"))
    assert await one_round(shop) == 2
    async with in_a_round(shop) as going:
        (pid,) = await blocked(shop, 1)
        await shop.rows("select pg_terminate_backend(%s)", pid)
        with pytest.raises(OperationalError):
            await going
    assert Counter(status for _, _, status, _ in await standing(shop)) == {"active": 5, "ended": 2}
    assert await rounds(shop) == 3
    await live(shop, noon, noon + timedelta(days=9))
    assert await got(shop) == {(who, what): n for who in PEOPLE for what, n in (("m1", 2), ("m2", 1))}


@pytest.mark.parametrize(("rule", "reached", "mails"), [
    ("exit", [(1, "ended", "stopped")], {1: 6}),
    ("restart", [(1, "ended", "restarted"), (2, "active", "hello")], {1: 6, 2: 4}),
    ("{ move: exit }", [(2, "active", "pause")], {1: 10}),
])  # fmt: skip
async def test_the_way_back_waits_for_the_page_and_stops_what_is_left(rule, reached, mails, shop, noon):
    """Who was reached is reached, all others stay, and everybody comes to their end.

    `mails`: how many of the mails somebody gets once, and how many twice.
    """
    await put(shop, text())
    await waiting(shop, *PEOPLE)
    await put(shop, text(STEPS.replace("2 days", "5 days"), f"on_edit: {rule}\n"))
    assert await one_round(shop) == 2
    async with shop.database.transaction() as connection:
        await contacts.lock(connection, PEOPLE[:4])
        going = asyncio.create_task(one_round(shop))
        await blocked(shop, 1)
        back = asyncio.create_task(roll_back(shop.database, shop.folder, "case", 1, author="ops", now=noon))
        await blocked(shop, 2)
    assert await going == 2
    told = await back
    assert told.lines[0] == "case: version 2 is called off for who was not reached yet"
    assert await rounds(shop) == 0
    found = await standing(shop)
    assert Counter(each[1:] for each in found) == Counter(
        {**dict.fromkeys(reached, 4), (1, "active", "pause"): 1}
    )
    touched = sum(each.people for each in told.people)
    assert touched == sum(status == "active" for _, _, status, _ in found)
    await live(shop, noon, noon + timedelta(days=9))
    assert {status for _, _, status, _ in await standing(shop)} == {"ended"}
    assert Counter((await got(shop)).values()) == mails


async def test_two_versions_that_come_while_a_round_goes_on_wait_for_nobody(shop, noon):
    """And everybody heeds all of them, one after the other."""
    await put(shop, text())
    await waiting(shop, *PEOPLE)
    for_days = [text(STEPS.replace("2 days", f"{n} days"), "on_edit: { move: exit }\n") for n in (5, 6, 7)]
    await put(shop, for_days[0])
    assert await one_round(shop) == 2
    async with in_a_round(shop) as going:
        for each in for_days[1:]:
            told = await put(shop, each)
            assert sum(touched.people for touched in told.people) == 5
    assert await going == 3
    await rounds(shop)
    assert [each[1:] for each in await standing(shop)] == [(4, "active", "pause")] * 5
    moved = await shop.rows(
        "select contact_id, text from trail where what = 'moved' order by contact_id, sequence"
    )
    said = [f"goes on at pause of version {n}" for n in (2, 3, 4)]
    assert [row["text"] for row in moved] == said * 5
    await live(shop, noon, noon + timedelta(days=9))
    assert await got(shop) == {(who, what): 1 for who in PEOPLE for what in ("m1", "m2")}
    last = await shop.rows("select distinct sent_at from messages where message = 'm2'")
    assert [row["sent_at"] for row in last] == [noon + timedelta(days=7)]


async def test_what_happened_just_before_still_ends_who_begins_again(shop, noon):
    """An event that was routed, and that no worker had come to, when the version came."""
    head = "exit_when: [cart.updated]\n"
    await put(shop, text(head=head))
    await waiting(shop, "ada", "bob")
    await shop.send("cart.updated", "ada", at=noon + timedelta(minutes=1), cart_id="k1")
    await shop.route(noon + timedelta(minutes=1))
    await put(shop, text(STEPS.replace("m1", "m3"), f"{head}on_edit: restart\n"))
    assert await carry_on(shop.database, shop.plans, noon + timedelta(minutes=2), settled=AT_ONCE) == 2
    await live(shop, noon + timedelta(minutes=2), noon + timedelta(days=9))
    assert await standing(shop) == [
        ("ada", 1, "ended", "restarted"),
        ("ada", 2, "ended", "cart.updated"),
        ("bob", 1, "ended", "restarted"),
        ("bob", 2, "ended", "end"),
    ]
    assert await got(shop) == {("ada", "m1"): 1, ("bob", "m1"): 1, ("bob", "m3"): 1, ("bob", "m2"): 1}
    assert await shop.rows("select 1 from wakes") == []
