"""Rows of whole tables, page by page, as they were at one instant."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from store.database import Connection, Row, queries

SQL = queries("exports")
ROWS_AT_ONCE = 2_000

What: TypeAlias = Literal["contacts", "events", "messages", "consents"]


async def pages(
    connection: Connection,
    what: What,
    *,
    ids: Sequence[str] | None,
    since: datetime | None,
    until: datetime | None,
) -> AsyncIterator[list[Row]]:
    """What a table holds, in pages; `connection` is in a transaction, of which this is the snapshot.

    `ids`: of these contacts alone. `since` is included and `until` is not, by the date of each thing.
    """
    values = {"ids": None if ids is None else list(ids), "since": since, "until": until}
    async with connection.cursor("export") as cursor:
        await cursor.execute(SQL[what], values)
        while page := await cursor.fetchmany(ROWS_AT_ONCE):
            yield page


async def wait_at_most(connection: Connection, patience: str) -> None:
    """Let the database end the transaction where nothing is asked of it for an interval; 0: never."""
    await connection.execute(SQL["wait_at_most"], {"patience": patience})
