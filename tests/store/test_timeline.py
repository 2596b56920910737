"""A page of a timeline costs a page, however long the life."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from store.database import row_of, rows_of
from store.timeline import KINDS, SQL, Asked, Way, page

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = ("order.placed", "product.viewed", "call.received", "message.opened", "case.opened")
WAYS = [Way(name, "event", "phone" if name.startswith("call") else "web", None, "in") for name in NAMES]


@pytest.fixture
async def long_life(database):
    """Ten thousand events of one person in two years, and as many of others."""
    statement = """
        insert into events (source, id, name, contact_id, at, properties, recorded_at)
        select 't', 'e' || n, (%(names)s::text[])[1 + n %% 5],
               case when n <= 10000 then 'ada' else 'c' || n end,
               %(noon)s::timestamptz - (n %% 10000) * interval '105 minutes', '{"n": 1}', %(noon)s
        from generate_series(1, 20000) n"""
    async with database.transaction() as connection:
        await connection.execute(statement, {"names": list(NAMES), "noon": NOON})
        await connection.execute("analyze events")
    return database


def _read(plan):
    """Rows of events that a plan read, what it threw away included."""
    here = 0
    if plan.get("Relation Name", "").startswith("events"):
        thrown = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        here = (plan["Actual Rows"] + thrown) * plan["Actual Loops"]
    return here + sum(_read(each) for each in plan.get("Plans", ()))


@pytest.mark.parametrize(
    "more", [{}, {"medium": "phone"}, {"direction": "in", "until": NOON - timedelta(days=300)}]
)
async def test_a_page_reads_no_more_than_a_page_of_each_name(long_life, more):
    """By the index that there is: fifty of each name, and not the ten thousand."""
    asked = row_of(Asked(KINDS, **more)) | {"before": "infinity", "rank": 0, "place": 0, "line": 0}
    asked |= {"contact": "ada", "ways": rows_of([row_of(each) for each in WAYS]), "kinds": list(KINDS)}
    del asked["after"]
    statement = SQL["page"].decode() if isinstance(SQL["page"], bytes) else SQL["page"]
    async with long_life.connection() as connection:
        lines = await page(connection, "ada", WAYS, Asked(KINDS, **more))
        cursor = await connection.execute("explain (analyze, format json) " + statement, asked)
        (plan,) = (await cursor.fetchone())["QUERY PLAN"]
    assert len(lines) == 50
    assert _read(plan["Plan"]) < 1_000, json.dumps(plan)


async def test_pages_of_a_long_life_tell_all_of_it_once(long_life):
    """From the newest to the oldest."""
    found, after = [], None
    async with long_life.connection() as connection:
        for _ in range(12):
            lines = await page(connection, "ada", WAYS, Asked(KINDS, after=after, limit=1_000))
            found += lines
            after = lines[-1].ends if lines else after
    assert len(found) == len({line.place for line in found}) == 10_000
    assert [line.at for line in found] == sorted((line.at for line in found), reverse=True)


async def test_a_property_that_is_called_as_one_of_ours_is_told_like_every_other(database):
    """Whichever way the statement is planned."""
    statement = """
        insert into events (source, id, name, contact_id, at, properties, recorded_at)
        values ('t', '1', 'order.placed', 'ada', %(noon)s, '{"iteration": "spring"}', %(noon)s)"""
    async with database.transaction() as connection:
        await connection.execute(statement, {"noon": NOON})
        await connection.execute("set local enable_nestloop = off")
        (line,) = await page(connection, "ada", WAYS, Asked(KINDS))
    assert line.data == {"iteration": "spring"}
