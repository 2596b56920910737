"""The door for events that come one by one: those that come at about the same time share a transaction.

At a quiet moment each has its own. Nobody is answered before what they sent is committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.ingest import Incoming, Ingested, ingest_each
from engine.plans import Plans
from engine.together import Together
from store.database import Database


@dataclass(frozen=True, eq=False)
class _Knock:
    """An event that somebody brings. The same one brought twice is answered twice."""

    event: Incoming
    source: str
    at: datetime


class Door:
    """The door of one process."""

    def __init__(self, database: Database, plans: Plans) -> None:
        self._database = database
        self._plans = plans
        self._together = Together(self._all)

    async def ingest(self, event: Incoming, *, source: str, now: datetime) -> Ingested:
        """Take an event in as `ingest` does, committed on return."""
        return await self._together.ask(_Knock(event, source, now))

    async def _all(self, knocks: Sequence[_Knock]) -> dict[_Knock, Ingested]:
        brought = [(each.source, each.event) for each in knocks]
        now = max(each.at for each in knocks)
        found = await ingest_each(self._database, self._plans, brought, now)
        return dict(zip(knocks, found, strict=True))
