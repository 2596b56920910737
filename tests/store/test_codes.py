"""Codes of a message are found by it, however many there are in all pools."""

from store.database import queries, rows_of


async def test_a_place_that_is_given_up_gives_its_codes_back_without_reading_all_there_are(database):
    given_up = rows_of([{"id": 7, "reason": "ended", "displaced": False}])
    async with database.keyed_transaction() as connection:
        await connection.execute(
            "insert into codes (pool, code, run_id, message_id)"
            " select 'welcome', 'c' || n, nullif(n % 2, 0) * n, nullif(n % 2, 0) * n"
            " from generate_series(1, 5000) n"
        )
        await connection.execute("analyze codes")
        statement = b"explain " + queries("messages")["release"]
        parameters = {"rows": given_up, "now": "2027-02-15T11:00:00Z"}
        cursor = await connection.execute(statement, parameters)
        plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
    assert "Index Scan using codes_message on codes" in plan, plan
