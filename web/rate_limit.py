"""How often somebody may do something, by each process: wrong keys of an address, exports of a person."""

from collections import OrderedDict, deque
from collections.abc import Callable
from time import monotonic

WINDOW_SECONDS = 60
LIMIT = 30
MOST_NAMES = 10_000
"""Of which the times are remembered; who came first is forgotten first."""


class RateLimit:
    """So many times in a window of seconds, for each name."""

    def __init__(
        self,
        seconds: Callable[[], float] = monotonic,
        *,
        limit: int = LIMIT,
        window: float = WINDOW_SECONDS,
    ) -> None:
        self._seconds, self._limit, self._window = seconds, limit, window
        self._by_name: OrderedDict[str, deque[float]] = OrderedDict()

    def one_more(self, name: str) -> bool:
        """Count once more; True when that is too many in the window."""
        now = self._seconds()
        times = self._by_name.setdefault(name, deque(maxlen=self._limit + 1))
        self._by_name.move_to_end(name)
        while len(self._by_name) > MOST_NAMES:
            self._by_name.popitem(last=False)
        times.append(now)
        while times[0] <= now - self._window:
            times.popleft()
        return len(times) > self._limit
