"""Providers of which the test decides what they answer."""

import asyncio
from collections.abc import Sequence

from channels.errors import ChannelError, Retryable
from channels.messages import Message, SendResult


class Provider:
    """A channel that answers from a script, and accepts once it is over; `taken` is what it accepted."""

    provider = "scripted"

    def __init__(self, name: str, script: Sequence[ChannelError | Exception] = ()) -> None:
        self.name = name
        self.asked: list[Message] = []
        self.taken: list[Message] = []
        self.open = asyncio.Event()
        self.open.set()
        self._script = list(script)

    async def send(self, message: Message) -> SendResult:
        """Raise what the script says next, else accept."""
        self.asked.append(message)
        await self.open.wait()
        if self._script:
            raise self._script.pop(0)
        self.taken.append(message)
        return SendResult(self.provider, f"p-{len(self.taken)}")

    async def close(self) -> None:
        """Nothing is held."""


class Picky(Provider):
    """Cannot take messages to some addresses now, nor ever."""

    def __init__(self, *unloved: str) -> None:
        super().__init__("email")
        self._unloved = unloved

    async def send(self, message: Message) -> SendResult:
        """Accept everybody else's."""
        if message.to in self._unloved:
            self.asked.append(message)
            raise Retryable("500 Internal Server Error", provider=self.provider)
        return await super().send(message)
