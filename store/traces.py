"""Where words stand in the tables, whatever tables there are."""

from collections.abc import Collection

from psycopg import sql

from store.database import Connection, Row, queries

SQL = queries("traces")

COUNT = """
select w.word, count(*) as rows
from {} t
cross join lateral (select lower(t::text) as said offset 0) s
join unnest(%s::text[]) w(word) on position(w.word in s.said) > 0
group by 1
"""


async def contacts(connection: Connection, contact_id: str) -> list[Row]:
    """Rows of a contact and of whoever was merged into them, with `identities`; none of who was erased."""
    return await (await connection.execute(SQL["contacts"], {"contact": contact_id})).fetchall()


async def shared(
    connection: Connection, words: Collection[str], contact_ids: Collection[str]
) -> dict[str, int]:
    """How many other contacts have each word in a value; words that nobody else has are left out."""
    values = {"words": list(words), "contacts": list(contact_ids)}
    rows = await (await connection.execute(SQL["shared"], values)).fetchall()
    return {row["word"]: row["others"] for row in rows}


async def tables(connection: Connection) -> list[str]:
    """The names of all tables and partitions, asked of the database itself."""
    return [row["name"] for row in await (await connection.execute(SQL["tables"])).fetchall()]


async def rows_with(connection: Connection, table: str, words: Collection[str]) -> dict[str, int]:
    """In how many rows of a table each lower-case word stands, in whatever column; others are left out."""
    statement = sql.SQL(COUNT).format(sql.Identifier(table))
    rows = await (await connection.execute(statement, (list(words),))).fetchall()
    return {row["word"]: row["rows"] for row in rows}


async def workflows(connection: Connection, contact_ids: Collection[str]) -> list[str]:
    """The workflows that drove runs of these contacts."""
    rows = await (await connection.execute(SQL["workflows"], {"contacts": list(contact_ids)})).fetchall()
    return [row["workflow_id"] for row in rows]
