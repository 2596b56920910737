"""A journey of one contact through the whole engine, against the same journey written by hand in Temporal.

Both keep many journeys under way, so that what limits them is seen. Two laps each, of the same length, the
bare ones around those of the engine: what else the machine does, and the tail of a lap, fall on both alike.
"""

import sys

from benchmarks.crowd import crowd
from benchmarks.lap import Lap, bare_journeys, single_journeys, timed
from benchmarks.result import Result
from benchmarks.stage import stage

AIM = 1.25
JOURNEYS = 200
WARM_UP = 18


async def measure(scale: float = 1.0) -> Result:
    """Journeys a second of hand-written workflows over those of the engine."""
    half, before = max(1, round(JOURNEYS * scale / 2)), max(2, round(WARM_UP * min(1.0, scale)))
    with stage() as parts:
        client = await parts.client()
        async with crowd(parts) as people:
            ids = await people.people(2 * half + before)
            with (
                parts.workers() as engine,
                parts.process("bare", [sys.executable, "-m", "benchmarks.bare"]) as hand,
            ):
                warm, first, second = ids[:before], ids[before : before + half], ids[before + half :]
                await single_journeys(people, client, warm)
                await bare_journeys(client, warm)
                bare = await timed(parts, [hand], half, lambda: bare_journeys(client, first))
                ours = await timed(parts, engine, half, lambda: single_journeys(people, client, first))
                ours += await timed(parts, engine, half, lambda: single_journeys(people, client, second))
                bare += await timed(parts, [hand], half, lambda: bare_journeys(client, second))
    return Result("single", bare.rate / ours.rate, AIM, _figures(bare, ours))


def _figures(bare: Lap, ours: Lap) -> dict[str, float | int | str]:
    return {
        "journeys_each": bare.journeys,
        "bare_per_second": bare.rate,
        "engine_per_second": ours.rate,
        "bare_server_ms": bare.each(bare.cpu.server),
        "engine_server_ms": ours.each(ours.cpu.server),
        "bare_worker_ms": bare.each(bare.cpu.worker),
        "engine_worker_ms": ours.each(ours.cpu.worker),
        "engine_database_ms": ours.each(ours.cpu.database),
        "server_cpu_ratio": _over(ours.each(ours.cpu.server), bare.each(bare.cpu.server)),
        "cpu_ratio": _over(ours.each(ours.cpu.total), bare.each(bare.cpu.server + bare.cpu.worker)),
    }


def _over(one: float, other: float) -> float:
    return one / other if other else 0.0
