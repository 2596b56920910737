"""A worker of the town: the engine's own parts, driven harder than Temporal would.

Any worker takes any group that has something to do, at any moment, also one that another is looking at. What
Temporal promises (one workflow a group, retries, timers) is not relied on: only the database is asked.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

import structlog

from benchmarks.stage import KEY
from benchmarks.town.clock import TownClock
from benchmarks.town.provider import TownProvider
from engine import attempts, wire
from engine.activities import Activities
from engine.clock import REAL_TIME
from engine.deliver import Deliveries, Signals, TryLater
from engine.links import Links
from engine.plans import NothingPublished, Plans
from engine.rendering import Renderer
from engine.router import route
from engine.scans import Scans
from engine.territory import read_calendars
from engine.transition import AGAIN_AFTER
from store import events
from store.database import Database
from store.turns import Urgency
from worker import with_signals

CLOCK = "clock"
MOVERS, ROUTERS = 3, 1
GROUPS_AT_A_TIME = 4
ASTRAY = 0.2
"""How often a worker takes groups that somebody looks at already, perhaps, and not its own share of them."""

TRIES = 4
IDLE_SECONDS, TIDY_SECONDS = 0.15, 1.0
PACE = 1e6

read_calendars()  # what they are forked from has them

DUE = """
select distinct group_id as id from (
  (select group_id from runs where status = 'active' and due_at <= %(now)s limit 300)
  union all
  (select group_id from messages where state = 'reserved' and planned_at <= %(now)s limit 300)) d
"""

log = structlog.get_logger()


@dataclass(frozen=True)
class TownWorker:
    """The loops of one process."""

    database: Database
    plans: Plans
    activities: Activities
    clock: TownClock
    dice: Random
    stop: asyncio.Event
    number: int
    workers: int
    parent: int = field(default_factory=os.getppid)
    under_way: set[int] = field(default_factory=set)
    """Groups that a mover of this process looks at."""

    async def run(self) -> None:
        """Work until told to stop."""
        async with asyncio.TaskGroup() as group:
            for work in (*[self.move] * MOVERS, *[self.route] * ROUTERS, self.tidy):
                group.create_task(self._again_and_again(work))

    async def _again_and_again(self, work: Callable[[], Awaitable[bool]]) -> None:
        while not self.stop.is_set():
            try:
                if not await work():
                    await asyncio.sleep(self.dice.uniform(0, 2 * IDLE_SECONDS))
            except NothingPublished:
                await asyncio.sleep(IDLE_SECONDS)
            except Exception:
                log.exception("a worker stumbled", work=work.__name__)
                await asyncio.sleep(IDLE_SECONDS)

    async def route(self) -> bool:
        """Route what was committed."""
        async with self.database.turns.taken(Urgency.NEWS):
            return await route(self.database, self.plans, self.clock.now()) > 0

    async def move(self) -> bool:
        """Some of the groups that have something to do, and the same ones as others perhaps."""
        async with self.database.connection() as connection:
            rows = await (await connection.execute(DUE.encode(), {"now": self.clock.now()})).fetchall()
        due = [row["id"] for row in rows]
        if self.dice.random() > ASTRAY:
            own = (each for each in due if each % self.workers == self.number % self.workers)
            due = [each for each in own if each not in self.under_way]
        ids = self.dice.sample(due, min(len(due), GROUPS_AT_A_TIME))
        await asyncio.gather(*map(self._look, ids))
        return bool(ids)

    async def _look(self, group: int) -> None:
        self.under_way.add(group)
        try:
            reply = await self.activities.looks.at_group(group, self.clock.now())
            if reply is None:
                raise LookupError(f"there is no group {group}")
            await asyncio.gather(*(self._deliver(batch) for batch in reply.deliveries))
        finally:
            self.under_way.discard(group)

    async def _deliver(self, batch: wire.Batch) -> None:
        """Deliver, again after a while as Temporal would, and not for ever: another finds what is left."""
        for attempt in range(TRIES):
            signals = Signals(self._now, lambda: None, self.stop.is_set, attempt + 1)
            try:
                await self.activities.deliveries.deliver(
                    wire.DeliverRequest(batch.channel, batch.message_ids), signals
                )
            except TryLater as later:
                await asyncio.sleep(later.after.total_seconds() if later.after else IDLE_SECONDS)
            else:
                return

    async def tidy(self) -> bool:
        """Settle what never became known, and take up what was set aside; end where the town has gone."""
        if os.getppid() != self.parent:
            self.stop.set()
        now = self._now()
        await attempts.settle_unknown(self.database, self.plans, now)
        async with self.database.transaction() as connection:
            await events.take_up(connection, now - AGAIN_AFTER)
        await asyncio.sleep(TIDY_SECONDS)
        return True

    def _now(self) -> datetime:
        return self.clock.now()


@dataclass(frozen=True)
class Place:
    """Which worker of how many a process is, in which town."""

    folder: Path
    url: str
    number: int
    workers: int
    seed: int


def live(place: Place) -> None:
    """The whole life of a worker process, until a polite kill."""
    path = place.folder / "logs" / f"worker-{place.number:04}.log"
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(path.open("w", buffering=1, encoding="utf-8")),
    )
    asyncio.run(_live(place))


async def _live(place: Place) -> None:
    stop, clock = asyncio.Event(), TownClock(place.folder / CLOCK)
    dice = Random(f"{place.seed} {place.number}")
    with_signals(stop)
    async with AsyncExitStack() as stack:
        database = await Database.open(place.url, size=MOVERS + ROUTERS + 6)
        stack.push_async_callback(database.close)
        plans = Plans(database, [KEY])
        channels = {name: TownProvider(name, place.folder, clock, dice) for name in ("email", "sms")}
        renderer = Renderer(place.folder / "project" / "templates", Links("https://town.example", [KEY]))
        deliveries = Deliveries(database, plans, renderer, channels, dict.fromkeys(channels, PACE))
        scans = Scans(database, plans, REAL_TIME)
        activities = Activities(database, plans, REAL_TIME, deliveries, scans)
        await TownWorker(database, plans, activities, clock, dice, stop, place.number, place.workers).run()
