"""A Relance worker as it is, but for the provider, who takes every message at once and at any pace.

So that what is measured is the engine, and not a provider or its rate limit.
"""

import asyncio
import logging
from contextlib import AsyncExitStack

import structlog

from channels.messages import Message, SendResult
from commands.ending import ends_at_once
from engine import search_attributes
from engine.activities import Activities
from engine.deliver import Deliveries
from engine.links import Links
from engine.loops import Loops
from engine.plans import Plans
from engine.rendering import Renderer
from engine.scans import Scans
from settings import load
from store.database import Database
from worker import (
    CONNECTIONS,
    TEMPLATES_SECONDS,
    connect,
    look_for_cycles_seldom,
    stored_clock,
    with_signals,
    workers,
)

UNLIMITED = 1e9


class NullChannel:
    """Takes every message and forgets it."""

    provider = "null"

    def __init__(self, name: str) -> None:
        self.name = name

    async def send(self, message: Message) -> SendResult:
        """Say that it was taken."""
        return SendResult(self.provider, f"null-{message.message_id}")

    async def close(self) -> None:
        """Nothing is held."""


async def main() -> None:
    """Work until a polite kill."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    settings = load()
    stop = asyncio.Event()
    with_signals(stop)
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.database_url, size=CONNECTIONS)
        stack.push_async_callback(database.close)
        client = await connect()
        await search_attributes.register(client)
        clock = await stored_clock(database)
        plans = Plans(database, settings.secret_keys)
        channels = {"email": NullChannel("email")}
        links = Links(settings.public_url, settings.secret_keys)
        renderer = Renderer(settings.project / "templates", links, fresh_seconds=TEMPLATES_SECONDS)
        deliveries = Deliveries(database, plans, renderer, channels, dict.fromkeys(channels, UNLIMITED))
        activities = Activities(database, plans, clock, deliveries, Scans(database, plans, clock))
        look_for_cycles_seldom()
        async with workers(client, activities, channels):
            await Loops(database, plans, client, clock, stop).run()


if __name__ == "__main__":
    with ends_at_once():
        asyncio.run(main())
