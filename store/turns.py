"""Turns of heavy transactions in a process (the router's, looks, attempts of batches): one after the other.

A process computes on one core. Transactions over hundreds of people that it makes at once take more work than
one after the other, each of them takes as long as all of them, and its locks are held for as long.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from itertools import count

LENT_SECONDS = 1.0
"""How long a turn lasts at most. Who takes longer waits for somebody else's lock, or for a database that is
slow, and goes on beside the others."""


class Urgency(Enum):
    """For how many seconds it lets others go first that came later and wait less long.

    What came of a message is known to nobody until it is written. Nobody is passed over for longer, however
    much there is of what is more urgent.
    """

    OUTCOME = 0.0
    NEWS = 0.1
    DECISION = 0.5
    ATTEMPT = 1.0


class Turns:
    """Hands out one turn at a time."""

    def __init__(self) -> None:
        self._is_lent = False
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def taken(self, urgency: Urgency, waited: float = 0.0) -> AsyncIterator[None]:
        """Wait for a turn, and have it until the end of the block or until it was lent for long enough.

        `waited`: seconds that this has waited before, for a turn that was over without it. However long that
        was, it goes before what comes from now on and not before what waits already.
        """
        await self._wait(max(0.0, urgency.value - waited))
        over = False

        def end() -> None:
            nonlocal over
            if not over:
                over = True
                self._pass_on()

        timer = asyncio.get_running_loop().call_later(LENT_SECONDS, end)
        try:
            yield
        finally:
            timer.cancel()
            end()

    async def _wait(self, patience: float) -> None:
        if not self._is_lent:
            self._is_lent = True
            return
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        heapq.heappush(self._waiting, (loop.time() + patience, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._is_lent = False
