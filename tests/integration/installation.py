"""A whole installation for tests: database, plans, outbox channels, workers; no loop runs by itself."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

from temporalio.client import Client

from channels.base import Channel
from channels.outbox.send import Outbox
from engine import search_attributes
from engine.activities import Activities
from engine.clock import REAL_TIME, Clock
from engine.deliver import Deliveries
from engine.groups import send_pokes
from engine.ingest import Incoming, ingest
from engine.links import Links
from engine.people import Profile, upsert
from engine.plans import Plans
from engine.publish import Publication, publish
from engine.rendering import Renderer
from engine.router import route
from engine.scans import Scans
from store import consents
from store.consents import ConsentLine
from store.database import Database, Row
from worker import workers

PROJECT = Path(__file__).parents[2]
KEYS = ("k" * 40,)
_numbers = count(1)


@dataclass
class Installation:
    """`at`: business time of whatever the test does itself; None is the clock's."""

    database: Database
    client: Client | None
    outbox: Path
    clock: Clock = REAL_TIME
    at: datetime | None = None
    channels: dict[str, Channel] = field(default_factory=dict)
    project: Path = PROJECT

    def __post_init__(self) -> None:
        self.plans = Plans(self.database, KEYS)
        default: dict[str, Channel] = {name: Outbox(name, self.outbox) for name in ("email", "sms")}
        self.channels = default | self.channels
        self.use(self.project)
        self.scans = Scans(self.database, self.plans, self.clock)
        self.activities = Activities(self.database, self.plans, self.clock, self.deliveries, self.scans)
        self._stack = AsyncExitStack()

    def use(self, project: Path) -> None:
        """Take scenarios and templates from this folder."""
        self.project = project
        self.renderer = Renderer(project / "templates", Links("https://relance.example", KEYS))
        paces, parts = dict.fromkeys(self.channels, 1000.0), (self.database, self.plans, self.renderer)
        self.deliveries = Deliveries(*parts, self.channels, paces, self.clock)

    async def __aenter__(self) -> Self:
        """Publish the project and start the workers."""
        assert self.client is not None
        await search_attributes.register(self.client)
        await self.publish()
        await self._stack.enter_async_context(workers(self.client, self.activities, self.channels))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.at or self.clock.now()

    async def publish(self) -> Publication:
        """Put the project in force."""
        return await publish(self.database, self.project, author="test", now=self.now)

    async def contacts(self, *ids: str, consent: tuple[str, ...] = ("email",), **attributes: Any) -> None:
        """People who may be written to on these channels about the newsletter."""
        given = {"country": "FR", "locale": "fr"} | attributes
        profiles = [Profile(each, {"email": f"{each}@example.com"} | given, self.now) for each in ids]
        result = await upsert(self.database, self.plans, profiles, source="test", now=self.now)
        assert not result.errors, result.errors
        lines = [
            ConsentLine(each, "newsletter", channel, "granted", "consent", "test", self.now)
            for each in ids
            for channel in consent
        ]
        async with self.database.transaction() as connection:
            await consents.append(connection, lines, self.now)

    async def happen(self, name: str, properties: Mapping[str, Any], *contact_ids: str) -> None:
        """Something happens to contacts now; it is committed, not yet routed."""
        incoming = [Incoming(f"e{next(_numbers)}", name, each, self.now, properties) for each in contact_ids]
        result = await ingest(self.database, self.plans, incoming, source="test", now=self.now)
        assert not result.errors, result.errors

    async def route(self) -> None:
        """Route every event that is committed."""
        while await route(self.database, self.plans, self.now):
            pass

    async def poke(self) -> None:
        """Send every poke that is committed."""
        assert self.client is not None
        while await send_pokes(self.database, self.client, self.activities.looks):
            pass

    async def rows(self, statement: str, *parameters: object) -> list[Row]:
        """Rows of the database, for what a test looks at."""
        async with self.database.connection() as connection:
            cursor = await connection.execute(statement.encode(), parameters)
            return await cursor.fetchall()

    async def until(self, statement: str, *parameters: object, seconds: float = 30) -> list[Row]:
        """The rows of a statement once there are any."""
        async with asyncio.timeout(seconds):
            while not (found := await self.rows(statement, *parameters)):  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.02)
        return found

    def letters(self) -> list[dict[str, Any]]:
        """What the outbox holds, as its files tell it."""
        files = sorted(self.outbox.glob("*.json")) if self.outbox.exists() else []
        return [json.loads(file.read_text("utf-8")) for file in files]


def fast(seconds_a_day: float, begins: datetime) -> Clock:
    """Business time that begins now at an instant."""
    return Clock(86_400 / seconds_a_day, begins, datetime.now(UTC))
