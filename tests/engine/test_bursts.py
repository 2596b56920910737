"""People whose events come together are routed together, into groups; two workers share a burst."""

from datetime import UTC, datetime

from engine.ingest import Incoming, ingest
from engine.people import Profile, upsert
from engine.router import route
from store import events
from tests.engine.scenarios import scenario

NOON = datetime(2027, 2, 15, 11, 0, tzinfo=UTC)
PEOPLE = [f"c_{number}" for number in range(40)]
WELCOME = scenario("welcome", "- wait: 3 days")


async def _sign_ups(shop, people):
    await shop.publish(welcome=WELCOME)
    profiles = [Profile(each, {"country": "FR"}) for each in people]
    await upsert(shop.database, shop.plans, profiles, source="tests", now=NOON)
    await shop.route()
    incoming = [Incoming(f"e{each}", "contact.subscribed", each, NOON, {}) for each in people]
    await ingest(shop.database, shop.plans, incoming, source="tests", now=NOON)


async def test_a_burst_of_sign_ups_enters_in_few_groups(shop):
    await _sign_ups(shop, PEOPLE)
    assert await shop.route() == len(PEOPLE)
    sizes = [row["size"] for row in await shop.rows("select size from groups")]
    assert sum(sizes) == len(PEOPLE)
    assert len(sizes) == 2


async def test_while_one_worker_routes_a_burst_another_finds_its_part(shop):
    await _sign_ups(shop, PEOPLE)
    async with shop.database.transaction() as first:
        held = await events.claim_partitions(first)
        mine = await events.take_lines(first, held, 500)
        assert await route(shop.database, shop.plans, NOON) == len(PEOPLE) - len(mine)
    entered = {row["contact_id"] for row in await shop.rows("select contact_id from runs")}
    assert entered == set(PEOPLE) - {line["contact_id"] for line in mine}


async def test_events_of_a_burst_are_taken_in_the_order_in_which_they_came(shop):
    await _sign_ups(shop, PEOPLE)
    async with shop.database.transaction() as connection:
        held = await events.claim_partitions(connection)
        few = await events.take_lines(connection, held, 5)
        rest = await events.take_lines(connection, held, 500)
    taken = [line["seq"] for line in (*few, *rest)]
    assert len(few) == 5
    assert taken == sorted(taken)
