"""Events that come one by one, at the same time: each is committed and answered as if it were alone."""

import asyncio

import pytest

from engine.door import Door
from engine.ingest import Incoming
from engine.plans import NothingPublished, Plans
from tests.engine.scenarios import scenario

WELCOME = scenario("welcome", "- email: m1")


async def test_each_gets_its_own_answer_and_a_bad_one_is_refused_alone(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("c1")
    door = Door(shop.database, shop.plans)
    brought = [
        *(Incoming(f"e{n}", "contact.subscribed", "c1", noon, {"list": "news"}) for n in range(20)),
        Incoming("e0", "contact.subscribed", "c1", noon, {"list": "news"}),
        Incoming("x1", "contact.subscribed", "nobody", noon, {"list": "news"}),
        Incoming("x2", "order.vanished", "c1", noon),
    ]
    told = await asyncio.gather(*(door.ingest(each, source="shop", now=noon) for each in brought))
    assert sum(each.accepted for each in told) == 20
    assert sum(each.duplicates for each in told) == 1
    assert [error.code for each in told for error in each.errors] == ["unknown_contact", "unknown_event"]
    rows = await shop.rows("select id from events where source = 'shop' order by seq")
    assert sorted(row["id"] for row in rows) == sorted(f"e{n}" for n in range(20))


async def test_the_same_id_from_two_sources_is_two_events(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("c1")
    door = Door(shop.database, shop.plans)
    event = Incoming("e1", "contact.subscribed", "c1", noon, {"list": "news"})
    told = await asyncio.gather(*(door.ingest(event, source=name, now=noon) for name in ("shop", "till")))
    assert [each.accepted for each in told] == [1, 1]


async def test_who_cannot_be_served_is_told_so(database, noon):
    door = Door(database, Plans(database, ["k" * 32]))
    event = Incoming("e1", "contact.subscribed", "c1", noon)
    with pytest.raises(NothingPublished):
        await door.ingest(event, source="shop", now=noon)
