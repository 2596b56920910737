"""`/readyz` while something is missing: 503, and what to do about it."""


async def test_before_anything_is_published_the_verb_is_named(client, database):
    async with database.transaction() as connection:
        await connection.execute("delete from worlds")
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "relance publish" in answer.json()["why"]


async def test_a_database_that_is_away_is_told_apart_from_one_without_tables(client, database):
    """The process itself stays alive, so that nobody restarts what is not broken."""
    await database.close()
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "the database does not answer" in answer.json()["why"]
    assert (await client.get("/healthz")).status_code == 200
