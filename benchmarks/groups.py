"""Contacts a second where entries come together, in groups of 500, against entries that come singly."""

from benchmarks.crowd import Crowd, crowd
from benchmarks.lap import Lap, grouped_journeys, single_journeys, timed
from benchmarks.result import Result
from benchmarks.stage import stage

AIM = 50.0
SINGLE = 80
TOGETHER = 2_500
WARM_UP = 18


async def measure(scale: float = 1.0) -> Result:
    """Contacts a second in groups over contacts a second alone, through the same engine."""
    half, together = max(1, round(SINGLE * scale / 2)), max(20, round(TOGETHER * scale))
    with stage() as parts:
        client = await parts.client()
        async with crowd(parts) as people:
            ids = await people.people(WARM_UP + 2 * half + together)
            warm, first, second = ids[:WARM_UP], ids[WARM_UP : WARM_UP + half], ids[WARM_UP + half :][:half]
            crowd_ids = ids[WARM_UP + 2 * half :]
            with parts.worker("benchmarks.engine_worker") as worker:
                await single_journeys(people, client, warm)
                one = await timed(parts, worker, half, lambda: single_journeys(people, client, first))
                many = await timed(parts, worker, together, lambda: grouped_journeys(people, crowd_ids))
                one += await timed(parts, worker, half, lambda: single_journeys(people, client, second))
            figures = _figures(one, many) | await _sizes(people, crowd_ids)
    return Result("groups", many.rate / one.rate, AIM, figures, at_least=True)


async def _sizes(people: Crowd, ids: list[str]) -> dict[str, float | int | str]:
    """Into how many groups a burst was put."""
    statement = "select count(distinct group_id) as n from runs where contact_id = any(%s)"
    groups = (await people.row(statement, ids))["n"]
    return {"groups": groups, "contacts_per_group": len(ids) / groups}


def _figures(one: Lap, many: Lap) -> dict[str, float | int | str]:
    return {
        "single_contacts_per_second": one.rate,
        "group_contacts_per_second": many.rate,
        "single_server_ms": one.each(one.cpu.server),
        "group_server_ms": many.each(many.cpu.server),
        "single_worker_ms": one.each(one.cpu.worker),
        "group_worker_ms": many.each(many.cpu.worker),
        "single_database_ms": one.each(one.cpu.database),
        "group_database_ms": many.each(many.cpu.database),
    }
