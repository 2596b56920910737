"""Decisions a second of a simulation, with all that surrounds them, against those of production.

In the virtual world people subscribe and go all the way: events, entries, decisions, the gate and its second
look at the attempt, what is told of messages. In production they enter and are decided about once, five
hundred in a transaction, as fast as it goes. Beside it: how many days of how many people are lived through in
a second, on one core and on all.
"""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.crowd import Crowd, crowd
from benchmarks.lap import SCENARIO
from benchmarks.result import Result
from benchmarks.stage import stage
from dsl.compiler import compile_project
from dsl.scope import EventFact
from engine.advance import advance
from engine.entry import Candidate, enter
from engine.grouping import GROUP_SIZE
from engine.simulation import made_up
from engine.simulation.habits import makings
from engine.simulation.play import play
from engine.simulation.setting import Deed, Setting, Somebody
from engine.simulation.together import PART, Part, simulate
from engine.virtual import deeds
from engine.virtual.person import Person

AIM = 2.0
"""Without a database a decision costs less than half, or the virtual world does something twice."""

ROOT = Path(__file__).parents[1]
ROUNDS = 4
PEOPLE, DAYS = 4_000, 30
BEGINS = datetime(2027, 1, 31, 23, tzinfo=UTC)


async def measure(scale: float = 1.0) -> Result:
    """The decisions a second of the virtual world over those of production."""
    rounds, size = (ROUNDS, GROUP_SIZE) if scale >= 1 / ROUNDS else (1, 20)
    with stage(temporal=False) as parts:
        plan = compile_project(parts.project)
        async with crowd(parts) as people:
            # The first round warms caches and connections up and does not count.
            real = [await _in_production(people, size) for _ in range(rounds + 1)][1:]
        setting = Setting(plan.world, {SCENARIO: plan.scenarios[SCENARIO].plan}, BEGINS, 1, 1)
        virtual = [_in_the_virtual_world(setting, size) for _ in range(rounds + 1)][1:]
    production, simulated = size / min(real), max(virtual)
    figures: dict[str, float | int | str] = {
        "production_decisions_per_second": production,
        "simulated_decisions_per_second": simulated,
        **await _months(max(1, round(PEOPLE * scale))),
    }
    return Result("simulate", simulated / production, AIM, figures, at_least=True)


async def _in_production(people: Crowd, size: int) -> float:
    """Seconds in which so many people enter and are decided about."""
    ids, now = await people.people(size), datetime.now(UTC)
    event = EventFact(0, "contact.subscribed", now, {"list": "newsletter"})
    began = perf_counter()
    async with people.database.transaction() as connection:
        await enter(connection, people.plans, SCENARIO, [Candidate(id_, 0, event) for id_ in ids], now)
    groups = await _groups(people, ids)
    due = [await advance(people.database, people.plans, group, now) for group in groups]
    seconds = perf_counter() - began
    if sum(len(each.message_ids) for standing in due for each in standing.deliveries) != size:
        raise RuntimeError(f"{size} messages should be due")
    return seconds


async def _groups(people: Crowd, ids: list[str]) -> list[int]:
    """The groups in which people have begun."""
    statement = "select array_agg(distinct group_id) as found from runs where contact_id = any(%s)"
    found: list[int] = (await people.row(statement, ids))["found"]
    return found


def _in_the_virtual_world(setting: Setting, size: int) -> float:
    """Decisions a second."""
    at = BEGINS + timedelta(hours=12)
    people = [_subscriber(number, at) for number in range(size)]
    ends = replace(setting, reactions={})
    began = perf_counter()
    tally = play(ends, people)
    seconds = perf_counter() - began
    if tally.entered[SCENARIO] != size:
        raise RuntimeError(f"{size} people should have entered")
    return tally.decisions / seconds


def _subscriber(number: int, at: datetime) -> Somebody:
    given = {"email": f"b_{number:07}@example.com", "country": "FR", "locale": "fr", "first_name": "Ada"}
    person = Person(f"b_{number:07}", BEGINS - timedelta(days=1), given)
    deeds.agreed(person, "newsletter", "email", None)
    return Somebody(person, (Deed(at, "contact.subscribed", {"list": "newsletter", "source": "site"}),))


async def _months(people: int) -> dict[str, float | int | str]:
    """A month of the shipped scenarios for people who are made up."""
    project = compile_project(ROOT)
    plans = {name: each.plan for name, each in project.scenarios.items()}
    setting, of = Setting(project.world, plans, BEGINS, DAYS, 1), makings(project, {})

    async def parts(many: int) -> AsyncIterator[Part]:
        for first in range(1, many + 1, PART):
            numbers = range(first, min(first + PART, many + 1))
            yield Part(partial(made_up.people, of, numbers), len(numbers))

    cores = os.cpu_count() or 1
    one = await _timed(setting, parts(max(1, people // 4)), 1)
    every = await _timed(setting, parts(people), cores)
    return {
        "people": people,
        "days": DAYS,
        "cores": cores,
        "contact_days_one_core_per_second": max(1, people // 4) * DAYS / one,
        "contact_days_per_second": people * DAYS / every,
        "minutes_for_10000_people_at_this_rate": 10_000 * every / people / 60,
    }


async def _timed(setting: Setting, parts: AsyncIterator[Part], jobs: int) -> float:
    began = perf_counter()
    await simulate(setting, parts, jobs=jobs, beat=lambda _: None)
    return perf_counter() - began
