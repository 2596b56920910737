"""A small brand with people under way, over which verbs are typed; its clock stands at a chosen noon."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from engine.clock import Clock
from engine.plans import Plans
from store.database import Database
from store.settings import write_setting
from tests.engine.conftest import NOON, Shop
from tests.engine.scenarios import WELCOME

T = TypeVar("T")

KEY = "k" * 40

__all__ = ["WELCOME"]


@dataclass
class Brand:
    """A database, and what happens in it before a verb is typed."""

    url: str
    folder: Path

    def lives(self, story: Callable[[Shop], Awaitable[T]]) -> T:
        """Let something happen in the engine, in the words of its own tests."""

        async def told() -> T:
            database = await Database.open(self.url, size=4)
            try:
                return await story(Shop(database, Plans(database, [KEY]), self.folder))
            finally:
                await database.close()

        return asyncio.run(told())

    def clock_at(self, instant: datetime) -> None:
        """Let verbs take this instant for now."""

        async def write(shop: Shop) -> None:
            clock = Clock(1.0, instant, datetime.now(UTC))
            async with shop.database.transaction() as connection:
                await write_setting(connection, "clock", clock.stored())

        self.lives(write)


async def ada_is_greeted(shop: Shop) -> None:
    """Ada subscribed at noon and got the first message; the reminder is three days off."""
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    await shop.happens("contact.subscribed", list="newsletter")
    await shop.sent(now=NOON + timedelta(minutes=1))
    await shop.look(NOON + timedelta(minutes=1))
