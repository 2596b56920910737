"""The way to a provider: as many messages side by side as it has connections for.

Whoever waits, waits here, in front of the last look at the clock: a message that was let through and then
stood in a line of its provider would leave after its hours.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from channels.base import Channel, Narrow
from channels.errors import Retryable

WAITING_SECONDS = 10.0
"""So long at most: with the timeouts of the request itself it stays below `attempts.UNDER_WAY`."""


class Door:
    """The way to one channel, for all messages of this process."""

    def __init__(self, channel: Channel) -> None:
        self._provider = channel.provider
        self._free = asyncio.Semaphore(channel.at_once) if isinstance(channel, Narrow) else None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """A connection that is ours. Raises Retryable where none becomes free in time."""
        if self._free is None:
            yield
            return
        try:
            async with asyncio.timeout(WAITING_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise Retryable("every connection is in use", provider=self._provider, code="busy") from None
        try:
            yield
        finally:
            self._free.release()
