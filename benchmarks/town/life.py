"""What happens in the town while workers work: events, replies, objections, pauses, publications, crashes."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from benchmarks.town import brand
from benchmarks.town.clock import TownClock
from benchmarks.town.people import CHANNELS, Townsman, agree
from benchmarks.town.provider import PROVIDER, TAKEN, Call, Record
from channels.events import DeliveryEvent, EventKind
from engine import deliveries, pauses, stopping, subscriptions
from engine.ingest import Incoming, ingest
from engine.plans import Plans
from engine.publish import publish
from store.database import Database
from store.operations import Choice

STEP = timedelta(minutes=30)
LATER = timedelta(hours=3)
"""How long an objection, a STOP or a pause lasts."""

MOST_UNDER_WAY = 8
CROWD = 40
ALONE = 0.2
"""The share of events that come one by one."""

UNREPORTED, BOUNCED = 0.06, 0.01
"""Shares of what was taken of which the provider never tells, and which comes back."""

_numbers = count(1)


@dataclass
class Life:
    """The town's day. `accepted` counts the events by list that the engine said it has."""

    database: Database
    plans: Plans
    people: Sequence[Townsman]
    folder: Path
    clock: TownClock
    dice: Random
    day: brand.Day
    events_a_day: float
    accepted: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    record: Record = field(init=False)
    _under_way: set[asyncio.Future[object]] = field(default_factory=set)
    _later: list[tuple[datetime, Callable[[], Awaitable[object]]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.record = Record(self.folder)

    async def step(self) -> None:
        """What happens in a few minutes, all of it at once, and beside what goes on from before."""
        now = self.clock.now()
        due = [deed for at, deed in self._later if at <= now]
        self._later = [(at, deed) for at, deed in self._later if at > now]
        for work in (self._events(now), self._reports(now), self._trouble(now), *(deed() for deed in due)):
            self._under_way.add(asyncio.ensure_future(work))
        while len(self._under_way) > MOST_UNDER_WAY:
            await self._some_end(asyncio.FIRST_COMPLETED)

    async def calm(self) -> None:
        """Everything that was to end ends now, and the provider tells what it has left to tell."""
        await self._some_end(asyncio.ALL_COMPLETED)
        due, self._later = self._later, []
        await asyncio.gather(*(deed() for _, deed in due))
        await self._reports(self.clock.now())

    async def _some_end(self, when: str) -> None:
        if self._under_way:
            ended, self._under_way = await asyncio.wait(self._under_way, return_when=when)
            for each in ended:
                each.result()

    # Events

    async def _events(self, now: datetime) -> None:
        """Some come one by one, the others to a crowd at once, which makes groups."""
        names = [each.name for each in brand.SCENARIOS]
        mean = self.events_a_day * len(self.people) * (STEP / timedelta(days=1))
        wanted = [
            (self.dice.choice(self.people), self.dice.choice(names)) for _ in range(self._about(mean * ALONE))
        ]
        size = min(CROWD, len(self.people))
        for _ in range(self._about(mean * (1 - ALONE) / size)):
            name = self.dice.choice(names)
            wanted += [(each, name) for each in self.dice.sample(self.people, size)]
        await self._ingest(wanted, now)
        await self._orders(now)

    def _about(self, mean: float) -> int:
        """A whole number that is `mean` on average."""
        return int(mean) + (self.dice.random() < mean % 1)

    async def _ingest(self, wanted: Sequence[tuple[Townsman, str]], now: datetime) -> None:
        incoming = [
            Incoming(f"e{next(_numbers)}", "contact.subscribed", each.id, now, {"list": name})
            for each, name in wanted
        ]
        result = await ingest(self.database, self.plans, incoming, source="town", now=now)
        if result.accepted != len(incoming):
            raise RuntimeError(f"{len(incoming)} events were sent, {result.accepted} were taken")
        self.accepted.update(name for _, name in wanted)

    async def _orders(self, now: datetime) -> None:
        who = self.dice.choice(self.people)
        order = Incoming(f"o{next(_numbers)}", "order.placed", who.id, now, {"order_id": "o"})
        await ingest(self.database, self.plans, [order], source="town", now=now)
        self.done["orders"] += 1

    # What the provider tells

    async def _reports(self, now: datetime) -> None:
        fresh = self.record.fresh()
        self.attempts += len(fresh)
        told = [self._report(call) for call in fresh if call.answer in TAKEN]
        reports = [each for each in told if each]
        for start in range(0, len(reports), 50):
            await deliveries.record(self.database, self.plans, reports[start : start + 50], now)

    def _report(self, call: Call) -> DeliveryEvent | None:
        chance = self.dice.random()
        if chance < UNREPORTED:
            return None
        kind: EventKind = "blocked" if chance < UNREPORTED + BOUNCED else "delivered"
        return DeliveryEvent(
            kind, PROVIDER, call.channel, f"r{next(_numbers)}", call.at, message_id=call.message
        )

    # Trouble

    async def _trouble(self, now: datetime) -> None:
        who = self.dice.choice(self.people)
        kinds = (self._object, self._stop_word, self._stop_runs, self._pause, self._publish)
        shares = (200, 200, 100, 20, 5, 475)
        chosen = self.dice.choices((*kinds, None), shares)[0]
        if chosen:
            await chosen(who, now)
            self.done[chosen.__name__.strip("_").replace("_", " ")] += 1

    async def _object(self, who: Townsman, now: datetime) -> None:
        await subscriptions.withdraw(self.database, self.plans, who.id, None, None, source="town", now=now)
        self._after(now, lambda: agree(self.database, self.plans, who.id, self.clock.now()))

    async def _stop_word(self, who: Townsman, now: datetime) -> None:
        await self._reply(who, "STOP", now)

        async def start() -> None:
            await self._reply(who, "START", self.clock.now())
            await agree(self.database, self.plans, who.id, self.clock.now())

        self._after(now, start)

    async def _reply(self, who: Townsman, text: str, now: datetime) -> None:
        report = DeliveryEvent(
            "replied", PROVIDER, "sms", f"r{next(_numbers)}", now, address=who.phone, text=text
        )
        await deliveries.record(self.database, self.plans, [report], now)

    async def _stop_runs(self, who: Townsman, now: datetime) -> None:
        chosen = await stopping.preview(self.database, Choice(contact=who.id))
        await stopping.stop(self.database, Choice(contact=who.id), chosen.newest, actor="town", now=now)

    async def _pause(self, _: Townsman, now: datetime) -> None:
        names = [each.name for each in brand.SCENARIOS]
        subject = self.dice.choice([*CHANNELS, *names, pauses.EVERYTHING])
        await pauses.pause(self.database, subject, CHANNELS, actor="town", reason="trouble", now=now)

        async def go_on() -> None:
            await pauses.resume(self.database, subject, CHANNELS, actor="town", now=self.clock.now())

        self._after(now, go_on)

    async def _publish(self, _: Townsman, now: datetime) -> None:
        project = self.folder / "project"
        await asyncio.to_thread(brand.write, project, self.day, edition=self.done["publish"])
        await publish(self.database, project, author="town", now=now)

    def _after(self, now: datetime, deed: Callable[[], Awaitable[object]]) -> None:
        self._later.append((now + LATER * self.dice.uniform(0.3, 2), deed))
