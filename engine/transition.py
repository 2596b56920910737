"""Transitions of runs whose contacts are locked: facts in, `decide`, everything out, in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dsl.plan import Plan, World
from dsl.scope import EventFact
from engine import facts as facts_of
from engine import faults, households
from engine.decide import decide, listen
from engine.decision import Decision, TrailLine
from engine.edits import take_over
from engine.effects import Taken, apply
from engine.facts import Asked
from engine.measures import UNDECIDED
from engine.plans import InForce, Plans
from engine.recording import row_of
from engine.run_rows import read_run
from engine.state import Facts, Run, Wake
from engine.typed import event_fact
from store import contacts, runs, transitions
from store.database import Connection, Row

AGAIN_AFTER = timedelta(minutes=15)
"""How long a run that could not be decided stays where it is; what was wrong may be put right meanwhile."""


async def transition(
    connection: Connection,
    plans: Plans,
    rows: Sequence[Row],
    people: dict[str, Row],
    now: datetime,
    *,
    held: bool = False,
) -> None:
    """Decide due runs and write all that follows.

    `people` are the locked rows of their contacts. Runs of one contact go one after the other, since each
    sees what the ones before it did; so do those of a household where policy has a limit for it. Who is
    behind a new version heeds it first. `held`: they stand still, and only what ends them is done.
    """
    if not rows:
        return
    in_force = await plans.in_force(connection)
    await households.lock(connection, in_force.world, people.values())
    waiting = await take_over(connection, plans, in_force, rows, now) if in_force.edits else list(rows)
    first = True
    while waiting:
        taken, waiting = _one_each(in_force.world, people, waiting)
        if not first:
            ids = [row["contact_id"] for row in taken]
            people |= {row["id"]: row for row in await contacts.read(connection, ids)}
        first = False
        await _turn(connection, plans, in_force, taken, people, now, held=held)


def _one_each(world: World, people: Mapping[str, Row], waiting: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The first of each person or household, and those that come after."""
    whose = [households.turn_of(world, people[row["contact_id"]]) for row in waiting]
    turn = dict(zip(reversed(whose), reversed(waiting), strict=True))
    if len(turn) == len(waiting):
        return list(turn.values()), []
    return list(turn.values()), [r for each, r in zip(whose, waiting, strict=True) if turn[each] is not r]


async def _turn(
    connection: Connection,
    plans: Plans,
    in_force: InForce,
    rows: Sequence[Row],
    people: dict[str, Row],
    now: datetime,
    *,
    held: bool,
) -> None:
    read = [(row, read_run(row)) for row in rows]
    versions = {(run.scenario, run.version) for _, run in read}
    by_version = {each: await plans.plan(*each, connection) for each in versions}
    wakes = await _wakes(connection, in_force, [run.id for _, run in read])
    asked = Asked(list(by_version.values()), [run for _, run in read])
    concerned = [people[run.contact_id] for _, run in read]
    facts = await facts_of.of_rows(connection, plans, in_force, concerned, now, asked)
    how = listen if held else decide
    taken = []
    for row, run in read:
        plan, wake = by_version[run.scenario, run.version], wakes.get(run.id, Wake())
        taken.append(decided(how, row["group_id"], run, plan, wake, facts[run.contact_id], now))
    if held:
        taken = [each for each in taken if each.decision.run.status == "ended"]
    # Before anything is written, which takes places among the events in its turn.
    standing = await transitions.standing(connection)
    rested_on = [row_of(each, facts[each.run.contact_id], standing, now, held=held) for each in taken]
    await apply(connection, plans, taken, people, now)
    await transitions.add(connection, rested_on)


def decided(
    how: Callable[[Plan, Run, Wake, Facts, datetime], Decision],
    group_id: int,
    run: Run,
    plan: Plan,
    wake: Wake,
    facts: Facts,
    now: datetime,
) -> Taken:
    """What `how` decides of a run; where it cannot, that it is tried again later."""
    try:
        return Taken(group_id, run, wake, how(plan, run, wake, facts, now))
    except Exception as error:  # noqa: BLE001 - one run that cannot be decided must not hold up the others
        UNDECIDED.inc()
        ids = {"run": run.id, "contact": run.contact_id, "step": run.position}
        kind = faults.tell("undecided run", error, **ids)
        later = now + AGAIN_AFTER
        text = f"could not be decided ({kind}); it is tried again at {later:%Y-%m-%d %H:%M} UTC"
        line = TrailLine(now, "error", run.position, text, {"error": kind})
        return Taken(group_id, run, wake, Decision(replace(run, due_at=later), trail=(line,)), failed=True)


async def _wakes(connection: Connection, in_force: InForce, run_ids: Sequence[int]) -> dict[int, Wake]:
    events: dict[int, list[EventFact]] = {}
    for row in await runs.wakes(connection, run_ids):
        events.setdefault(row["run_id"], []).append(event_fact(in_force.world.catalog, row))
    return {run_id: Wake(tuple(found)) for run_id, found in events.items()}
