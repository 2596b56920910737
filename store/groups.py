"""Where a group stands, for the workflow that drives it."""

from dataclasses import dataclass
from datetime import datetime

from store.database import Connection, Row, queries

SQL = queries("runs")
MESSAGES = queries("messages")


@dataclass(frozen=True, slots=True)
class Standing:
    """How many runs are active, where they are, and when the next one is due (None: only an event).

    `last_words`: what the last run left said last, empty while there are more.
    """

    active: int
    due_at: datetime | None
    positions: tuple[tuple[str, int], ...]
    last_words: str


async def find(connection: Connection, group_id: int) -> Row | None:
    """The group's row: id, workflow_id, scenario, version, contact_id, size."""
    cursor = await connection.execute(SQL["group"], {"group": group_id})
    return await cursor.fetchone()


async def standing(connection: Connection, group_id: int, now: datetime) -> Standing:
    """Where a group stands; the next due instant covers runs and reserved messages after `now`."""
    parameters = {"group": group_id, "now": now}
    runs = await (await connection.execute(SQL["standing"], parameters)).fetchone()
    planned = await (await connection.execute(MESSAGES["next_planned"], parameters)).fetchone()
    positions = await (await connection.execute(SQL["positions"], parameters)).fetchall()
    assert runs is not None
    assert planned is not None
    words = None
    if runs["active"] == 1:
        words = await (await connection.execute(SQL["last_words"], parameters)).fetchone()
    return Standing(
        active=runs["active"],
        due_at=min(filter(None, (runs["due_at"], planned["planned_at"])), default=None),
        positions=tuple((row["position"] or "", row["runs"]) for row in positions),
        last_words=words["text"] if words else "",
    )


async def end(connection: Connection, group_id: int, now: datetime) -> None:
    """Note that no run of the group is active any more."""
    await connection.execute(SQL["end_group"], {"group": group_id, "now": now})
