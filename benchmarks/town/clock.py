"""Business time of the town: one instant in a file that every process maps, moved by the town alone.

Time goes on when the work of the present is nearly done, so that months pass as fast as the machine allows,
and a worker that waits for a lock finds that it is later.
"""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SEASONS = tuple(
    datetime(*day, 6, tzinfo=UTC)
    for day in (
        (2027, 12, 20),  # Christmas and the end of a year
        (2028, 2, 25),  # a leap day
        (2028, 3, 8),  # summer time begins in America
        (2028, 3, 22),  # and in Europe, and ends in Australia and New Zealand
        (2028, 9, 20),  # and begins there
        (2028, 10, 25),  # winter time in Europe, then in America
    )
)
"""When a town may begin: a few days before what makes days and hours hard to count."""

OVERTAKEN_SECONDS = 0.02
"""Time moves by half an hour or more, also between the engine's last look at the clock and the provider's: so
long after, in real seconds, what arrives may have left before."""

_HANDS = struct.Struct("<qqd")
"""Microseconds of the instant and of the one before; when it moved, by a clock that all processes have."""


class TownClock:
    """Reads the instant; whoever `set`s it is the only one."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_HANDS.size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _HANDS.size)

    def now(self) -> datetime:
        """The instant."""
        instant, _, _ = self._read()
        return instant

    def a_moment_ago(self) -> datetime:
        """The instant, or the one before where time has moved just now."""
        instant, before, moved = self._read()
        return before if time.monotonic() - moved < OVERTAKEN_SECONDS else instant

    def set(self, instant: datetime) -> None:
        """Move on to an instant."""
        hands = (_microseconds(instant), _microseconds(self.now()), time.monotonic())
        self._map[:] = _HANDS.pack(*hands)

    def _read(self) -> tuple[datetime, datetime, float]:
        instant, before, moved = _HANDS.unpack(self._map[:])
        return EPOCH + timedelta(microseconds=instant), EPOCH + timedelta(microseconds=before), moved


def _microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)
