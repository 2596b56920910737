"""Codes are found by their pool or their message, however many there are."""

import pytest

from store.database import queries, rows_of

GIVEN_UP = {
    "rows": rows_of([{"id": 7, "reason": "ended", "displaced": False}]),
    "now": "2027-02-15T11:00:00Z",
}


@pytest.fixture
async def planned(database):
    """How a statement of `messages.sql` is carried out where one pool has thousands of codes, others none."""

    async def plan(name, parameters, *, given):
        async with database.transaction() as connection:
            await connection.execute(
                "insert into codes (pool, code, run_id, message_id)"
                " select 'birthday', 'c' || n, nullif(%s, 0) * n, nullif(%s, 0) * n"
                " from generate_series(1, 50000) n",
                (given, given),
            )
            await connection.execute("analyze codes")
            cursor = await connection.execute(b"explain " + queries("messages")[name], parameters)
            return "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())

    return plan


async def test_a_place_that_is_given_up_gives_its_codes_back_without_reading_all_there_are(planned):
    assert "Index Scan using codes_message on codes" in await planned("release", GIVEN_UP, given=1)


async def test_a_pool_that_ran_dry_is_seen_to_be_without_reading_what_others_have_free(planned):
    plan = await planned("free_pools", {"pools": ["welcome"]}, given=0)
    assert "using codes_free on codes" in plan, plan
    assert "Index Cond: (pool = p.pool)" in plan, plan
