"""Contacts a second where entries come together, in groups of 500, against entries that come singly.

Two workers, one for each core of the machine that the aims were set for. Both kinds are warmed up: an engine
that runs for months has made journeys of each before.
"""

from temporalio.client import Client

from benchmarks.actions import actions_of
from benchmarks.crowd import Crowd, crowd
from benchmarks.lap import Lap, grouped_journeys, single_journeys, timed
from benchmarks.result import Figures, Result
from benchmarks.stage import stage

AIM = 50.0
WORKERS = 2
SINGLE = 80
TOGETHER = 10_000
WARM_UP = 18
WARM_UP_TOGETHER = 0.2
"""The part of the burst that goes before it, through both workers."""

SAMPLE = 20
"""Single journeys whose actions are counted."""


async def measure(scale: float = 1.0) -> Result:
    """Contacts a second in groups over contacts a second alone, through the same engine."""
    half, together = max(1, round(SINGLE * scale / 2)), max(20, round(TOGETHER * scale))
    before = max(20, round(together * WARM_UP_TOGETHER))
    singly = max(WORKERS, round(WARM_UP * min(1.0, scale)))
    with stage() as parts:
        client = await parts.client()
        async with crowd(parts) as people:
            ids = await people.people(singly + 2 * half + before + together)
            warm, first, second = ids[:singly], ids[singly : singly + half], ids[singly + half :][:half]
            warm_crowd, crowd_ids = ids[singly + 2 * half :][:before], ids[-together:]
            with parts.workers(WORKERS) as workers:
                await single_journeys(people, client, warm)
                one = await timed(parts, workers, half, lambda: single_journeys(people, client, first))
                await grouped_journeys(people, warm_crowd)
                many = await timed(parts, workers, together, lambda: grouped_journeys(people, crowd_ids))
                one += await timed(parts, workers, half, lambda: single_journeys(people, client, second))
            figures = _figures(one, many) | await _sizes(people, client, crowd_ids, [*first, *second])
    return Result("groups", many.rate / one.rate, AIM, figures, at_least=True)


async def _sizes(
    people: Crowd, client: Client, together: list[str], alone: list[str]
) -> dict[str, float | int | str]:
    """Into how many groups a burst was put, and what they cost Temporal in actions."""
    groups = await _workflows(people, together)
    singles = (await _workflows(people, alone))[:SAMPLE]
    return {
        "groups": len(groups),
        "contacts_per_group": len(together) / len(groups),
        "group_actions_per_contact": await actions_of(client, groups) / len(together),
        "single_actions_per_contact": await actions_of(client, singles) / len(singles),
    }


async def _workflows(people: Crowd, ids: list[str]) -> list[str]:
    statement = (
        "select array_agg(workflow_id) as found from groups"
        " where id in (select group_id from runs where contact_id = any(%s))"
    )
    found: list[str] = (await people.row(statement, ids))["found"]
    return found


def _figures(one: Lap, many: Lap) -> dict[str, float | int | str]:
    return {
        "single_contacts_per_second": one.rate,
        "group_contacts_per_second": many.rate,
        **_cpu("single", one),
        **_cpu("group", many),
    }


def _cpu(name: str, lap: Lap) -> Figures:
    """CPU milliseconds of a contact, by part and together."""
    return {
        f"{name}_server_ms": lap.each(lap.cpu.server),
        f"{name}_worker_ms": lap.each(lap.cpu.worker),
        f"{name}_database_ms": lap.each(lap.cpu.database),
        f"{name}_total_ms": lap.each(lap.cpu.total),
    }
