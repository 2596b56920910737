"""Where words stand in the tables, whatever tables there are."""

from collections.abc import Collection, Mapping

from psycopg import sql

from store.database import Connection, Row, queries

SQL = queries("traces")

# The values of a row as JSON, which escapes in one way what a text or a document holds. Names of columns are
# no words of anybody.
COUNT = """
with wanted as materialized (
  select distinct word, lower(form) as form from unnest(%s::text[], %s::text[]) as w (word, form)
)
select w.word, count(distinct t.ctid) as rows
from {} t
cross join lateral (select lower(string_agg(value::text, ' ')) as said from jsonb_each(to_jsonb(t))) s
join wanted w on position(w.form in s.said) > 0
group by 1
"""


async def contacts(connection: Connection, contact_id: str) -> list[Row]:
    """Who a contact is, and who those were who were merged into them; none of who was erased.

    `id`, `email`, `phone`, `attributes` and `identities`, which are a list of values.
    """
    return await (await connection.execute(SQL["contacts"], {"contact": contact_id})).fetchall()


async def shared(
    connection: Connection, words: Mapping[str, Collection[str]], contact_ids: Collection[str]
) -> dict[str, int]:
    """How many other contacts have each word in a value; words that nobody else has are left out.

    `words`: with the forms in which each may stand in JSON.
    """
    named, forms = _columns(words)
    values = {"words": named, "forms": forms, "contacts": list(contact_ids)}
    rows = await (await connection.execute(SQL["shared"], values)).fetchall()
    return {row["word"]: row["others"] for row in rows}


async def tables(connection: Connection) -> list[str]:
    """The names of all tables and partitions, asked of the database itself."""
    return [row["name"] for row in await (await connection.execute(SQL["tables"])).fetchall()]


async def rows_with(
    connection: Connection, table: str, words: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """In how many rows of a table each word stands, in whatever column and case; others are left out.

    `words`: with the forms in which each may stand in JSON.
    """
    statement = sql.SQL(COUNT).format(sql.Identifier(table))
    rows = await (await connection.execute(statement, _columns(words))).fetchall()
    return {row["word"]: row["rows"] for row in rows}


async def workflows(connection: Connection, contact_ids: Collection[str]) -> list[str]:
    """The workflows that drove runs of these contacts."""
    rows = await (await connection.execute(SQL["workflows"], {"contacts": list(contact_ids)})).fetchall()
    return [row["workflow_id"] for row in rows]


def _columns(words: Mapping[str, Collection[str]]) -> tuple[list[str], list[str]]:
    pairs = [(word, form) for word, forms in words.items() for form in forms]
    return [word for word, _ in pairs], [form for _, form in pairs]
