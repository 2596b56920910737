"""Contacts that have the same value of an attribute."""

from store.database import Connection, Row, queries

SQL = queries("duplicates")


async def pairs(connection: Connection, attribute: str) -> list[Row]:
    """`winner` (the oldest), `loser`, and how many `people` have their value; by winner, then by age."""
    return await (await connection.execute(SQL["pairs"], {"attribute": attribute})).fetchall()
