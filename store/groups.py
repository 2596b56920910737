"""Where a group stands, for the workflow that drives it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from store.database import Connection, Row, queries

SQL = queries("runs")


@dataclass(frozen=True, slots=True)
class Standing:
    """How many runs are active, where they are, and when the next one is due (None: only an event).

    `later_at`: the next instant after now, whatever is due already. `last_words`: what the last run left
    said last, empty while there are more; so too of a run that was alone in its group and is over.
    """

    active: int
    due_at: datetime | None
    later_at: datetime | None
    positions: tuple[tuple[str, int], ...]
    last_words: str


async def find(connection: Connection, group_ids: Collection[int], now: datetime) -> list[Row]:
    """Rows of groups: id, workflow_id, scenario, version, contact_id, size; `due`: runs to look at."""
    cursor = await connection.execute(SQL["groups"], {"groups": list(group_ids), "now": now})
    return await cursor.fetchall()


async def standings(connection: Connection, group_ids: Collection[int], now: datetime) -> dict[int, Standing]:
    """Where groups stand; the next due instant covers runs and reserved messages after `now`."""
    cursor = await connection.execute(SQL["standings"], {"groups": list(group_ids), "now": now})
    return {
        row["id"]: Standing(
            active=row["active"],
            due_at=row["due_at"],
            later_at=row["later_at"],
            positions=tuple((position or "", count) for position, count in row["positions"]),
            last_words=row["last_words"] or "",
        )
        for row in await cursor.fetchall()
    }


async def end(connection: Connection, group_ids: Collection[int], now: datetime) -> None:
    """Note that no run of these groups is active any more."""
    if group_ids:
        await connection.execute(SQL["end_groups"], {"groups": list(group_ids), "now": now})
