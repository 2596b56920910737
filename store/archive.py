"""Everything that the tables hold about one person, whatever tables there are."""

from psycopg import sql

from store.database import Connection, Row, queries

SQL = queries("archive")

OF_OTHERS = {"transitions": ("facts", "household"), "trail": ("data", "others")}
"""Table to column and key: what those with whom a person lives got, which is theirs and left out."""


async def records(
    connection: Connection, contact_ids: list[str], address_hashes: list[str]
) -> dict[str, list[Row]]:
    """Rows by table: all that name an id of the person, and the blocks on their addresses (keyed hashes).

    Tables are asked of the database itself, so that a new one cannot be forgotten here.
    """
    found: dict[str, list[Row]] = {}
    values = {"contacts": contact_ids, "hashes": address_hashes}
    for name in ("contacts", "suppressions", "requests", "codes", "merges"):
        cursor = await connection.execute(SQL[name], values)
        found[name] = await cursor.fetchall()
    cursor = await connection.execute(SQL["tables"])
    for table in [row["name"] for row in await cursor.fetchall()]:
        if table not in found:
            statement = sql.SQL("select * from {} where contact_id = any(%s)").format(sql.Identifier(table))
            found[table] = await (await connection.execute(statement, (contact_ids,))).fetchall()
    for table, (column, key) in OF_OTHERS.items():
        for row in found.get(table, ()):
            row[column].pop(key, None)
    return {name: rows for name, rows in sorted(found.items()) if rows}
