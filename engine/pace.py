"""The pace of a provider, as one process keeps to it."""

import asyncio

AT_A_TIME, MOST_AT_A_TIME = 16, 500
SECONDS_AT_A_TIME = 0.25
"""As many messages are attempted together as the channel's pace lets leave in this time, within these bounds:
a crash leaves no more outcomes unknown, and a STOP that comes meanwhile finds all the others."""


class Pace:
    """At most so many calls a second on average, over everything in this process that shares it.

    `at_a_time` calls are made together.
    """

    def __init__(self, per_second: float) -> None:
        self.at_a_time = max(AT_A_TIME, min(MOST_AT_A_TIME, int(per_second * SECONDS_AT_A_TIME)))
        self.per_second = per_second
        self._interval = 1 / per_second
        self._next = 0.0

    @property
    def ahead(self) -> float:
        """Seconds until it is the turn of who comes now."""
        return self._next - asyncio.get_running_loop().time()

    async def turns(self, count: int) -> None:
        """Return when it is the caller's turn to make so many calls.

        Waited for before the attempts are recorded: nothing that has been attempted waits for its call.
        """
        now = asyncio.get_running_loop().time()
        first = max(now, self._next)
        self._next = first + count * self._interval
        await asyncio.sleep(first - now)

    def give_back(self, count: int) -> None:
        """So many of the calls are not made after all."""
        self._next -= count * self._interval
