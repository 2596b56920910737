"""One look at a group: what is due is decided in one transaction, what may leave is named.

Doing it twice is harmless: a run that has moved is no longer due, and a message that has left is no longer
reserved.
"""

from dataclasses import dataclass
from datetime import datetime

from dsl.diagram_words import card
from dsl.plan import Plan
from engine.plans import Plans
from engine.transition import transition
from store import contacts, groups, messages, pauses, runs
from store.database import Connection, Database
from store.groups import Standing

LIMIT = 500
"""Runs decided in one transaction, and messages named in one answer."""


@dataclass(frozen=True)
class Due:
    """Reserved messages of one channel whose instant has come."""

    channel: str
    message_ids: tuple[int, ...]


@dataclass(frozen=True)
class Advanced:
    """Where a group stands. `next_due_at` None: only an event can move it.

    `steps` says where its people are, `waiting_for` what is waited for, in words and without personal data.
    """

    deliveries: tuple[Due, ...]
    next_due_at: datetime | None
    active: int
    steps: str
    waiting_for: str


NOBODY = Advanced((), None, 0, "nobody is under way", "")


async def advance(
    database: Database, plans: Plans, group_id: int, now: datetime, limit: int = LIMIT
) -> Advanced:
    """Decide at most `limit` due runs of a group; say what to deliver and when to look again.

    What is paused stands still: nothing is decided, nothing delivered. Raises LookupError when there is no
    such group.
    """
    async with database.transaction() as connection:
        group = await groups.find(connection, group_id)
        if group is None:
            raise LookupError(f"there is no group {group_id}")
        paused = {(pause.kind, pause.name) for pause in await pauses.in_force(connection)}
        if ("all", "") in paused or ("scenario", group["scenario"]) in paused:
            plan = await plans.plan(group["scenario"], group["version"], connection)
            return await _paused(connection, group_id, plan, now)
        await _decide_due(connection, plans, group_id, now, limit)
        channels = [name for kind, name in paused if kind == "channel"]
        due = await messages.due(connection, group_id, now, paused=channels, limit=limit)
        standing = await groups.standing(connection, group_id, now)
        if not standing.active:
            await groups.end(connection, group_id, now)
        plan = await plans.plan(group["scenario"], group["version"], connection)
        deliveries = tuple(Due(channel, tuple(ids)) for channel, ids in sorted(due.items()))
        return Advanced(
            deliveries, standing.due_at, standing.active, _steps(standing, plan), _waiting_for(standing)
        )


async def _decide_due(connection: Connection, plans: Plans, group_id: int, now: datetime, limit: int) -> None:
    wanted = await runs.due_contacts(connection, group_id, now, limit)
    if not wanted:
        return
    people = {row["id"]: row for row in await contacts.lock(connection, wanted)}
    # Only now, behind the locks, is what they are at certain.
    due = await runs.due_of_group(connection, group_id, people, now)
    await transition(connection, plans, due, people, now)


async def _paused(connection: Connection, group_id: int, plan: Plan, now: datetime) -> Advanced:
    standing = await groups.standing(connection, group_id, now)
    return Advanced((), None, standing.active, _steps(standing, plan), "paused until somebody resumes it")


def _steps(standing: Standing, plan: Plan) -> str:
    """Where everybody is: `1 at 2 (wait: 3 days at 10:00)`."""
    if not standing.active:
        return NOBODY.steps
    return ", ".join(f"{count} at {_said(position, plan)}" for position, count in standing.positions)


def _said(position: str | None, plan: Plan) -> str:
    step = plan.by_id.get(position or "")
    if step is None:
        return str(position)
    words = card(step)
    return f"{position} ({words.heading.lower()}: {words.text})"


def _waiting_for(standing: Standing) -> str:
    if not standing.active:
        return ""
    if standing.last_words:
        return standing.last_words
    until = f"{standing.due_at:%Y-%m-%d %H:%M} UTC" if standing.due_at else "an event"
    return (
        f"{standing.active} people, the next at {until}"
        if standing.due_at
        else f"{standing.active} people: {until}"
    )
