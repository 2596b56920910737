"""Business time of the town: one instant in a file that every process maps, moved by the town alone.

Time goes on when the work of the present is nearly done, so that months pass as fast as the machine allows,
and a worker that waits for a lock finds that it is later.
"""

import mmap
import struct
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

_MICROSECONDS = struct.Struct("<q")


class TownClock:
    """Reads the instant; whoever `set`s it is the only one."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_MICROSECONDS.size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _MICROSECONDS.size)

    def now(self) -> datetime:
        """The instant."""
        (microseconds,) = _MICROSECONDS.unpack(self._map[:])
        return EPOCH + timedelta(microseconds=microseconds)

    def set(self, instant: datetime) -> None:
        """Move on to an instant."""
        self._map[:] = _MICROSECONDS.pack((instant - EPOCH) // timedelta(microseconds=1))
