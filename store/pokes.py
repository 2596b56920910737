"""The outbox towards Temporal, and what is needed to start a group's workflow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store.database import Connection, queries


@dataclass(frozen=True, slots=True)
class Target:
    """A group as Temporal shows it. `first_step` is None for a scenario without steps."""

    id: int
    workflow_id: str
    scenario: str
    version: int
    contact_id: str | None
    size: int
    created_at: datetime
    ended: bool
    title: str
    program: str
    first_step: str | None


async def claim(connection: Connection, limit: int) -> dict[int, set[bool]]:
    """Take the oldest pokes away: group id to what is wanted, True a start of its workflow, False a poke."""
    cursor = await connection.execute(queries("pokes")["claim"], {"limit": limit})
    wanted: dict[int, set[bool]] = {}
    for row in await cursor.fetchall():
        wanted.setdefault(row["group_id"], set()).add(row["start"])
    return wanted


async def targets(connection: Connection, groups: list[int]) -> list[Target]:
    """The groups of these ids."""
    cursor = await connection.execute(queries("pokes")["targets"], {"groups": groups})
    return [Target(**row) for row in await cursor.fetchall()]


async def put(connection: Connection, groups: Mapping[int, bool], at: datetime) -> None:
    """Ask for groups to be poked (or started, where the value is true) once this is committed."""
    await connection.execute(
        queries("pokes")["put"], {"groups": list(groups), "starts": list(groups.values()), "at": at}
    )


async def put_overdue(connection: Connection, before: datetime, now: datetime, limit: int = 1000) -> int:
    """Ask for the groups whose work was due before an instant and is not done; returns how many."""
    cursor = await connection.execute(
        queries("pokes")["put_overdue"], {"before": before, "now": now, "limit": limit}
    )
    return cursor.rowcount


async def put_undelivered(connection: Connection, before: datetime, now: datetime, limit: int = 1000) -> int:
    """Ask for the groups with a message that should have left before an instant; returns how many."""
    cursor = await connection.execute(
        queries("pokes")["put_undelivered"], {"before": before, "now": now, "limit": limit}
    )
    return cursor.rowcount
