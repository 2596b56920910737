"""Everything that the tables hold about one contact, whatever tables there are."""

from psycopg import sql

from store.database import Connection, Row, queries

SQL = queries("archive")


async def records(connection: Connection, contact_id: str, address_hashes: list[str]) -> dict[str, list[Row]]:
    """Rows by table: all that name the contact, and the blocks on their addresses, known by keyed hash.

    Tables are asked of the database itself, so that a new one cannot be forgotten here.
    """
    found: dict[str, list[Row]] = {}
    values = {"contact": contact_id, "hashes": address_hashes}
    for name in ("contacts", "suppressions", "requests", "codes", "merges"):
        cursor = await connection.execute(SQL[name], values)
        found[name] = await cursor.fetchall()
    cursor = await connection.execute(SQL["tables"])
    for table in [row["name"] for row in await cursor.fetchall()]:
        if table not in found:
            statement = sql.SQL("select * from {} where contact_id = %s").format(sql.Identifier(table))
            found[table] = await (await connection.execute(statement, (contact_id,))).fetchall()
    return {name: rows for name, rows in sorted(found.items()) if rows}
