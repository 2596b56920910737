"""What a worker does beside its queues: route events, send pokes, keep schedules, settle what was left.

Every loop may run in any number of workers at once. A loop that fails says so and begins again, ever less
often while it goes on failing, so that a database or a Temporal server that is away loses nothing.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from temporalio.client import Client

from channels.base import Channel
from engine import attempts, schedules
from engine.calls import Calls
from engine.clock import Clock
from engine.edit_rounds import carry_on
from engine.groups import send_pokes
from engine.looks import Looks
from engine.measures import RESTARTS, ROUTED
from engine.plans import NothingPublished, Plans
from engine.privacy import forget_what_came
from engine.reaching import reach
from engine.rights.passing_on import PassingOn
from engine.rights.retention import nightly
from engine.router import route
from engine.segment_rounds import SegmentRounds
from engine.transition import AGAIN_AFTER
from engine.webhooks import Webhooks
from engine.zones import zones_of_base
from store import events, pokes, scenarios
from store.database import Connection, Database
from store.settings import write_setting
from store.turns import Urgency

IDLE_SECONDS = 1.0
"""How long a loop waits for a notification before it looks by itself."""

FEW, GATHER_SECONDS = 20, 0.03
"""A look that found less than this is followed by a rest: what comes one by one, quickly, is looked at
together, and what comes alone still at once."""

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
TIDY_SECONDS = 10.0
SEEN_SECONDS = 1.0
ZONES_SECONDS = 3600.0
PARTITIONS_SECONDS = 6 * 3600.0
OVERDUE_SECONDS = 60.0
"""Real time after which work that should have been done is poked again."""

UNDELIVERED_SECONDS = 600.0
"""The same for messages, and how often they are looked at: most of them wait for a provider that is away, and
their workflow knows."""

log = structlog.get_logger()


@dataclass
class Loops:
    """The loops of one worker process; `stop` ends them all."""

    database: Database
    plans: Plans
    client: Client
    clock: Clock
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    webhooks: Webhooks = field(default_factory=Webhooks)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    looked_at: float = -math.inf
    """When messages that should have left were last looked for, by the loop's clock."""

    async def run(self) -> None:
        """Run until `stop` is set."""
        async with asyncio.TaskGroup() as group:
            outboxes = (self._route, self._poke, self._call, self._reach, self._edit)
            own = (
                self._look_at_segments,
                self._keep_schedules,
                self._tidy,
                self._prepare,
                self._pass_on,
                self._let_go,
            )
            for loop in (*outboxes, *own):
                group.create_task(self._again_and_again(loop))
            if self.clock.speed != 1:
                group.create_task(self._again_and_again(self._remember_the_time))

    async def _again_and_again(self, loop: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE
        while not self.stop.is_set():
            began = asyncio.get_running_loop().time()
            try:
                await loop()
            except Exception as error:
                if asyncio.get_running_loop().time() - began > LONGEST_PAUSE:
                    pause = FIRST_PAUSE
                RESTARTS.labels(loop.__name__.strip("_")).inc()
                log.warning("a loop begins again", loop=loop.__name__.strip("_"), exc_info=error)
                await self._rest(pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    async def _rest(self, seconds: float) -> None:
        """Sleep, but not past `stop`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)

    async def _route(self) -> None:
        """Events to entries and wakes, as soon as they are committed."""
        async with self.database.listening("relance_routing") as listener:
            while not self.stop.is_set():
                try:
                    async with self.database.turns.taken(Urgency.NEWS):
                        # Asked when it is our turn: what was committed meanwhile is not of the future.
                        routed = await route(self.database, self.plans, self.clock.now())
                except NothingPublished:
                    routed = 0
                ROUTED.inc(routed)
                await self._next(listener, routed)

    async def _poke(self) -> None:
        """Groups to Temporal, as soon as they are committed."""
        looks = Looks(self.database, self.plans, self.clock)
        async with self.database.listening("relance_pokes") as listener:
            while not self.stop.is_set():
                await self._next(listener, await send_pokes(self.database, self.client, looks))

    async def _next(self, listener: Connection, done: int) -> None:
        """Return when there is more to do; where little was done, only once more of it may have come."""
        if not done:
            await _heard(listener)
        elif done < FEW:
            await self._rest(GATHER_SECONDS)

    async def _reach(self) -> None:
        """People whom events about objects reach, page by page."""
        async with self.database.listening("relance_reaches") as listener:
            while not self.stop.is_set():
                if not await reach(self.database, self.plans, self.clock.now()):
                    await _heard(listener)

    async def _edit(self) -> None:
        """New versions brought to people in flight, page by page."""
        async with self.database.listening("relance_edits") as listener:
            while not self.stop.is_set():
                if not await carry_on(self.database, self.plans, self.clock.now()):
                    await _heard(listener)

    async def _look_at_segments(self) -> None:
        """People whom time, or a publication, brought into a segment or out of it."""
        rounds = SegmentRounds(self.database, self.plans)
        while not self.stop.is_set():
            entered = await rounds.look(self.clock.now())
            if entered:
                log.info("segments looked at", entered=entered)
            await self._rest(IDLE_SECONDS)

    async def _call(self) -> None:
        """Requests to webhooks, as soon as they are committed."""
        calls = Calls(self.database, self.plans, self.clock, self.webhooks)
        try:
            async with self.database.listening("relance_requests") as listener:
                while not self.stop.is_set():
                    if not await calls.begin():
                        await _heard(listener)
        finally:
            await calls.finish()

    async def _keep_schedules(self) -> None:
        """Temporal's schedules as today's scenarios and zones ask for them."""
        kept, kept_at = 0, 0.0
        while not self.stop.is_set():
            async with self.database.connection() as connection:
                published = await scenarios.publication(connection)
            now = asyncio.get_running_loop().time()
            if published and (published != kept or now - kept_at > ZONES_SECONDS):
                await self._sync_schedules()
                kept, kept_at = published, now
            await self._rest(IDLE_SECONDS)

    async def _sync_schedules(self) -> None:
        in_force = await self.plans.in_force()
        zones = await zones_of_base(self.database, in_force.world)
        current = [plan for _, plan in in_force.current.values()]
        changed = await schedules.sync(self.client, schedules.wanted(current, zones, self.clock))
        if changed:
            log.info("schedules kept", changed=changed)

    async def _tidy(self) -> None:
        """Outcomes that never became known, and work that a lost workflow or poke left undone."""
        while not self.stop.is_set():
            with suppress(NothingPublished):
                now = self.clock.now()
                settled = await attempts.settle_unknown(self.database, self.plans, now)
                poked = await self._poke_what_lies(now)
                await forget_what_came(self.database, now)
                if settled or poked:
                    log.warning("left work taken up", unknown_outcomes=settled, groups_poked=poked)
            await self._rest(TIDY_SECONDS)

    async def _poke_what_lies(self, now: datetime) -> int:
        """Poke groups that should have been looked at long ago (how many), and route what was set aside."""
        overdue, undelivered = (
            timedelta(seconds=seconds * self.clock.speed)
            for seconds in (OVERDUE_SECONDS, UNDELIVERED_SECONDS)
        )
        look = asyncio.get_running_loop().time() - self.looked_at > UNDELIVERED_SECONDS
        async with self.database.transaction() as connection:
            await events.take_up(connection, now - AGAIN_AFTER)
            poked = await pokes.put_overdue(connection, now - overdue, now)
            if look:
                poked += await pokes.put_undelivered(connection, now - undelivered, now)
                self.looked_at = asyncio.get_running_loop().time()
        return poked

    async def _prepare(self) -> None:
        """The partitions of the months to come."""
        while not self.stop.is_set():
            async with self.database.transaction() as connection:
                await events.ensure_partitions(connection, self.clock.now())
            await self._rest(PARTITIONS_SECONDS)

    async def _pass_on(self) -> None:
        """Erasures to the providers that carried the messages."""
        passing = PassingOn(self.database, self.plans.addresses, tuple(self.channels.values()), self.clock)
        while not self.stop.is_set():
            if not (self.channels and await passing.next()):
                await self._rest(TIDY_SECONDS)

    async def _let_go(self) -> None:
        """Every night, what has been kept long enough."""
        while not self.stop.is_set():
            with suppress(NothingPublished):
                done = await nightly(self.database, self.plans, self.clock.now())
                if done:
                    log.info(
                        "let go of what was kept long enough", people=done.people, messages=done.messages
                    )
            await self._rest(TIDY_SECONDS)

    async def _remember_the_time(self) -> None:
        """Fast time goes on from here after a restart."""
        while not self.stop.is_set():
            async with self.database.transaction() as connection:
                await write_setting(connection, "clock_seen", self.clock.now().isoformat())
            await self._rest(SEEN_SECONDS)


async def _heard(listener: Connection) -> None:
    """Return when somebody committed something, or after a while."""
    async for _ in listener.notifies(timeout=IDLE_SECONDS, stop_after=1):
        pass
