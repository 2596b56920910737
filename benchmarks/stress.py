"""Limits under pressure: many workers, many scenarios, few people, and all the trouble that there is.

Worker processes are killed in the middle of a call, people object and agree again, scenarios are stopped,
paused and published anew, and the provider is slow, busy or silent. What came of it is counted apart.
The ratio is the number of faults, of any kind; the aim is none.
"""

import asyncio
import json
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from time import perf_counter

import click

from benchmarks.result import Result
from benchmarks.stage import KEY
from benchmarks.town import brand, worker
from benchmarks.town.clock import BEGINS, TownClock
from benchmarks.town.count import faults
from benchmarks.town.life import STEP, Life
from benchmarks.town.people import settle_in, townspeople
from benchmarks.town.provider import Record
from engine.plans import Plans
from engine.publish import publish
from store import events
from store.database import Database
from store.embedded import EmbeddedPostgres
from store.migrate import migrate

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([worker.__name__])

ATTEMPTS = 100_000
PEOPLE, WORKERS = 300, 6
SEED = 7
EVENTS_A_DAY = 10.0
BACKLOG = 150
"""Things left to do at which time goes on."""

PATIENCE_SECONDS = 1.5
"""After so long time goes on whatever is left: most of it is paused then."""

MONTHS = 24
ATTEMPTS_A_LIFE, GRACE_SECONDS = 400, 10.0
PATIENCE_AT_THE_END = 20.0
DAY = timedelta(days=1)
DRAIN, LAST_STEP = 12 * DAY, timedelta(hours=2)
UNDER_WAY = "select count(*) as n from runs where status = 'active'"

EXPECTED = frozenset({"message tried"})
"""What workers say aloud and is no fault: the provider is meant to be busy and silent."""

DETAIL = 2_000

PENDING = """
select (select count(*) from (select from runs where status = 'active' and due_at <= %(now)s limit 1000) r)
  + (select count(*) from (
      select from messages where state = 'reserved' and planned_at <= %(now)s limit 1000) m)
  + (select count(*) from (select from routing limit 1000) e) as n
"""


@dataclass(frozen=True)
class Town:
    """A town under way: where it is, who lives in it, how many worked for it."""

    folder: Path
    url: str
    database: Database
    clock: TownClock
    life: Life
    workers: list[BaseProcess]
    dice: Random

    async def until(self, attempts: int) -> None:
        """Live until so many messages were handed over."""
        killed = 0
        while self.life.attempts < attempts:
            await self._go_on()
            await self.life.step()
            if self.life.attempts - killed > ATTEMPTS_A_LIFE:
                self._kill_one()
                killed = self.life.attempts

    async def drain(self) -> None:
        """Nothing happens any more, and time passes until everything has ended."""
        until = self.clock.now() + DRAIN
        while self.clock.now() < until:
            await self.life.calm()
            await self._go_on(PATIENCE_AT_THE_END, backlog=0, step=LAST_STEP)
            if await self._count(UNDER_WAY) == 0:
                break
        # The last reports, and what nobody will ever tell of.
        self.clock.set(self.clock.now() + 2 * DAY)
        await asyncio.sleep(worker.TIDY_SECONDS * 3)
        await self.life.calm()
        await self._go_on(PATIENCE_AT_THE_END, backlog=0, step=LAST_STEP)

    async def _go_on(
        self, patience: float = PATIENCE_SECONDS, backlog: int = BACKLOG, step: timedelta = STEP
    ) -> None:
        """Let a few minutes pass, once most of the work of the present is done."""
        began = perf_counter()
        while perf_counter() - began < patience:
            if await self._count(PENDING, now=self.clock.now()) <= backlog:
                break
            await asyncio.sleep(0.01)
        self.clock.set(self.clock.now() + step)

    def _kill_one(self) -> None:
        """A worker dies in the middle of whatever it does, and another begins."""
        place = self.dice.randrange(len(self.workers))
        self.workers[place].kill()
        self.workers[place].join()
        self.life.done["workers killed"] += 1
        number = place + len(self.workers) * self.life.done["workers killed"]
        self.workers[place] = start_worker(self.folder, self.url, number, len(self.workers))

    async def _count(self, statement: str, **parameters: object) -> int:
        async with self.database.connection() as connection:
            row = await (await connection.execute(statement.encode(), parameters)).fetchone()
        assert row is not None
        return int(row["n"])


def start_worker(folder: Path, url: str, number: int, workers: int) -> BaseProcess:
    """A worker process of the town, forked from one that has imported everything."""
    process = PROCESSES.Process(target=worker.live, args=(folder, url, number, workers), daemon=True)
    process.start()
    return process


async def measure(scale: float = 1.0) -> Result:
    """Faults in a town of calendar days and in one of rolling days, half of the attempts each."""
    found, figures = Counter[str](), Counter[str]()
    for day in ("calendar", "rolling"):
        with tempfile.TemporaryDirectory(prefix="relance-stress-") as folder:
            broken, told = await _town(Path(folder), day, scale)
        found.update(broken)
        figures.update(told)
    seconds = figures.pop("seconds")
    rates = {"seconds": seconds, "attempts_per_second": figures["attempts"] / seconds}
    return Result("stress", float(found.total()), 0.0, {**figures, **rates, **found})


async def _town(folder: Path, day: brand.Day, scale: float) -> tuple[Counter[str], Counter[str]]:
    """Faults and figures of one town."""
    people = townspeople(max(24, int(PEOPLE * min(1.0, scale * 2))))
    number = max(2, int(WORKERS * min(1.0, scale * 10)))
    dice = Random(SEED)
    clock = TownClock(folder / worker.CLOCK)
    clock.set(BEGINS)
    brand.write(folder / "project", day)
    (folder / "logs").mkdir()
    began = perf_counter()
    async with AsyncExitStack() as stack:
        url = stack.enter_context(EmbeddedPostgres(folder / "postgres", durable=False))
        await migrate(url)
        database = await Database.open(url, size=12)
        stack.push_async_callback(database.close)
        await publish(database, folder / "project", author="town", now=BEGINS)
        async with database.transaction() as connection:
            await events.ensure_partitions(connection, BEGINS, MONTHS)
        plans = Plans(database, [KEY])
        await settle_in(database, plans, people, BEGINS - 30 * DAY)
        workers = stack.enter_context(_workers(folder, url, number))
        life = Life(database, plans, people, folder, clock, dice, day, EVENTS_A_DAY)
        town = Town(folder, url, database, clock, life, workers, dice)
        await town.until(int(ATTEMPTS * scale / 2))
        await town.drain()
        async with database.connection() as connection:
            broken = await faults(connection, people, Record(folder).fresh(), day, life.accepted)
            broken["deadlocks"] = await _deadlocks(database, folder)
    broken["what_workers_stumbled_over"] = sum(_stumbles(folder).values())
    figures = Counter(
        {
            "people": len(people),
            "scenarios": len(brand.SCENARIOS),
            "limits": len(brand.CAPS),
            "workers": number,
            "attempts": life.attempts,
            "events": life.accepted.total(),
            "days": (clock.now() - BEGINS).days,
            "seconds": round(perf_counter() - began),
        }
    )
    return broken, figures + life.done


@contextmanager
def _workers(folder: Path, url: str, number: int) -> Iterator[list[BaseProcess]]:
    with ExitStack() as stack:
        workers = [start_worker(folder, url, place, number) for place in range(number)]
        stack.callback(_end, workers)
        yield workers


def _end(workers: Sequence[BaseProcess]) -> None:
    for each in workers:
        each.terminate()
    for each in workers:
        each.join(GRACE_SECONDS)
        each.kill()
        each.join()


async def _deadlocks(database: Database, folder: Path) -> int:
    """As the server counts them, and as its log tells them."""
    async with database.connection() as connection:
        statement = b"select deadlocks as n from pg_stat_database where datname = current_database()"
        row = await (await connection.execute(statement)).fetchone()
    assert row is not None
    log = (folder / "postgres" / "postgres.log").read_text(errors="replace")
    # Who waited for whom, and the statements of both, are in the lines that follow.
    for told in log.split("deadlock detected")[1:]:
        click.echo(f"deadlock detected{told[:DETAIL]}", err=True)
    return max(int(row["n"]), log.count("deadlock detected"))


def _stumbles(folder: Path) -> Counter[str]:
    """What workers wrote to their logs as errors."""
    found = Counter[str]()
    for log in (folder / "logs").glob("*.log"):
        for line in log.read_text(errors="replace").splitlines():
            try:
                told = json.loads(line)
            except ValueError:
                told = {"event": line, "level": "error"}
            if told.get("level") not in ("info", "debug") and told["event"] not in EXPECTED:
                found[told["event"]] += 1
                click.echo(line, err=True)
    return found
