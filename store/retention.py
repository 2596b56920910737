"""What has been kept long enough, found and deleted page by page."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal, TypeAlias

from store.database import Connection, Row, queries

SQL = queries("retention")
ROWS_AT_ONCE = 5_000
PEOPLE_AT_ONCE = 200

Old: TypeAlias = Literal["events", "messages", "raw"]
Deleted: TypeAlias = Literal["events", "items", "messages", "raw", "trails"]


async def inactive(
    connection: Connection,
    acts: Collection[str],
    before: datetime,
    after: str,
    among: Collection[str] | None = None,
) -> list[str]:
    """Ids above `after`, and `among` some, of people known before an instant who have done nothing since."""
    values: Row = {"acts": list(acts), "before": before, "after": after, "limit": PEOPLE_AT_ONCE}
    values["among"] = None if among is None else list(among)
    cursor = await connection.execute(SQL["inactive"], values)
    return [row["id"] for row in await cursor.fetchall()]


async def stale(
    connection: Connection,
    attribute: str,
    before: datetime,
    after: str,
    among: Collection[str] | None = None,
) -> list[str]:
    """Ids above `after`, and `among` some, of people whose value of an attribute is older than an instant."""
    values: Row = {"attribute": attribute, "before": before, "after": after, "limit": PEOPLE_AT_ONCE}
    values["among"] = None if among is None else list(among)
    cursor = await connection.execute(SQL["stale"], values)
    return [row["id"] for row in await cursor.fetchall()]


async def forget_values(connection: Connection, attribute: str, contact_ids: Collection[str]) -> None:
    """Delete what an attribute of contacts ever was."""
    values = {"attribute": attribute, "contacts": list(contact_ids)}
    await connection.execute(SQL["forget_values"], values)


async def count(connection: Connection, what: Old, before: datetime, settled: datetime) -> int:
    """How many events or settled messages are older than an instant."""
    cursor = await connection.execute(SQL[f"old_{what}"], {"before": before, "settled": settled})
    row = await cursor.fetchone()
    return row["rows"] if row else 0


async def delete(connection: Connection, what: Deleted, before: datetime, settled: datetime) -> int:
    """Delete a page of what is older than an instant, of events those recorded before `settled`; how many."""
    values = {"before": before, "settled": settled, "limit": ROWS_AT_ONCE}
    cursor = await connection.execute(SQL[f"delete_{what}"], values)
    row = await cursor.fetchone()
    return row["rows"] if row else 0


async def only_one(connection: Connection) -> bool:
    """Whether nobody else is at it; held until the transaction ends."""
    cursor = await connection.execute(SQL["only_one"])
    row = await cursor.fetchone()
    return bool(row and row["free"])
