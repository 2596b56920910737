"""People to send through journeys, and what they do: through the engine's own doors."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from benchmarks.stage import KEY, Stage
from engine.ingest import Incoming, ingest
from engine.people import Profile, upsert
from engine.plans import Plans
from engine.publish import publish
from engine.router import route
from store import consents
from store.consents import ConsentLine
from store.database import Database, Row
from store.migrate import migrate

PAGE = 1000
_numbers = count(1)


@dataclass(frozen=True)
class Crowd:
    """A base of people who never were in the journey, handed out once each."""

    database: Database
    plans: Plans

    async def people(self, number: int) -> list[str]:
        """Create so many contacts who may be written to; their ids."""
        ids = [f"b_{next(_numbers):07}" for _ in range(number)]
        for start in range(0, number, PAGE):
            await self._create(ids[start : start + PAGE])
        # Nobody waits for news of their creation while something is measured.
        while await route(self.database, self.plans, datetime.now(UTC)):
            pass
        return ids

    async def subscribe(self, ids: Sequence[str], to: str = "newsletter") -> None:
        """They sign up to a list, a thousand in a request."""
        now = datetime.now(UTC)
        properties = {"list": to, "source": "site"}
        incoming = [Incoming(f"e_{id_}", "contact.subscribed", id_, now, properties) for id_ in ids]
        for start in range(0, len(incoming), PAGE):
            page = incoming[start : start + PAGE]
            result = await ingest(self.database, self.plans, page, source="site", now=now)
            if result.accepted != len(page):
                raise RuntimeError(f"{len(page)} events were sent, {result.accepted} were taken")

    async def row(self, statement: str, *parameters: object) -> Row:
        """The first row of a statement."""
        async with self.database.connection() as connection:
            row = await (await connection.execute(statement.encode(), parameters)).fetchone()
        if row is None:
            raise LookupError(statement)
        return row

    async def _create(self, ids: Sequence[str]) -> None:
        now = datetime.now(UTC)
        profiles = [
            Profile(
                id_, {"email": f"{id_}@example.com", "country": "FR", "locale": "fr", "first_name": "Ada"}
            )
            for id_ in ids
        ]
        result = await upsert(self.database, self.plans, profiles, source="import", now=now)
        if result.errors:
            raise RuntimeError(result.errors[0].message)
        lines = [ConsentLine(id_, "newsletter", "email", "granted", "consent", "import", now) for id_ in ids]
        async with self.database.transaction() as connection:
            await consents.append(connection, lines, now)


@asynccontextmanager
async def crowd(stage: Stage) -> AsyncIterator[Crowd]:
    """A migrated database in which the journey is published."""
    await migrate(stage.database_url)
    database = await Database.open(stage.database_url, size=4)
    try:
        await publish(database, stage.project, author="benchmarks", now=datetime.now(UTC))
        yield Crowd(database, Plans(database, [KEY]))
    finally:
        await database.close()
