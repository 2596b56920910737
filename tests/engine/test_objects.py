"""Events about an object find the runs that wait to hear of it, and wake no others."""

from collections.abc import Collection
from datetime import datetime, timedelta

import pytest

from engine.attempts import begin
from engine.router import route
from store.database import queries, rows_of
from tests.engine.conftest import Shop
from tests.engine.test_leaving import renderer_of

WATCH = """
scenario: watch
title: The price of what is in the cart
owner: crm
topic: newsletter
priority: 50
trigger: { event: cart.updated }
entry: always
while_active: parallel
handlers:
  - { event: cart.updated, set: { run.sku: cart_id } }
steps:
  - set: { run.sku: event.cart_id }
  - wait_for: { event: product.price_changed, where: sku == run.sku and price < 100 }
    up_to: 30 days
    then:
      - email: m1
"""
OFFER = """
scenario: offer
title: An offer of what was in the cart
owner: crm
topic: newsletter
priority: 50
trigger: { event: cart.updated }
entry: always
exit_when: [{ event: product.price_changed, where: sku == event.cart_id }]
steps:
  - email: m1
  - wait: 3 days
"""


async def woken(shop: Shop) -> Collection[str]:
    """Who has something to look at."""
    rows = await shop.rows("select distinct r.contact_id as id from wakes w join runs r on r.id = w.run_id")
    return {row["id"] for row in rows}


async def price(shop: Shop, sku: str, value: int, at: datetime) -> None:
    result = await shop.send("product.price_changed", None, id_=f"{sku}/{at}", at=at, sku=sku, price=value)
    assert result.accepted == 1, result


async def waiting(shop: Shop, **skus: str) -> None:
    """People who wait for the price of something each."""
    for name, sku in skus.items():
        await shop.person(name)
        await shop.happens("cart.updated", name, cart_id=sku)


async def test_only_those_who_wait_for_the_object_are_woken(shop: Shop, noon: datetime) -> None:
    await shop.publish(watch=WATCH)
    await waiting(shop, ada="teapot", bob="kettle", cyd="teapot")
    await price(shop, "teapot", 20, noon)
    await shop.route(noon)
    assert await woken(shop) == {"ada", "cyd"}
    await shop.look(noon)
    assert [len(await shop.messages(name)) for name in ("ada", "bob", "cyd")] == [1, 0, 1]


async def test_a_run_waits_for_what_its_variable_says_now(shop: Shop, noon: datetime) -> None:
    """A handler changes the object in the middle of the wait."""
    await shop.publish(watch=WATCH)
    await waiting(shop, ada="teapot")
    later = noon + timedelta(hours=1)
    await shop.happens("cart.updated", "ada", at=later, cart_id="kettle")
    await price(shop, "teapot", 20, later)
    await shop.route(later)
    assert await woken(shop) == set()
    await price(shop, "kettle", 20, later)
    await shop.route(later)
    assert await woken(shop) == {"ada"}


async def test_a_run_that_an_older_release_moved_on_is_found_by_the_name(shop: Shop, noon: datetime) -> None:
    """It does not know that objects are said, so that what is said is of another step perhaps."""
    await shop.publish(watch=WATCH)
    await waiting(shop, ada="teapot", bob="kettle")
    await shop.rows(
        "update runs set sequence = sequence + 1, objects = '{}' where contact_id = 'ada' returning id"
    )
    await price(shop, "teapot", 20, noon)
    await shop.route(noon)
    assert await woken(shop) == {"ada"}


async def test_an_object_of_which_the_router_has_not_told_yet_keeps_a_message_back(
    shop: Shop, noon: datetime
) -> None:
    """Committed before the attempt, and routed after it."""
    await shop.publish(offer=OFFER)
    await shop.person("ada")
    await shop.happens("cart.updated", "ada", cart_id="teapot")
    (row,) = await shop.rows("select id from messages where state = 'reserved'")
    await price(shop, "kettle", 20, noon)
    await price(shop, "teapot", 20, noon)
    begun = await begin(shop.database, shop.plans, renderer_of(shop), [row["id"]], noon)
    assert begun.not_allowed == 1
    while await route(shop.database, shop.plans, noon):
        pass
    await shop.look(noon)
    assert (await shop.run("offer"))["end_reason"] == "product.price_changed"


async def test_the_runs_are_found_by_an_index(shop: Shop, noon: datetime) -> None:
    """However many wait for other objects."""
    await shop.publish(watch=WATCH)
    await waiting(shop, ada="teapot")
    await shop.rows(
        "insert into runs (group_id, scenario, version, contact_id, parallel, listens_to, objects,"
        " objects_at, entered_at) select group_id, scenario, version, 'p' || n, true, listens_to,"
        " array['product.price_changed=' || n], 0, entered_at"
        " from runs, generate_series(1, 3000) n returning id"
    )
    told = [{"seq": 1, "at": noon, "name": "x", "contact_id": None, "objects": ["product.price_changed=7"]}]
    async with shop.database.connection() as connection:
        await connection.execute("analyze runs")
        statement = b"explain " + queries("runs")["listening"]
        cursor = await connection.execute(statement, {"events": rows_of(told)})
        plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
    assert "Bitmap Index Scan on runs_objects " in plan
    assert "Bitmap Index Scan on runs_objects_unsaid " in plan


WIDE = "".join(chr(0x4E00 + n * 37) for n in range(501))


@pytest.mark.parametrize("key", ["t" + "é漢" * 40, WIDE[:500]])
async def test_whatever_the_key_of_an_object_looks_like_it_is_found(
    shop: Shop, noon: datetime, key: str
) -> None:
    """However long it is: an index takes no more than a third of a page."""
    await shop.publish(watch=WATCH)
    await waiting(shop, ada=key, bob="kettle")
    result = await shop.send("product.price_changed", None, id_="e", at=noon, sku=key, price=20)
    assert result.accepted == 1, result
    await shop.route(noon)
    assert await woken(shop) == {"ada"}


async def test_a_key_that_no_index_takes_is_refused(shop: Shop, noon: datetime) -> None:
    await shop.publish(watch=WATCH)
    result = await shop.send("product.price_changed", None, id_="e", at=noon, sku=WIDE, price=20)
    assert [error.code for error in result.errors] == ["bad_object"]
    await waiting(shop, ada=WIDE * 20)
    assert len(await shop.rows("select 1 from runs where status = 'active'")) == 1
