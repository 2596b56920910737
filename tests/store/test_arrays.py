"""Lists as parameters: written by us where we are faster, and always what the driver would say."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.arrays import FlatListDumper
from store.database import Connection, Database

ODD = ["", "NULL", "null", '"', "\\", "{a,b}", "a,b", " ", "é\u202f🎉", "a\nb\tc", "\x1f", "\x7f"]
ROUNDS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def told(connection: Connection, of: str, values: list[object]) -> object:
    """What the database understood."""
    cursor = await connection.execute(f"select %s::{of}[] as values", [values])
    row = await cursor.fetchone()
    assert row
    return row["values"]


@given(values=st.lists(st.sampled_from(ODD) | st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
@ROUNDS
async def test_texts_arrive_as_they_are(database: Database, values: list[object]) -> None:
    """Whatever signs of arrays, of JSON or of neither are in them."""
    async with database.connection() as connection:
        assert await told(connection, "text", values) == values


@given(values=st.lists(st.integers(-(2**63), 2**63 - 1) | st.none()))
@ROUNDS
async def test_whole_numbers_arrive_as_they_are(database: Database, values: list[object]) -> None:
    """Also where some are unknown, which the driver writes."""
    async with database.connection() as connection:
        assert await told(connection, "bigint", values) == values


async def test_what_is_no_flat_list_of_texts_or_numbers_is_left_to_the_driver(database: Database) -> None:
    """Lists in lists, truth values, numbers that JSON does not hold."""
    async with database.connection() as connection:
        assert await told(connection, "text", [["a", "b"], ["c", "d"]]) == [["a", "b"], ["c", "d"]]
        assert await told(connection, "boolean", [True, False]) == [True, False]
        large = [10**30, 1]
        assert await told(connection, "numeric", large) == large


async def test_texts_are_the_same_in_lists_and_alone_whatever_the_url_says(database_url: str) -> None:
    """Lists are written as UTF-8, and so must be all that they are compared with."""
    opened = await Database.open(f"{database_url}{'&' if '?' in database_url else '?'}client_encoding=latin1")
    try:
        async with opened.connection() as connection:
            cursor = await connection.execute("select %s = any(%s::text[]) as same", ["zoé", ["zoé"]])
            assert await cursor.fetchone() == {"same": True}
    finally:
        await opened.close()


def test_the_driver_is_asked_where_a_sign_is_written_otherwise() -> None:
    """JSON says a line break by a letter behind a backslash, of which PostgreSQL takes the letter."""
    assert FlatListDumper(list).dump(["a", "b"]) == b'{"a","b"}'
    assert FlatListDumper(list).dump(["a\nb"]) == b'{"a\nb"}'
