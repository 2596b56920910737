"""Events about an object in production: whom they reach, once each, and what happens meanwhile."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.advance import advance
from engine.ingest import Incoming, ingest
from engine.reaching import reach
from store import reaches
from store.database import Database
from store.reaches import Sought
from tests.engine.story_projects import scenario, write
from tests.integration.installation import Installation

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
DAY = timedelta(days=1)
DROP = (
    "event: product.price_changed, where: price < old_price,"
    ' reaches: "did(product.viewed where sku == event.sku, last 60 days)"'
)
HEAD = """\
key: event.sku
audience: contact.points > 5
exit_when:
  - { event: product.price_changed, where: sku == run.key and price > event.price, as: dearer }
  - order.placed
"""
NO_STORY = "  - { name: nothing, when: [], expect: [] }\n"


async def installed(
    database: Database, tmp_path: Path, trigger: str = DROP, head: str = HEAD
) -> Installation:
    text = scenario("- wait: 1 day\n- email: hello\n", head, trigger=trigger)
    project = write(tmp_path / "project", {"case": text}, NO_STORY)
    relance = Installation(database, None, tmp_path / "outbox", at=MONDAY, project=project.folder)
    await relance.publish()
    return relance


async def viewed(relance: Installation, *people: str, sku: str = "FICUS", days_ago: float = 1) -> None:
    await relance.contacts(*people, points=10)
    relance.at = MONDAY - days_ago * DAY
    await relance.happen("product.viewed", {"sku": sku}, *people)
    relance.at = MONDAY
    await relance.route()


async def changes(relance: Installation, price: float, sku: str = "FICUS", **more: Any) -> None:
    """The price of a product, which was 40, changes."""
    properties = {"sku": sku, "old_price": 40, "price": price}
    event = Incoming(f"p{price}", "product.price_changed", None, more.get("at", MONDAY), properties)
    result = await ingest(relance.database, relance.plans, [event], source="shop", now=MONDAY)
    assert not result.errors
    await relance.route()


async def reached(relance: Installation, limit: int = 1000) -> int:
    """Enter until nobody is left; how many transactions."""
    count = 0
    while await reach(relance.database, relance.plans, MONDAY, limit):
        count += 1
    return count


async def entered(relance: Installation) -> list[str]:
    return [
        row["contact_id"] for row in await relance.rows("select contact_id from runs order by contact_id")
    ]


async def look(relance: Installation) -> None:
    for group in await relance.rows("select id from groups"):
        await advance(relance.database, relance.plans, group["id"], MONDAY)


async def test_those_whose_own_history_matches_enter(database: Database, tmp_path: Path) -> None:
    relance = await installed(database, tmp_path)
    await viewed(relance, "ada", "ben")
    await viewed(relance, "other", sku="MONSTERA")
    await viewed(relance, "long_ago", days_ago=61)
    await relance.contacts("nobody", points=10)
    await changes(relance, 30)
    await reached(relance)
    assert await entered(relance) == ["ada", "ben"]
    (run,) = await relance.rows("select key, entered_at from runs where contact_id = 'ada'")
    assert (run["key"], run["entered_at"]) == ("FICUS", MONDAY)


async def test_the_rest_is_the_audiences_to_say(database: Database, tmp_path: Path) -> None:
    relance = await installed(database, tmp_path)
    await viewed(relance, "ada", "poor")
    await relance.contacts("poor", points=2)
    await changes(relance, 30)
    await reached(relance)
    assert await entered(relance) == ["ada"]


async def test_an_event_that_does_not_qualify_looks_for_nobody(database: Database, tmp_path: Path) -> None:
    relance = await installed(database, tmp_path)
    await viewed(relance, "ada")
    await changes(relance, 50)
    assert await relance.rows("select 1 from reaches") == []


async def test_an_event_that_comes_too_late_reaches_nobody(database: Database, tmp_path: Path) -> None:
    relance = await installed(database, tmp_path)
    await viewed(relance, "ada")
    await changes(relance, 30, at=MONDAY - 2 * DAY)
    assert await reached(relance) == 0


async def test_a_page_a_transaction_and_nobody_twice(database: Database, tmp_path: Path) -> None:
    """Also who looked twice, and when the entries are made anew from the beginning."""
    people = [f"c_{number:03}" for number in range(45)]
    relance = await installed(database, tmp_path)
    await viewed(relance, *people)
    await viewed(relance, *people[:20], days_ago=2)
    await changes(relance, 30)
    (line,) = await relance.rows("select * from reaches")
    assert await reached(relance, limit=20) == 3
    assert await entered(relance) == people
    (groups,) = await relance.rows("select count(*) as n from groups")
    assert groups["n"] == 2 + 5
    async with database.transaction() as connection:
        again = reaches.Reach(line["event_seq"], line["event_at"], "case", line["trigger"])
        await reaches.put(connection, [again])
    await reached(relance)
    assert await entered(relance) == people


async def test_what_happens_before_the_entries_are_made_is_heard(database: Database, tmp_path: Path) -> None:
    """The price goes up, or somebody buys, while people are still being looked up."""
    relance = await installed(database, tmp_path)
    await viewed(relance, "ada", "ben")
    await changes(relance, 30)
    await relance.happen("order.placed", {"order_id": "o1"}, "ben")
    await relance.route()
    assert await reached(relance, limit=1) > 1
    await look(relance)
    ends = "select contact_id, end_reason from runs order by contact_id"
    assert [row["end_reason"] for row in await relance.rows(ends)] == [None, "order.placed"]
    await changes(relance, 45)
    await reached(relance)
    await look(relance)
    assert [row["end_reason"] for row in await relance.rows(ends)] == ["dearer", "order.placed"]


async def test_an_exit_about_the_object_between_two_pages(database: Database, tmp_path: Path) -> None:
    relance = await installed(database, tmp_path)
    await viewed(relance, "ada", "ben")
    await changes(relance, 30)
    assert await reach(relance.database, relance.plans, MONDAY, 1)
    await changes(relance, 45)
    await reached(relance, limit=1)
    await look(relance)
    found = await relance.rows("select contact_id, end_reason from runs order by contact_id")
    assert [(row["contact_id"], row["end_reason"]) for row in found] == [("ada", "dearer"), ("ben", "dearer")]


async def test_a_scenario_that_is_withdrawn_meanwhile_enters_nobody(
    database: Database, tmp_path: Path
) -> None:
    relance = await installed(database, tmp_path)
    await viewed(relance, "ada")
    await changes(relance, 30)
    async with database.transaction() as connection:
        await connection.execute("update scenarios set current = null")
    await reached(relance)
    assert await entered(relance) == []
    assert await relance.rows("select 1 from reaches") == []


async def test_people_are_found_by_an_index(database: Database, tmp_path: Path) -> None:
    """Publication makes it, once."""
    relance = await installed(database, tmp_path)
    await viewed(relance, "ada")
    async with database.transaction() as connection:
        await connection.execute("set local enable_seqscan = off")
        sought = Sought("product.viewed", "sku", "FICUS", MONDAY - 60 * DAY)
        assert await reaches.people(connection, sought, "", 10) == ["ada"]
        cursor = await connection.execute(
            "explain select distinct e.contact_id from events e where e.name = 'product.viewed'"
            " and (e.properties -> 'sku') = '\"FICUS\"' and e.contact_id > '' and e.at >= '-infinity'"
            " order by e.contact_id limit 10"
        )
        plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
    assert "Index Cond: (((properties -> 'sku'::text)" in plan
    find = "select 1 as found from pg_indexes where starts_with(indexname, 'events_reach_')"
    before = await relance.rows(find)
    await relance.publish()
    assert len(await relance.rows(find)) == len(before) == 1
