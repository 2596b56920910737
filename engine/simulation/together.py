"""A whole base lived through, part by part, on every core that there is."""

import asyncio
import signal
from asyncio import FIRST_COMPLETED, Future
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeAlias, TypeVar

from engine.simulation.play import play
from engine.simulation.setting import Setting, Somebody
from engine.simulation.tally import Tally

PART = 500
"""How many people live in one world: enough to share its agenda, few enough for the memory."""

T = TypeVar("T")

People: TypeAlias = Callable[[Setting], Sequence[Somebody]]
"""Makes the people of a part, in the process in which they live; it is sent there as it is."""


@dataclass(frozen=True)
class Part:
    """Some of the base. `many`: how many people that are, for who watches."""

    people: People
    many: int


def keeping_together(people: Sequence[T], home: Callable[[T], str | None]) -> Iterator[list[T]]:
    """Parts of people in which those of a household stand together; the others as they come."""
    homes: dict[object, list[T]] = {}
    for number, each in enumerate(people):
        homes.setdefault(home(each) or number, []).append(each)
    part: list[T] = []
    for household in homes.values():
        part += household
        if len(part) >= PART:
            yield part
            part = []
    if part:
        yield part


async def simulate(
    setting: Setting, parts: AsyncIterator[Part], *, jobs: int, beat: Callable[[int], None]
) -> Tally:
    """What comes of everybody. `jobs` processes share the work; `beat` is told how many people are done.

    The result does not depend on `jobs`, nor on the order in which parts are done. Raises Endless.
    """
    total, waiting = Tally(), dict[Future[Tally], int]()
    with _processes(setting, jobs) as pool:
        async for part in parts:
            if len(waiting) > jobs:
                _collect(await _some(waiting), waiting, total, beat)
            waiting[_begun(pool, setting, part)] = part.many
        while waiting:
            _collect(await _some(waiting), waiting, total, beat)
    return total


@contextmanager
def _processes(setting: Setting, jobs: int) -> Iterator[Executor | None]:
    if jobs == 1:
        yield None
        return
    # Started anew and not forked: a copy of a process with threads and connections may wait for itself.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _remember, (setting,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begun(pool: Executor | None, setting: Setting, part: Part) -> "Future[Tally]":
    loop = asyncio.get_running_loop()
    if pool is not None:
        return loop.run_in_executor(pool, _play, part.people)
    done = loop.create_future()
    done.set_result(play(setting, part.people(setting)))
    return done


async def _some(waiting: "Iterable[Future[Tally]]") -> "set[Future[Tally]]":
    done, _ = await asyncio.wait(list(waiting), return_when=FIRST_COMPLETED)
    return done


def _collect(
    done: "Iterable[Future[Tally]]",
    waiting: "dict[Future[Tally], int]",
    total: Tally,
    beat: Callable[[int], None],
) -> None:
    for each in done:
        total.add(each.result())
        beat(waiting.pop(each))


# In the processes

_setting: list[Setting] = []
"""The setting of this process, sent once and not with each part."""


def _remember(setting: Setting) -> None:
    # Who interrupts means the process that started this one, which ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _setting.append(setting)


def _play(people: People) -> Tally:
    return play(_setting[0], people(_setting[0]))
