"""The first steps of runs, taken in the transaction that starts them.

Most runs do something at once, and whoever lets people enter has all that it takes to decide it: they are
stored as far on as their first steps lead.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import OperationalError

from dsl.plan import Plan
from engine import faults, grouping, households
from engine.decide import decide
from engine.effects import Store, apply
from engine.grouping import Beginning
from engine.plans import Plans
from engine.recording import row_of
from engine.state import Facts, Run, Wake
from engine.transition import decided
from store import pauses, runs, transitions
from store.database import Connection, Row


@dataclass(frozen=True)
class Starting:
    """Runs of one version that begin.

    `people`: the locked rows of their contacts. `known`: facts of those who may take first steps at once.
    """

    plan: Plan
    version: int
    beginnings: Sequence[Beginning]
    people: dict[str, Row]
    known: Mapping[str, Facts]


async def begin(connection: Connection, plans: Plans, starting: Starting, now: datetime) -> None:
    """Store runs, each as far on as it comes at once, and ask for the workflows of their groups.

    Who begins twice, begins later or stands still in a pause is left to the workflow, and so is everybody
    where first steps cannot be written.
    """
    if not starting.beginnings:
        return
    scenario, version = starting.plan.scenario, starting.version
    groups, parted = await grouping.part(connection, scenario, version, starting.beginnings, now)
    if not await _moved(connection, plans, starting, groups, parted, now):
        await runs.insert(connection, groups, [grouping.row_of(each, now) for each in parted], now)


async def _moved(
    connection: Connection,
    plans: Plans,
    starting: Starting,
    groups: Sequence[Row],
    parted: Sequence[Beginning],
    now: datetime,
) -> bool:
    """Store all of them, moved where they can be; False, and nothing stored, where nobody can be."""
    moving = await _moving(connection, plans, starting, parted, now)
    if not moving:
        return False
    plan, known = starting.plan, starting.known
    taken = [
        decided(decide, each.group_id, each.run, plan, Wake(), known[each.run.contact_id], now)
        for each in moving.values()
    ]
    try:
        async with connection.transaction():
            standing = await transitions.standing(connection)
            await apply(connection, plans, taken, starting.people, now, _stored(groups, parted, moving, now))
            rested_on = [row_of(t, known[t.run.contact_id], standing, now, held=False) for t in taken]
            await transitions.add(connection, rested_on)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - they enter whatever is wrong with a first step
        faults.tell("runs begin without their first steps", error)
        return False
    return True


def _stored(
    groups: Sequence[Row], parted: Sequence[Beginning], moving: Mapping[int, Beginning], now: datetime
) -> Store:
    """Stores the groups with all of their runs: those that moved one transition after they began."""
    resting = [grouping.row_of(each, now) for each in parted if each.run.id not in moving]

    async def store(connection: Connection, moved: Sequence[tuple[Run, datetime | None]]) -> None:
        rows = [
            grouping.moved(moving[run.id], run.changed(sequence=run.sequence + 1), due_at)
            for run, due_at in moved
        ]
        await runs.insert(connection, groups, [*rows, *resting], now)

    return store


async def _moving(
    connection: Connection, plans: Plans, starting: Starting, parted: Sequence[Beginning], now: datetime
) -> dict[int, Beginning]:
    """Those before whose first steps nothing else of the same people comes, by the id of the run."""
    if not starting.known or pauses.over(await pauses.in_force(connection), starting.plan.scenario):
        return {}
    world = await plans.world(connection)
    turns = [households.turn_of(world, starting.people[each.run.contact_id]) for each in parted]
    times = Counter(turns)
    return {
        each.run.id: each
        for each, turn in zip(parted, turns, strict=True)
        if times[turn] == 1 and each.run.contact_id in starting.known and is_due(each.run, now)
    }


def is_due(run: Run, now: datetime) -> bool:
    """Whether a run that begins takes its first steps now, and neither later nor never."""
    return run.status == "active" and (run.due_at is None or run.due_at <= now)
