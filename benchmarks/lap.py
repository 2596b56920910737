"""Laps: so many journeys from their start to their end, timed, with the CPU that they cost."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from temporalio.client import Client

from benchmarks import bare
from benchmarks.bare import BareJourney, Person
from benchmarks.crowd import Crowd
from benchmarks.stage import Cpu, Stage
from commands.local.children import Child
from engine.grouping import SINGLE_BELOW

SCENARIO = "journey"
WAIT_SECONDS = 2.0
STARTS_AT_A_TIME = 32
LOOK_SECONDS = 0.25
"""Looking costs the servers something too: little enough beside a journey."""
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Lap:
    """Journeys that ended, the seconds from the first start to the last end, and CPU seconds."""

    journeys: int = 0
    seconds: float = 0.0
    cpu: Cpu = Cpu()

    def __add__(self, other: "Lap") -> "Lap":
        return Lap(self.journeys + other.journeys, self.seconds + other.seconds, self.cpu + other.cpu)

    @property
    def rate(self) -> float:
        """Journeys a second."""
        return self.journeys / self.seconds

    def each(self, cpu_seconds: float) -> float:
        """CPU milliseconds of a journey."""
        return 1000 * cpu_seconds / self.journeys


async def timed(
    stage: Stage, workers: Sequence[Child], journeys: int, work: Callable[[], Awaitable[None]]
) -> Lap:
    """Time `work`, which returns once the journeys are over."""
    before, began = stage.cpu(workers), perf_counter()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await work()
    return Lap(journeys, perf_counter() - began, stage.cpu(workers) - before)


async def bare_journeys(client: Client, ids: Sequence[str]) -> None:
    """Hand-written journeys, all started as fast as the server takes them, to their end."""
    gate = asyncio.Semaphore(STARTS_AT_A_TIME)
    before = await _ended(client, BareJourney.__name__)

    async def start(id_: str) -> None:
        async with gate:
            await client.start_workflow(
                BareJourney.run, Person(id_, WAIT_SECONDS), id=f"bare/{id_}", task_queue=bare.QUEUE
            )

    await asyncio.gather(*map(start, ids))
    await _until(client, BareJourney.__name__, before + len(ids))


async def single_journeys(crowd: Crowd, client: Client, ids: Sequence[str]) -> None:
    """Journeys of people who sign up one by one: in numbers too small for a group."""
    before = await _ended(client, SCENARIO)
    entered = await _entered(crowd)
    size = SINGLE_BELOW - 1
    for start in range(0, len(ids), size):
        few = ids[start : start + size]
        await crowd.subscribe(few)
        entered += len(few)
        while await _entered(crowd) < entered:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(LOOK_SECONDS / 10)
    await _until(client, SCENARIO, before + len(ids))


async def grouped_journeys(crowd: Crowd, ids: Sequence[str]) -> None:
    """Journeys of people who all sign up at once."""
    over = len(ids) + await _over(crowd)
    await crowd.subscribe(ids)
    while await _over(crowd) < over:  # noqa: ASYNC110 - the same
        await asyncio.sleep(LOOK_SECONDS / 10)


async def _over(crowd: Crowd) -> int:
    """How many people are in groups that are over: to look at each run of theirs would cost more."""
    number: int = (
        await crowd.row("select coalesce(sum(size), 0) as n from groups where ended_at is not null")
    )["n"]
    return number


async def _entered(crowd: Crowd) -> int:
    number: int = (await crowd.row("select count(*) as n from runs"))["n"]
    return number


async def _ended(client: Client, workflow: str) -> int:
    query = f"WorkflowType = '{workflow}' and ExecutionStatus = 'Completed'"
    return (await client.count_workflows(query)).count


async def _until(client: Client, workflow: str, number: int) -> None:
    while await _ended(client, workflow) < number:  # noqa: ASYNC110 - the same
        await asyncio.sleep(LOOK_SECONDS)
