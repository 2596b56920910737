"""People who live together: the locks of their households, and what they get as limits count it."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from psycopg import sql

from store.database import Connection, Row, queries

SQL = queries("households")


async def lock(connection: Connection, households: Collection[str]) -> None:
    """Lock households until the transaction ends, in one order everywhere.

    Always after the contacts, once for all the households that the transaction needs, and before anything
    of them is read that counts.
    """
    wanted = {"households": list(households)}
    async with connection.pipeline():
        await connection.execute(SQL["make"], wanted)
        await connection.execute(SQL["lock"], wanted)


async def messages(connection: Connection, households: Collection[str], since: datetime) -> list[Row]:
    """The messages to everybody in households that limits count, since an instant, by id."""
    cursor = await connection.execute(SQL["messages"], {"households": list(households), "since": since})
    return await cursor.fetchall()


async def ensure_index(connection: Connection, attribute: str) -> None:
    """An index by which those of a household are found; there already, or built.

    Contacts cannot be written while it is built, which is once for each attribute that a catalog names.
    """
    name = f"contacts_household_{hashlib.sha256(attribute.encode()).hexdigest()[:16]}"
    # Asked first: the statement locks the table before it looks whether there is one.
    cursor = await connection.execute("select to_regclass(%s) is not null as is_there", (name,))
    if [row["is_there"] for row in await cursor.fetchall()] == [True]:
        return
    statement = sql.SQL(
        "create index if not exists {index} on contacts ((attributes ->> {attribute}))"
        " where attributes ->> {attribute} is not null"
    ).format(index=sql.Identifier(name), attribute=sql.Literal(attribute))
    await connection.execute(statement)


async def members(connection: Connection, attribute: str, household: str, limit: int) -> list[str]:
    """The ids of those who live in a household now, at most so many, in their order."""
    parameters = {"attribute": attribute, "household": household, "limit": limit}
    cursor = await connection.execute(SQL["members"], parameters)
    return [row["id"] for row in await cursor.fetchall()]
