"""Delivery: messages that are due are attempted, handed to their provider, and what came of it is written.

The attempt is committed before the call and its outcome after it (see `attempts`). A few messages at a
time, so that a crash leaves few outcomes unknown; what was begun is finished even when the worker stops.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from channels.base import Channel
from channels.errors import Misconfigured, Refused, Retryable, UnknownOutcome
from engine import faults
from engine.attempts import Attempt, Begun, Outcome
from engine.clock import REAL_TIME, Clock
from engine.doors import Door
from engine.measures import MESSAGES, PROVIDER
from engine.pace import Pace
from engine.pauses import pause_channel
from engine.plans import Plans
from engine.ramps import Line, Ramps, TooEarly
from engine.rendering import Renderer
from engine.sending_together import Transactions
from engine.wire import DeliverReply, DeliverRequest
from store.database import Database

DEFAULT_PACE = 50.0
SHORT_WAIT = 1.0
"""Seconds that a message may wait for its turn where messages of other channels wait behind it."""

SIGN_OF_LIFE = 5.0
"""Seconds between signs of life while a provider takes its time."""

OUTCOMES = {Retryable: "again", Refused: "refused", UnknownOutcome: "unknown", Misconfigured: "held"}
"""What an error of a provider is called in the figures."""

log = structlog.get_logger()


class TryLater(Exception):
    """Some messages could not leave yet; `after` is the provider's own delay, where it gave one."""

    def __init__(self, message: str, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


@dataclass(frozen=True)
class Signals:
    """What a delivery is told and asks while it runs: business time, a sign of life, whether to stop.

    `tries` counts the deliveries of the same batch, this one included. `in_line`: it stands in the queue of
    its channel, where it may wait for its turn, and not in one that others share.
    """

    now: Callable[[], datetime]
    beat: Callable[[], None]
    stopping: Callable[[], bool]
    tries: int = 1
    in_line: bool = True


class Deliveries:
    """Delivers batches. `paces` are messages a second, by channel."""

    def __init__(
        self,
        database: Database,
        plans: Plans,
        renderer: Renderer,
        channels: Mapping[str, Channel],
        paces: Mapping[str, float],
        clock: Clock = REAL_TIME,
    ) -> None:
        self._database = database
        self._ramps = Ramps(database, clock)
        self._channels = channels
        self._doors = {name: Door(channel) for name, channel in channels.items()}
        self._paces = {name: Pace(paces.get(name, DEFAULT_PACE)) for name in channels}
        self._transactions = {
            name: Transactions(database, plans, renderer, pace.at_a_time)
            for name, pace in self._paces.items()
        }

    async def deliver(self, request: DeliverRequest, signals: Signals, scenario: str = "") -> DeliverReply:
        """Deliver a batch of a scenario. Raises TryLater when messages are left that can leave later."""
        reply, left = DeliverReply(), ""
        beat = _seldom(signals.beat)
        for ids in _parts(request.message_ids, self._paces[request.channel].at_a_time, signals.tries):
            _must_go_on(signals)
            work = self._deliver(request.channel, scenario, ids, signals)
            done, why = await self._finish(work, beat)
            reply, left = _plus(reply, done), left or why
        if left:
            raise TryLater(left)
        return reply

    async def _finish(
        self, work: Coroutine[Any, Any, tuple[DeliverReply, str]], beat: Callable[[], None]
    ) -> tuple[DeliverReply, str]:
        """Await work that is not to be left half done: a cancellation is passed on when it is over."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                beat()
                await asyncio.wait([task], timeout=SIGN_OF_LIFE)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise
        return task.result()

    async def _deliver(
        self, channel: str, scenario: str, ids: Sequence[int], signals: Signals
    ) -> tuple[DeliverReply, str]:
        """Attempt a few messages, send them side by side, write what came of each.

        Also says why some are left that must be tried again, '' where none is. Raises TryLater where the
        provider wants no more for now.
        """
        pace = self._paces[channel]
        if not signals.in_line and pace.ahead > SHORT_WAIT:
            raise TryLater("others of its channel leave before")
        lines = await self._ramped(channel, scenario, len(ids), signals.now())
        await pace.turns(len(ids))
        begun = await self._transactions[channel].begin(ids, lambda: _going_on(signals))
        spared = len(ids) - len(begun.attempts)
        pace.give_back(spared)
        for line in lines:
            line.give_back(spared)
        outcomes = await asyncio.gather(*(self._send(channel, each, signals.now) for each in begun.attempts))
        _tell(channel, scenario, begun, outcomes)
        await self._transactions[channel].settle(outcomes, signals.now())
        for each in outcomes:
            if isinstance(each.error, Misconfigured):
                await self._pause(channel, str(each.error), signals.now())
                break
        later = [each.error for each in outcomes if isinstance(each.error, Retryable)]
        if later:
            delays = [each.after_seconds for each in later if each.after_seconds is not None]
            raise TryLater(str(later[0]), timedelta(seconds=max(delays)) if delays else None)
        return _counted(begun, outcomes), _left(begun, outcomes)

    async def _ramped(self, channel: str, scenario: str, count: int, now: datetime) -> Sequence[Line]:
        """Return when a pause that ended lets so many messages leave. Raises TryLater."""
        try:
            return await self._ramps.turn(channel, scenario, count, self._paces[channel].per_second, now)
        except TooEarly as early:
            raise TryLater(str(early), timedelta(seconds=early.after_seconds)) from None

    async def _send(self, channel: str, attempt: Attempt, now: Callable[[], datetime]) -> Outcome:
        """Hand over one message; whatever is raised becomes an outcome.

        The last look at the clock, with a connection at hand: locks, other messages and a slow provider may
        have kept this one until its hours were over.
        """
        try:
            async with self._doors[channel].opened():
                if attempt.until and now() >= attempt.until:
                    raise _too_late(self._channels[channel].provider)  # noqa: TRY301 - an outcome as others
                with PROVIDER.labels(channel).time():
                    result = await self._channels[channel].send(attempt.message)
        except (Retryable, Refused, UnknownOutcome, Misconfigured) as error:
            return Outcome(attempt, error=error)
        except Exception as error:  # noqa: BLE001 - whatever it is becomes an outcome
            # The request may have left: nobody may say that it did not.
            kind = faults.tell("a channel broke", error, channel=channel, message=attempt.message_id)
            unknown = UnknownOutcome(kind, provider=self._channels[channel].provider)
            return Outcome(attempt, error=unknown)
        return Outcome(attempt, result=result)

    async def _pause(self, channel: str, why: str, now: datetime) -> None:
        async with self._database.transaction() as connection:
            if await pause_channel(connection, channel, why, now):
                log.error("channel paused", channel=channel, reason=why)


def _must_go_on(signals: Signals) -> None:
    """Raises TryLater where this worker stops: what it begins must be over before it ends."""
    if signals.stopping():
        raise TryLater("this worker stops; another goes on", timedelta(0))


def _going_on(signals: Signals) -> datetime:
    """Now, if this worker goes on. Raises TryLater."""
    _must_go_on(signals)
    return signals.now()


def _too_late(provider: str) -> Retryable:
    return Retryable("its time was over before it could leave", provider=provider)


def _seldom(beat: Callable[[], None]) -> Callable[[], None]:
    """A sign of life where the last one, or the beginning, is a while ago: each costs Temporal a write."""
    clock = asyncio.get_running_loop().time
    last = clock()

    def seldom() -> None:
        nonlocal last
        if clock() - last >= SIGN_OF_LIFE:
            last = clock()
            beat()

    return seldom


def _parts(ids: Sequence[int], size: int, tries: int) -> list[Sequence[int]]:
    """A few messages at a time. Each try begins with other ones.

    So a message that the provider cannot take holds up its neighbours for one try, and not all the others
    until it expires.
    """
    parts = [ids[start : start + size] for start in range(0, len(ids), size)]
    first = (tries - 1) % max(1, len(parts))
    return parts[first:] + parts[:first]


def _tell(channel: str, scenario: str, begun: Begun, outcomes: Sequence[Outcome]) -> None:
    """Say what came of messages: one by one in the log, by ids, and added up in the figures."""
    for each in outcomes:
        tell = log.debug if each.error is None else log.warning
        ids = {
            "message": each.attempt.message_id,
            "run": each.attempt.run_id,
            "contact": each.attempt.contact_id,
        }
        tell("message tried", channel=channel, outcome=_came(each), **ids)
    told = Counter(_came(each) for each in outcomes)
    told["not_allowed"] += begun.not_allowed
    for outcome, number in told.items():
        MESSAGES.labels(channel, scenario, outcome).inc(number)


def _came(outcome: Outcome) -> str:
    return next((told for kind, told in OUTCOMES.items() if isinstance(outcome.error, kind)), "sent")


def _left(begun: Begun, outcomes: Sequence[Outcome]) -> str:
    """Why some messages must be tried again although the provider goes on."""
    if begun.faults:
        return f"{len(begun.faults)} messages cannot be written: {begun.faults[0]}"
    if begun.under_way:
        return "no answer came yet; messages that must arrive are sent again"
    if any(isinstance(each.error, UnknownOutcome) and not each.attempt.once for each in outcomes):
        return "no answer came; messages that must arrive are sent again"
    return ""


def _counted(begun: Begun, outcomes: Sequence[Outcome]) -> DeliverReply:
    return DeliverReply(
        sent=sum(each.result is not None for each in outcomes),
        refused=sum(isinstance(each.error, Refused) for each in outcomes),
        unknown=sum(isinstance(each.error, UnknownOutcome) for each in outcomes),
        held=begun.held + sum(isinstance(each.error, Misconfigured) for each in outcomes),
        not_allowed=begun.not_allowed,
    )


def _plus(one: DeliverReply, other: DeliverReply) -> DeliverReply:
    return DeliverReply(
        one.sent + other.sent,
        one.refused + other.refused,
        one.unknown + other.unknown,
        one.not_allowed + other.not_allowed,
        one.held + other.held,
    )
