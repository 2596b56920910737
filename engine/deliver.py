"""Delivery: messages that are due are attempted, handed to their provider, and what came of it is written.

The attempt is committed before the call and its outcome after it (see `attempts`). A few messages at a
time, so that a crash leaves few outcomes unknown; what was begun is finished even when the worker stops.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from channels.base import Channel
from channels.errors import Misconfigured, Refused, Retryable, UnknownOutcome
from engine import attempts
from engine.attempts import Attempt, Outcome
from engine.pauses import pause_channel
from engine.plans import Plans
from engine.rendering import Renderer
from engine.wire import DeliverReply, DeliverRequest
from store import pauses
from store.database import Database

AT_A_TIME = 16
DEFAULT_PACE = 50.0

log = structlog.get_logger()


class TryLater(Exception):
    """Some messages could not leave yet; `after` is the provider's own delay, where it gave one."""

    def __init__(self, message: str, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class Pace:
    """At most so many calls a second, evenly, over everything in this process that shares it."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        """Return when it is the caller's turn."""
        now = asyncio.get_running_loop().time()
        self._next = max(now, self._next + self._interval)
        if self._next > now:
            await asyncio.sleep(self._next - now)


@dataclass(frozen=True)
class Signals:
    """What a delivery is told and asks while it runs: business time, a sign of life, whether to stop."""

    now: Callable[[], datetime]
    beat: Callable[[], None]
    stopping: Callable[[], bool]


class Deliveries:
    """Delivers batches. `paces` are messages a second, by channel."""

    def __init__(
        self,
        database: Database,
        plans: Plans,
        renderer: Renderer,
        channels: Mapping[str, Channel],
        paces: Mapping[str, float],
    ) -> None:
        self._database = database
        self._plans = plans
        self._renderer = renderer
        self._channels = channels
        self._paces = {name: Pace(paces.get(name, DEFAULT_PACE)) for name in channels}

    async def deliver(self, request: DeliverRequest, signals: Signals) -> DeliverReply:
        """Deliver a batch. Raises TryLater when messages are left that can leave later."""
        reply, left = DeliverReply(), ""
        for start in range(0, len(request.message_ids), AT_A_TIME):
            signals.beat()
            if signals.stopping():
                raise TryLater("this worker stops; another goes on", timedelta(0))
            if await self._is_paused(request.channel):
                return _plus(reply, DeliverReply(held=len(request.message_ids) - start))
            ids = request.message_ids[start : start + AT_A_TIME]
            done, why = await self._finish(self._deliver(request.channel, ids, signals))
            reply, left = _plus(reply, done), left or why
        if left:
            raise TryLater(left)
        return reply

    async def _finish(self, work: Coroutine[Any, Any, tuple[DeliverReply, str]]) -> tuple[DeliverReply, str]:
        """Await work that is not to be left half done: a cancellation is passed on when it is over."""
        task = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise

    async def _deliver(self, channel: str, ids: Sequence[int], signals: Signals) -> tuple[DeliverReply, str]:
        """Attempt a few messages, send them side by side, write what came of each.

        Also says why some are left that must be tried again, '' where none is. Raises TryLater where the
        provider wants no more for now.
        """
        begun = await attempts.begin(self._database, self._plans, self._renderer, ids, signals.now())
        outcomes = await asyncio.gather(*(self._send(channel, each) for each in begun.attempts))
        await attempts.settle(self._database, self._plans, outcomes, signals.now())
        for each in outcomes:
            if isinstance(each.error, Misconfigured):
                await self._pause(channel, str(each.error), signals.now())
                break
        later = [each.error for each in outcomes if isinstance(each.error, Retryable)]
        if later:
            delays = [each.after_seconds for each in later if each.after_seconds is not None]
            raise TryLater(str(later[0]), timedelta(seconds=max(delays)) if delays else None)
        return _counted(begun.not_allowed, outcomes), _left(begun.unrenderable, outcomes)

    async def _send(self, channel: str, attempt: Attempt) -> Outcome:
        """Hand over one message; whatever is raised becomes an outcome."""
        await self._paces[channel].turn()
        try:
            result = await self._channels[channel].send(attempt.message)
        except (Retryable, Refused, UnknownOutcome, Misconfigured) as error:
            return Outcome(attempt, error=error)
        except Exception as error:
            # The request may have left: nobody may say that it did not.
            log.exception("a channel broke", channel=channel, message=attempt.message_id)
            unknown = UnknownOutcome(type(error).__name__, provider=self._channels[channel].provider)
            return Outcome(attempt, error=unknown)
        return Outcome(attempt, result=result)

    async def _is_paused(self, channel: str) -> bool:
        async with self._database.connection() as connection:
            paused = await pauses.in_force(connection)
        return any(each.kind == "all" or (each.kind, each.name) == ("channel", channel) for each in paused)

    async def _pause(self, channel: str, why: str, now: datetime) -> None:
        async with self._database.transaction() as connection:
            if await pause_channel(connection, channel, why, now):
                log.error("channel paused", channel=channel, reason=why)


def _left(unrenderable: Sequence[str], outcomes: Sequence[Outcome]) -> str:
    """Why some messages must be tried again although the provider goes on."""
    if unrenderable:
        return f"{len(unrenderable)} messages cannot be written: {unrenderable[0]}"
    if any(isinstance(each.error, UnknownOutcome) and not each.attempt.once for each in outcomes):
        return "no answer came; messages that must arrive are sent again"
    return ""


def _counted(not_allowed: int, outcomes: Sequence[Outcome]) -> DeliverReply:
    return DeliverReply(
        sent=sum(each.result is not None for each in outcomes),
        refused=sum(isinstance(each.error, Refused) for each in outcomes),
        unknown=sum(isinstance(each.error, UnknownOutcome) for each in outcomes),
        held=sum(isinstance(each.error, Misconfigured) for each in outcomes),
        not_allowed=not_allowed,
    )


def _plus(one: DeliverReply, other: DeliverReply) -> DeliverReply:
    return DeliverReply(
        one.sent + other.sent,
        one.refused + other.refused,
        one.unknown + other.unknown,
        one.not_allowed + other.not_allowed,
        one.held + other.held,
    )
