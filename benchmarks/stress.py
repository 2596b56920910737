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
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Self

import click

from benchmarks.result import Result
from benchmarks.stage import KEY
from benchmarks.town import brand, worker
from benchmarks.town.clock import SEASONS, TownClock
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
PEOPLE, WORKERS = 800, 6
EVENTS_A_DAY = 10.0
BACKLOG = 150
"""Things left to do at which time goes on."""

PATIENCE_SECONDS = 15.0
"""After so long time goes on whatever is left: most of it is paused then."""

LOOK_SECONDS = 0.05
"""How often is asked what is left: asking takes the database from those who work."""

MONTHS = 4
ATTEMPTS_A_LIFE, GRACE_SECONDS = 1_000, 10.0
PATIENCE_AT_THE_END = 60.0
"""Longer than workers need on a machine that does much else: what is left then is a fault."""

DAY = timedelta(days=1)
DRAIN, LAST_STEP = 12 * DAY, timedelta(hours=4)
UNDER_WAY = "select count(*) as n from runs where status = 'active'"
UNSETTLED = "select count(*) as n from messages where state = 'attempted'"

EXPECTED = frozenset({"message tried"})
"""What workers say aloud and is no fault: the provider is meant to be busy and silent."""

DETAIL = 2_000

REACHED_BY_THE_INSTANT = "create index on messages (planned_at) where state = 'reserved'"
"""For the questions of the town itself: what is due anywhere, which nobody asks in production."""

PENDING = """
select (select count(*) from (select from runs where status = 'active' and due_at <= %(now)s limit 1000) r)
  + (select count(*) from (
      select from messages where state = 'reserved' and planned_at <= %(now)s limit 1000) m)
  + (select count(*) from (select from routing limit 1000) e) as n
"""


@dataclass(frozen=True)
class Town:
    """A town under way: what happens in it, and who works for it."""

    database: Database
    clock: TownClock
    life: Life
    workers: "Workers"

    async def until(self, attempts: int) -> None:
        """Live until so many messages were handed over."""
        killed = 0
        while self.life.attempts < attempts:
            await self._go_on()
            await self.life.step()
            if self.life.attempts - killed > ATTEMPTS_A_LIFE:
                self.workers.kill_one()
                self.life.done["workers killed"] += 1
                killed = self.life.attempts

    async def drain(self) -> None:
        """Nothing happens any more, and time passes until everything has ended."""
        until = self.clock.now() + DRAIN
        while self.clock.now() < until:
            await self.life.calm()
            await self._go_on(PATIENCE_AT_THE_END, backlog=0, step=LAST_STEP)
            if await self._count(UNDER_WAY) == 0:
                break
        # The last reports, and what nobody will ever tell of, which workers settle when they come to it.
        self.clock.set(self.clock.now() + 2 * DAY)
        await self._until_there_is_none(UNSETTLED)
        await self.life.calm()
        await self._go_on(PATIENCE_AT_THE_END, backlog=0, step=LAST_STEP)

    async def _until_there_is_none(self, statement: str) -> None:
        began = perf_counter()
        while await self._count(statement) > 0:
            if perf_counter() - began > PATIENCE_AT_THE_END:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _go_on(
        self, patience: float = PATIENCE_SECONDS, backlog: int = BACKLOG, step: timedelta = STEP
    ) -> None:
        """Let a few minutes pass, once most of the work of the present is done."""
        began = perf_counter()
        while perf_counter() - began < patience:
            if await self._count(PENDING, now=self.clock.now()) <= backlog:
                break
            await asyncio.sleep(LOOK_SECONDS)
        self.clock.set(self.clock.now() + step)

    async def _count(self, statement: str, **parameters: object) -> int:
        async with self.database.connection() as connection:
            row = await (await connection.execute(statement.encode(), parameters)).fetchone()
        assert row is not None
        return int(row["n"])


@dataclass
class Workers:
    """The worker processes of a town, forked from one that has imported everything."""

    folder: Path
    url: str
    number: int
    seed: int
    alive: list[BaseProcess] = field(default_factory=list)
    born: int = 0

    def __enter__(self) -> Self:
        self.alive += [self._start() for _ in range(self.number)]
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.alive:
            each.terminate()
        for each in self.alive:
            each.join(GRACE_SECONDS)
            each.kill()
            each.join()

    def kill_one(self) -> None:
        """The oldest dies in the middle of whatever it does, and another begins in its place."""
        oldest = self.alive.pop(0)
        oldest.kill()
        oldest.join()
        self.alive.append(self._start())

    def _start(self) -> BaseProcess:
        place = worker.Place(self.folder, self.url, self.born, self.number, self.seed)
        self.born += 1
        process = PROCESSES.Process(target=worker.live, args=(place,), daemon=True)
        process.start()
        return process


async def measure(scale: float = 1.0, seed: int = 1) -> Result:
    """Faults in a town of calendar days and in one of rolling days, half of the attempts each.

    `seed`: what happens to whom, and in which season.
    """
    found, figures = Counter[str](), Counter[str]()
    for day in ("calendar", "rolling"):
        with tempfile.TemporaryDirectory(prefix="relance-stress-") as folder:
            broken, told = await _town(Path(folder), day, scale, seed)
        found.update(broken)
        figures.update(told)
    seconds = figures.pop("seconds")
    rates = {"seconds": seconds, "attempts_per_second": figures["attempts"] / seconds}
    return Result("stress", float(found.total()), 0.0, {**figures, **rates, **found})


async def _prepared(stack: AsyncExitStack, url: str, project: Path, begins: datetime) -> Database:
    """The tables, with the scenarios of the town in force."""
    await migrate(url)
    database = await Database.open(url, size=12)
    stack.push_async_callback(database.close)
    await publish(database, project, author="town", now=begins)
    async with database.transaction() as connection:
        await connection.execute(REACHED_BY_THE_INSTANT)
        await events.ensure_partitions(connection, begins, MONTHS)
    return database


async def _town(folder: Path, day: brand.Day, scale: float, seed: int) -> tuple[Counter[str], Counter[str]]:
    """Faults and figures of one town."""
    people = townspeople(max(12, int(PEOPLE * min(1.0, scale * 4))))
    number = max(2, int(WORKERS * min(1.0, scale * 10)))
    begins = SEASONS[seed % len(SEASONS)]
    clock = TownClock(folder / worker.CLOCK)
    clock.set(begins)
    brand.write(folder / "project", day)
    (folder / "logs").mkdir()
    began = perf_counter()
    async with AsyncExitStack() as stack:
        url = stack.enter_context(EmbeddedPostgres(folder / "postgres", durable=False))
        database = await _prepared(stack, url, folder / "project", begins)
        plans = Plans(database, [KEY])
        await settle_in(database, plans, people, begins - 30 * DAY)
        workers = stack.enter_context(Workers(folder, url, number, seed))
        life = Life(database, plans, people, folder, clock, Random(seed), day, EVENTS_A_DAY)
        town = Town(database, clock, life, workers)
        await town.until(int(ATTEMPTS * scale / 2))
        await town.drain()
        async with database.connection() as connection:
            broken = await faults(connection, people, Record(folder).fresh(), day, life.accepted)
            broken["deadlocks"] = await _deadlocks(database, folder)
    broken["what_workers_stumbled_over"] = sum(_stumbles(folder).values())
    size = {"people": len(people), "scenarios": len(brand.SCENARIOS), "limits": len(brand.CAPS)}
    done = {"attempts": life.attempts, "events": life.accepted.total(), "days": (clock.now() - begins).days}
    spent = {"workers": number, "seconds": round(perf_counter() - began)}
    return broken, Counter(size | done | spent) + life.done


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
