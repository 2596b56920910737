"""Rows behind `relance report`."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from store.database import Connection, Row, queries

SQL = queries("reports")

Counted: TypeAlias = Literal["entered", "messages", "not_sent", "not_entered", "ends"]


@dataclass(frozen=True, slots=True)
class GoalAsked:
    """A version's goal: the event, the window after an entry (`14 days`, None: for ever), on which clock."""

    scenario: str
    version: int
    event: str
    within: str | None
    zone: str
    since: datetime | None
    now: datetime


async def counted(
    connection: Connection, what: Counted, scenario: str | None, since: datetime | None
) -> list[Row]:
    """One of the counts, by scenario; of one scenario where it is given."""
    return await _rows(connection, what, {"scenario": scenario, "since": since})


async def converted_later(connection: Connection, goal: GoalAsked) -> dict[tuple[bool, bool], int]:
    """Ended runs whose goal came after them and in its window: by (held out, window open)."""
    rows = await _rows(connection, "converted_later", asdict(goal))
    return {(row["holdout"], row["window_open"]): row["runs"] for row in rows}


async def still_open(connection: Connection, goal: GoalAsked) -> dict[bool, int]:
    """Runs that marked no goal and whose window is not over: by whether they were held out."""
    return {row["holdout"]: row["runs"] for row in await _rows(connection, "still_open", asdict(goal))}


async def ended_without_goal(connection: Connection, goal: GoalAsked, after: int, limit: int) -> list[Row]:
    """The next ended runs without a goal, by id, each with `window_open`."""
    return await _rows(connection, "ended_without_goal", asdict(goal) | {"after": after, "limit": limit})


async def events_in_window(connection: Connection, goal: GoalAsked, runs: Collection[int]) -> list[Row]:
    """Events of the goal's name in the windows of runs: run_id, seq, name, at, properties."""
    return await _rows(connection, "events_in_window", asdict(goal) | {"runs": list(runs)})


async def _rows(connection: Connection, name: str, parameters: dict[str, Any]) -> list[Row]:
    cursor = await connection.execute(SQL[name], parameters)
    return await cursor.fetchall()
