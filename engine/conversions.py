"""Which entries reached the goal within its window, also those whose run was over before it came.

A run marks its goal while it is under way. A scenario of six days with a goal within fourteen is judged by
all fourteen, and so are those who were held out of it: both sides are counted in the same way.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from dsl.evaluate import holds
from dsl.plan import Goal, Plan
from dsl.values import Duration
from engine import facts as facts_of
from engine.facts import Asked
from engine.plans import Plans
from engine.run_rows import read_run
from engine.scopes import Known, scope_of
from engine.state import Facts, Run
from engine.typed import event_fact
from store import contacts, reports
from store.database import Connection, Row
from store.reports import GoalAsked

PAGE = 500

Outcome: TypeAlias = tuple[bool, bool]
"""Whether the run was held out, and whether its window is still open."""


@dataclass(frozen=True)
class Later:
    """Of one side of a version: runs that converted after their end, and entries that may convert yet."""

    converted: int = 0
    still_open: int = 0


async def later(
    connection: Connection, plans: Plans, plan: Plan, version: int, since: datetime | None, now: datetime
) -> Mapping[bool, Later]:
    """What runs of a version did not mark themselves, by whether they were held out."""
    goal = plan.goal
    if goal is None:
        return {False: Later(), True: Later()}
    zone = plan.zone or (await plans.world(connection)).policy.default_zone
    asked = GoalAsked(plan.scenario, version, goal.pattern.event, _span(goal.within), zone, since, now)
    if goal.pattern.where is None:
        converted: Mapping[Outcome, int] = await reports.converted_later(connection, asked)
    else:
        converted = await _asked_of_each(connection, plans, plan, goal, asked)
    unmarked = await reports.still_open(connection, asked)
    return {
        side: Later(
            converted.get((side, True), 0) + converted.get((side, False), 0),
            unmarked.get(side, 0) - converted.get((side, True), 0),
        )
        for side in (False, True)
    }


def _span(within: Duration | None) -> str | None:
    if within is None:
        return None
    return f"{within.months} months {within.days} days {within.seconds} seconds"


async def _asked_of_each(
    connection: Connection, plans: Plans, plan: Plan, goal: Goal, asked: GoalAsked
) -> Counter[Outcome]:
    """The same where the goal has a condition, which names the run: page by page."""
    found: Counter[Outcome] = Counter()
    after = 0
    while page := await reports.ended_without_goal(connection, asked, after, PAGE):
        after = page[-1]["id"]
        events = await reports.events_in_window(connection, asked, [row["id"] for row in page])
        concerned = {row["run_id"] for row in events}
        runs = [(read_run(row), row["window_open"]) for row in page if row["id"] in concerned]
        if runs:
            found += await _converted(connection, plans, plan, goal, runs, events, asked.now)
    return found


async def _converted(
    connection: Connection,
    plans: Plans,
    plan: Plan,
    goal: Goal,
    runs: Sequence[tuple[Run, bool]],
    events: Sequence[Row],
    now: datetime,
) -> Counter[Outcome]:
    ids = sorted({run.contact_id for run, _ in runs})
    rows = await contacts.read(connection, ids)
    in_force = await plans.in_force(connection)
    facts = await facts_of.of_rows(connection, plans, in_force, rows, now, Asked((plan,)))
    by_run: dict[int, list[Row]] = {}
    for row in events:
        by_run.setdefault(row["run_id"], []).append(row)
    return Counter(
        (run.holdout, window_open)
        for run, window_open in runs
        if run.contact_id in facts and _reaches(plan, goal, run, facts[run.contact_id], by_run[run.id], now)
    )


def _reaches(plan: Plan, goal: Goal, run: Run, facts: Facts, events: Sequence[Row], now: datetime) -> bool:
    known = Known(facts)
    seen = (event_fact(facts.world.catalog, row) for row in events)
    return any(
        goal.pattern.where is None
        or holds(goal.pattern.where, scope_of(plan, run, facts, known, now, looked_at=event.properties))
        for event in seen
    )
