"""Rows of tasks: what scenarios ask people to do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from store.database import Connection, queries

SQL = queries("tasks")

State: TypeAlias = Literal["open", "taken", "done"]
OPEN: tuple[State, ...] = ("open", "taken")
DONE: tuple[State, ...] = ("done",)


@dataclass(frozen=True, slots=True)
class Task:
    """Something for people to do about a contact. `late`: it should have been done by now."""

    id: int
    task: str
    team: str
    contact_id: str
    scenario: str
    step: str
    run_id: int
    state: State
    created_at: datetime
    due_at: datetime | None
    late: bool
    taken_by: str | None
    taken_at: datetime | None
    done_by: str | None
    done_at: datetime | None
    outcome: str | None


async def listed(
    connection: Connection,
    now: datetime,
    *,
    id_: int | None = None,
    team: str | None = None,
    states: Collection[State] = OPEN,
    late: bool = False,
    limit: int = 200,
) -> list[Task]:
    """Tasks, the most urgent first; those done, the last one first."""
    asked = {"id": id_, "team": team, "states": list(states), "late": late, "now": now, "limit": limit}
    cursor = await connection.execute(SQL["listed"], asked)
    return [Task(**row) for row in await cursor.fetchall()]


async def take(connection: Connection, id_: int, who: str, now: datetime) -> bool:
    """Note who does it; False where somebody else does, or did."""
    cursor = await connection.execute(SQL["take"], {"id": id_, "who": who, "now": now})
    return cursor.rowcount > 0


async def done(connection: Connection, id_: int, who: str, outcome: str, now: datetime) -> bool:
    """Note what came of it; False where it was done already."""
    cursor = await connection.execute(SQL["done"], {"id": id_, "who": who, "outcome": outcome, "now": now})
    return cursor.rowcount > 0
