"""Business time of the town: one instant in a file that every process maps, moved by the town alone.

Time goes on when the work of the present is nearly done, so that months pass as fast as the machine allows,
and a worker that waits for a lock finds that it is later.
"""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
BEGINS = datetime(2027, 12, 20, 6, tzinfo=UTC)
"""Before Christmas, the end of a year, a leap day and the change of clocks in both hemispheres."""

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
