"""Who is in a segment now: asked of the base where its condition can be said in SQL, of each person else.

Days are a person's own, so that people are asked zone by zone.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dsl import sql
from dsl.evaluate import holds
from dsl.plan import World
from dsl.policy import Formula
from dsl.relational.terms import NotInSql
from engine.asking import facts_for, scope_of_person
from engine.plans import Plans
from engine.state import Facts
from engine.zones import PLACE_NAMES, zone_in
from store import segments
from store.database import Connection, Row
from store.occurrences import Placed
from store.segments import Condition, Places

PAGE = 1000


class UnknownSegment(LookupError):
    """There is no segment of this name; the message names those that there are."""


@dataclass(frozen=True)
class _Look:
    """People of one zone, and the condition as SQL. `exact` None: SQL only narrows, and `formula` decides."""

    zone: str
    places: Places
    condition: Condition
    exact: bool


@dataclass(frozen=True)
class Segment:
    """A segment in force, looked at through one connection at one instant."""

    connection: Connection
    plans: Plans
    world: World
    formula: Formula
    now: datetime

    async def count(self) -> int:
        """How many people are in it."""
        total = 0
        for look in await self._looks():
            if look.exact:
                total += await segments.count(self.connection, look.condition, look.places)
            else:
                total += sum([len(page) async for page in self._pages(look)])
        return total

    async def members(self) -> AsyncIterator[list[Row]]:
        """Everybody in it, page by page: id, email, phone, locale."""
        for look in await self._looks():
            async for page in self._pages(look):
                yield page

    async def _looks(self) -> list[_Look]:
        return [self._look(zone, places) for zone, places in await zones_of(self.connection, self.world)]

    def _look(self, zone: str, places: Places) -> _Look:
        root, clock = self.formula.root, ZoneInfo(zone)
        try:
            said, exact = sql.compile(root, self.world, now=self.now, zone=clock), True
        except NotInSql:
            said, exact = sql.narrow(root, self.world, now=self.now, zone=clock), False
        return _Look(zone, places, Condition(said.text, said.params), exact)

    async def _pages(self, look: _Look) -> AsyncIterator[list[Row]]:
        after = ""
        while True:
            page = await segments.page(self.connection, look.condition, look.places, after, PAGE)
            if page:
                yield page if look.exact else await self._those_who_meet_it(page)
            if len(page) < PAGE:
                return
            after = page[-1]["id"]

    async def _those_who_meet_it(self, page: Sequence[Row]) -> list[Row]:
        ids = [row["id"] for row in page]
        known = await facts_for(self.connection, self.plans, ids, [self.formula.root], self.now)
        return [row for row in page if row["id"] in known and self._holds(known[row["id"]])]

    def _holds(self, facts: Facts) -> bool:
        return holds(self.formula, scope_of_person(self.world, facts, self.now))


async def zones_of(connection: Connection, world: World) -> list[tuple[str, Places]]:
    """The zones in which people live, each with the places that have it."""
    zones: dict[str, list[str]] = {}
    for own, place, key in await segments.places(connection, PLACE_NAMES):
        zones.setdefault(zone_in(Placed("", own, place), world), []).append(key)
    return [(zone, Places(PLACE_NAMES, keys)) for zone, keys in sorted(zones.items())]


async def segment(connection: Connection, plans: Plans, name: str, now: datetime) -> Segment:
    """A segment of today by name. Raises UnknownSegment, NothingPublished."""
    world = await plans.world(connection)
    if name not in world.segments:
        names = ", ".join(sorted(world.segments)) or "none"
        raise UnknownSegment(f"there is no segment `{name}`: there are {names}")
    return Segment(connection, plans, world, world.segments[name], now)


async def conditions(connection: Connection, plans: Plans) -> Mapping[str, str]:
    """The segments of today with their conditions as they are written."""
    world = await plans.world(connection)
    return {name: formula.text for name, formula in sorted(world.segments.items())}
