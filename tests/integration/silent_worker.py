"""A worker whose provider never answers: whom it asked about stands in a file. Killed by a test."""

import asyncio
import sys
from pathlib import Path

from channels.messages import Message, SendResult
from store.database import Database
from tests.integration.by_hand import MONDAY, deliver, look
from tests.integration.installation import Installation
from tests.integration.providers import Provider


class Silent(Provider):
    """Takes the message, and says nothing for an hour."""

    async def send(self, message: Message) -> SendResult:
        """Note the message; never answer in time."""
        with Path(sys.argv[2]).open("a") as file:  # noqa: ASYNC230 - a line, of the only task
            file.write(message.message_id + "\n")
        await asyncio.sleep(3600)
        return await super().send(message)


async def _deliver() -> None:
    database = await Database.open(sys.argv[1], size=2)
    relance = Installation(database, None, Path(), at=MONDAY, channels={"email": Silent("email")})
    await deliver(relance, await look(relance))


if __name__ == "__main__":
    asyncio.run(_deliver())
