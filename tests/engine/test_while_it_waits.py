"""Time goes on while something waits for its turn in a process, and what happens meanwhile has happened."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from engine.activities import Activities
from engine.clock import REAL_TIME
from engine.deliver import Deliveries, Signals, TryLater
from engine.looks import Looks
from engine.loops import Loops
from engine.router import route
from engine.wire import AdvanceRequest, DeliverRequest
from store.turns import Urgency
from tests.engine.scenarios import scenario
from tests.engine.test_leaving import Provider, renderer_of

FIRST_ORDER = scenario(
    "first", "- email: m1", trigger="event: order.placed", head="audience: count(order.placed) == 1\n"
)
UNTIL_BOUGHT = scenario(
    "bought",
    "- wait: 1 second\n- wait: 3 days\n- email: m1",
    head='exit_when: ["count(order.placed, since entry) >= 1"]\n',
)
ORDER = {"order_id": "1", "total": {"amount": "10", "currency": "EUR"}, "items": []}


@pytest.fixture
def busy(shop):
    """Something else has the turn until the block ends."""

    @asynccontextmanager
    async def until_the_end():
        over = asyncio.Event()

        async def work():
            async with shop.database.turns.taken(Urgency.OUTCOME):
                await over.wait()

        async with asyncio.TaskGroup() as group:
            group.create_task(work())
            await asyncio.sleep(0)
            try:
                yield
            finally:
                over.set()

    return until_the_end


async def test_an_event_that_comes_while_the_router_waits_counts_for_who_enters_by_it(shop, busy):
    now = REAL_TIME.now()
    await shop.publish(first=FIRST_ORDER, now=now)
    await shop.person("ada", now=now - timedelta(days=1))
    stop = asyncio.Event()
    loops = Loops(shop.database, shop.plans, None, REAL_TIME, stop)
    async with busy():
        routing = asyncio.create_task(loops._route())
        await asyncio.sleep(0.1)
        await shop.send("order.placed", at=REAL_TIME.now(), **ORDER)
    async with asyncio.timeout(20):
        while not await shop.rows("select 1 from runs"):  # noqa: ASYNC110 - in the database
            await asyncio.sleep(0.05)
    stop.set()
    routing.cancel()


async def test_who_orders_while_a_look_at_them_waits_ends_by_it(shop, busy):
    now = REAL_TIME.now()
    await shop.publish(bought=UNTIL_BOUGHT, now=now)
    await shop.person("ada", now=now - timedelta(days=1))
    await shop.send("contact.subscribed", at=REAL_TIME.now(), list="newsletter")
    await route(shop.database, shop.plans, REAL_TIME.now())
    run = await shop.run("bought")
    await asyncio.sleep(1)
    async with busy():
        looks = Looks(shop.database, shop.plans, REAL_TIME)
        looking = asyncio.create_task(looks.at_group(run["group_id"], REAL_TIME.now()))
        await asyncio.sleep(0.1)
        await shop.send("order.placed", at=REAL_TIME.now(), **ORDER)
        await route(shop.database, shop.plans, REAL_TIME.now())
    await looking
    assert (await shop.run("bought"))["status"] == "ended"


async def test_groups_that_are_looked_at_together_are_all_decided_however_few_a_transaction_decides(
    shop, noon
):
    """Whoever is left over is looked at next, with what was asked for before."""
    await shop.publish(late=scenario("late", "- wait: 1 second\n- email: m1"))
    for n in range(5):
        await shop.person(f"c{n}")
        await shop.send("contact.subscribed", f"c{n}", list="newsletter")
    await shop.route(noon)
    groups = [row["id"] for row in await shop.rows("select id from groups")]
    looks = Looks(shop.database, shop.plans, REAL_TIME, limit=2)
    later = noon + timedelta(seconds=2)
    found = await asyncio.gather(*(looks.at_group(id_, later) for id_ in groups))
    assert [len(each.deliveries) for each in found] == [1, 1, 1, 1, 1]


async def test_an_event_of_a_clock_that_is_ahead_counts_for_who_enters_by_it(shop):
    now = REAL_TIME.now()
    await shop.publish(first=FIRST_ORDER, now=now)
    await shop.person("ada", now=now - timedelta(days=1))
    await shop.send("order.placed", at=now + timedelta(hours=1), now=now, **ORDER)
    await shop.route(REAL_TIME.now())
    assert (await shop.run("first"))["status"] == "active"


@pytest.fixture
async def two_of_hers(shop, noon):
    """The ids of two messages, which are due."""
    await shop.publish(hello=scenario("hello", "- email: m1"))
    for contact in ("ada", "bob"):
        await shop.person(contact)
        await shop.send("contact.subscribed", contact, list="newsletter")
    await shop.route(noon)
    return [row["id"] for row in await shop.rows("select id from messages where state = 'reserved'")]


async def test_an_attempt_that_waited_for_its_turn_is_as_old_as_its_call(shop, noon, busy, two_of_hers):
    """Whoever comes after a minute sends again what must arrive, where no call can be under way any more."""
    clock, provider = [noon], Provider()
    deliveries = Deliveries(shop.database, shop.plans, renderer_of(shop), {"email": provider}, {"email": 1e6})
    signals = Signals(now=lambda: clock[0], beat=lambda: None, stopping=lambda: False)
    async with busy():
        delivering = asyncio.create_task(deliveries.deliver(DeliverRequest("email", two_of_hers), signals))
        await asyncio.sleep(0.1)
        clock[0] += timedelta(seconds=70)
    await delivering
    rows = await shop.rows("select distinct attempted_at from messages")
    assert rows == [{"attempted_at": noon + timedelta(seconds=70)}]


async def test_a_delivery_whose_worker_stops_while_it_waits_sends_nothing(shop, noon, busy, two_of_hers):
    stopping, provider = asyncio.Event(), Provider()
    deliveries = Deliveries(shop.database, shop.plans, renderer_of(shop), {"email": provider}, {"email": 1e6})
    signals = Signals(now=lambda: noon, beat=lambda: None, stopping=stopping.is_set)
    async with busy():
        delivering = asyncio.create_task(deliveries.deliver(DeliverRequest("email", two_of_hers), signals))
        await asyncio.sleep(0.1)
        stopping.set()
    with pytest.raises(TryLater):
        await delivering
    assert provider.given == []
    assert len(await shop.rows("select 1 from messages where state = 'reserved'")) == 2


async def test_a_look_that_waited_for_its_place_is_as_of_when_it_has_it(shop, noon):
    """Temporal repeats the question as it was asked; who became due meanwhile would be passed over."""
    await shop.publish(late=scenario("late", "- wait: 1 second\n- email: m1"))
    await shop.person("ada")
    await shop.send("contact.subscribed", "ada", list="newsletter")
    await shop.route(noon)
    (group,) = await shop.rows("select id from groups")
    activities = Activities(shop.database, shop.plans, REAL_TIME, deliveries=None, scans=None)
    worker = ActivityEnvironment()
    for seconds, leaving in ((0.5, 0), (2, 1)):
        started = worker.info.scheduled_time + timedelta(seconds=seconds)
        worker.info = replace(worker.info, started_time=started)
        found = await worker.run(activities.advance, AdvanceRequest(group["id"], noon))
        assert len(found.deliveries) == leaving
