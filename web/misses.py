"""Counts the wrong keys of each address, in this process: somebody who guesses is slowed down and told so.

A key that holds is let in whatever its neighbours do: a whole shop may come from one address.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from time import monotonic

WINDOW_SECONDS = 60
LIMIT = 30
MOST_ADDRESSES = 10_000
"""Of which misses are remembered; who came first is forgotten first."""


class Misses:
    """The times of the last misses by address, or of whatever else may be done so often in a `window`."""

    def __init__(
        self,
        seconds: Callable[[], float] = monotonic,
        *,
        limit: int = LIMIT,
        window: float = WINDOW_SECONDS,
    ) -> None:
        self._seconds, self._limit, self._window = seconds, limit, window
        self._by_address: OrderedDict[str, deque[float]] = OrderedDict()

    def one_more(self, address: str) -> bool:
        """Count a miss; True when there were too many in the window."""
        now = self._seconds()
        times = self._by_address.setdefault(address, deque(maxlen=self._limit + 1))
        self._by_address.move_to_end(address)
        while len(self._by_address) > MOST_ADDRESSES:
            self._by_address.popitem(last=False)
        times.append(now)
        while times[0] <= now - self._window:
            times.popleft()
        return len(times) > self._limit
