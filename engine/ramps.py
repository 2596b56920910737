"""The return of the pace after a pause: what was held leaves slowly at first, and never in one burst.

The ramp lies in the database, so that all workers agree on the share of the pace that holds now; each applies
it to the pace that is its own. Elapsed time is real, like the pace.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.clock import REAL_TIME, Clock
from store import pauses
from store.database import Database
from store.pauses import Ramp

KNOWN_SECONDS = 0.1
"""How long what was read of ramps holds: a resume is seen after this at the latest."""

PATIENCE_SECONDS = 10.0
"""Whose turn is further away does not wait in the worker: Temporal asks again when it has come."""


class TooEarly(Exception):
    """The turn of these messages comes in `after_seconds`; `share` of the pace leaves now."""

    def __init__(self, subject: str, share: float, after_seconds: float) -> None:
        super().__init__(f"{subject} was paused: {share:.0%} of the pace leaves now, rising")
        self.after_seconds = after_seconds


def share_at(ramp: Ramp, elapsed: float) -> float:
    """The part of the pace that may leave so many real seconds after the resume; 1 from the end on."""
    return min(1.0, ramp.share + (1 - ramp.share) * max(0.0, elapsed) / ramp.seconds)


def allowed_by(ramp: Ramp, elapsed: float, pace: float) -> float:
    """How many messages may have left by then, at `pace` a second in full."""
    rising = min(max(0.0, elapsed), ramp.seconds)
    mean = (ramp.share + share_at(ramp, rising)) / 2
    return pace * (mean * rising + max(0.0, elapsed - ramp.seconds))


def turn_of(ramp: Ramp, number: float, pace: float) -> float:
    """Seconds after the resume when message `number` may leave: the inverse of `allowed_by`."""
    at_the_end = allowed_by(ramp, ramp.seconds, pace)
    if number >= at_the_end:
        return ramp.seconds + (number - at_the_end) / pace
    gain = (1 - ramp.share) / ramp.seconds
    # The root of gain/2 t^2 + share t = number/pace, in the form that holds without any gain too.
    return 2 * number / pace / (math.sqrt(ramp.share**2 + 2 * gain * number / pace) + ramp.share)


@dataclass
class Line:
    """Those who wait for a ramp on one channel, in this process. `left`: messages that had their turn."""

    ramp: Ramp
    pace: float
    left: float = 0.0
    promised: float = 0.0

    def wait(self, count: int, elapsed: float) -> float:
        """Seconds until so many more may have left. What was not used before is lost."""
        return max(0.0, turn_of(self.ramp, self._next(elapsed) + count, self.pace) - elapsed)

    def take(self, count: int, elapsed: float) -> None:
        """So many take their turn."""
        self.left = self._next(elapsed) + count

    def give_back(self, count: int) -> None:
        """So many had nothing to send after all."""
        self.left -= count

    def promise(self, count: int, elapsed: float) -> float:
        """Seconds until so many, who go away meanwhile, should ask again: behind all who were told so."""
        self.promised = max(self.promised, self._next(elapsed)) + count
        return turn_of(self.ramp, self.promised, self.pace) - elapsed

    def _next(self, elapsed: float) -> float:
        return max(self.left, allowed_by(self.ramp, elapsed, self.pace))


@dataclass
class Ramps:
    """The ramps in force, as the deliveries of one process keep to them."""

    database: Database
    clock: Clock = REAL_TIME
    _known: Sequence[Ramp] = ()
    _known_at: float = -math.inf
    _lines: dict[tuple[str, Ramp], Line] = field(default_factory=dict)

    async def turn(
        self, channel: str, scenario: str, count: int, pace: float, now: datetime
    ) -> Sequence[Line]:
        """Return when no ramp keeps so many messages any more, with the lines in which they stood.

        Raises TooEarly when that is too far away to wait for here.
        """
        elapsed = {
            each: self.clock.real_seconds(now - each.began_at)
            for each in await self._read()
            if each.concerns(channel, scenario)
        }
        lines = {
            ramp: self._lines.setdefault((channel, ramp), Line(ramp, pace))
            for ramp, seconds in elapsed.items()
            if seconds < ramp.seconds
        }
        waits = {ramp: line.wait(count, elapsed[ramp]) for ramp, line in lines.items()}
        slowest = max(waits, key=waits.__getitem__, default=None)
        if slowest is None:
            return ()
        if waits[slowest] > PATIENCE_SECONDS:
            after = lines[slowest].promise(count, elapsed[slowest])
            raise TooEarly(slowest.subject, share_at(slowest, elapsed[slowest]), after)
        for ramp, line in lines.items():
            line.take(count, elapsed[ramp])
        await asyncio.sleep(waits[slowest])
        return list(lines.values())

    async def _read(self) -> Sequence[Ramp]:
        time = asyncio.get_running_loop().time()
        if time - self._known_at > KNOWN_SECONDS:
            async with self.database.connection() as connection:
                self._known = await pauses.ramps(connection)
            self._known_at = time
            self._lines = {key: line for key, line in self._lines.items() if key[1] in self._known}
        return self._known
