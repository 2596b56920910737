"""Providers of which the test decides what they answer."""

import asyncio
from collections.abc import Sequence

from channels.errors import ChannelError
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
