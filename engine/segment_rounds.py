"""Segments that time alone moves people in and out of, looked at every hour or once a day; and first looks.

Whom to look at is asked of the base in SQL, zone by zone, since people's days begin at different instants. A
look that dies begins again, and finds only those who are left.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg import OperationalError

from dsl import sql
from dsl.local_time import instant_of
from dsl.relational.terms import NotInSql
from engine import faults
from engine.plans import InForce, NothingPublished, Plans
from engine.segment_looks import name_of, settle
from engine.segment_rules import SegmentLook
from engine.zones import PLACE_NAMES, zone_in, zones_of_base
from store import segment_looks
from store.database import Database
from store.segment_looks import Condition, Standing

PAGE = 1000
DAY = timedelta(days=1)
ZONES_KEPT = timedelta(hours=1)


@dataclass
class SegmentRounds:
    """Looks for what is due. Any number of workers may; a trigger is looked at by one at a time."""

    database: Database
    plans: Plans
    zones: tuple[str, ...] = ()
    zones_at: datetime | None = None
    tidied: int = 0
    """The publication after which what is in force no more was forgotten."""

    async def look(self, now: datetime) -> int:
        """Look at every segment that is due; how many people entered."""
        try:
            in_force = await self.plans.in_force()
        except NothingPublished:
            return 0
        await self._tidy(in_force)
        if not in_force.segment_looks:
            return 0
        async with self.database.connection() as connection:
            standing = await segment_looks.standing(connection)
        entered = 0
        for each in in_force.segment_looks:
            try:
                entered += await self._look(each, standing, now)
            except OperationalError:
                raise
            except Exception as error:  # noqa: BLE001 - one segment must not hold up the others
                scenario, look = each.plan.scenario, each.name
                faults.tell("a segment could not be looked at", error, scenario=scenario, look=look)
        return entered

    async def _tidy(self, in_force: InForce) -> None:
        if self.tidied == in_force.publication:
            return
        async with self.database.transaction() as connection:
            await segment_looks.forget_others(connection, [name_of(each) for each in in_force.segment_looks])
        self.tidied = in_force.publication

    async def _look(
        self, look: SegmentLook, standing: dict[tuple[str, str, str], Standing], now: datetime
    ) -> int:
        based = standing.get((look.plan.scenario, look.name, ""))
        if based is None or based.definition != look.definition or based.done_at is None:
            return await self._first_look(look, now)
        if look.is_by_change:
            return 0
        entered = 0
        for zone in await self._zones(look, now):
            due = last_due(look, zone, now)
            seen = standing.get((look.plan.scenario, look.name, zone))
            since = seen.done_at if seen and seen.done_at else based.done_at
            if due > max(since, based.done_at):
                entered += await self._look_at(look, (zone,), zone, now, due=due)
        return entered

    async def _first_look(self, look: SegmentLook, now: datetime) -> int:
        """Remember who is inside as the segment stands now; they enter only where that is said."""
        async with self.database.transaction() as connection:
            await segment_looks.begin(connection, name_of(look), look.definition)
        return await self._look_at(look, await self._zones(look, now), "", now, due=now)

    async def _look_at(
        self, look: SegmentLook, zones: tuple[str, ...], mark: str, now: datetime, *, due: datetime
    ) -> int:
        """Look at everybody of these zones and mark it done, unless another worker is at it."""
        aloud = bool(mark) or look.includes
        entered = 0
        for zone in zones:
            after: str | None = ""
            while after is not None:
                count, after, mine = await self._page(look, zone, after, now, aloud=aloud)
                entered += count
                if not mine:
                    return entered
        async with self.database.transaction() as connection:
            await segment_looks.done(connection, name_of(look), mark, due)
        return entered

    async def _page(
        self, look: SegmentLook, zone: str, after: str, now: datetime, *, aloud: bool
    ) -> tuple[int, str | None, bool]:
        """The next people who may have moved: (entered, where to go on, whether it is ours to)."""
        name = name_of(look)
        async with self.database.transaction() as connection:
            if await segment_looks.hold(connection, name) != look.definition:
                return 0, None, False
            condition = _condition(look, zone, now)
            found = await segment_looks.people(connection, name, condition, after, PAGE, PLACE_NAMES)
            everybody = look.plan.zone is not None
            ids = {each.id for each in found if everybody or zone_in(each, look.world) == zone}
            count = await settle(connection, self.plans, look, ids, ids if aloud else (), now) if ids else 0
        return count, found[-1].id if len(found) == PAGE else None, True

    async def _zones(self, look: SegmentLook, now: datetime) -> tuple[str, ...]:
        if look.plan.zone:
            return (look.plan.zone,)
        if self.zones_at is None or not timedelta() <= now - self.zones_at < ZONES_KEPT:
            self.zones = await zones_of_base(self.database, look.world)
            self.zones_at = now
        return self.zones


def _condition(look: SegmentLook, zone: str, now: datetime) -> Condition:
    """The segment as the base can tell it; what it cannot is asked of each person."""
    root, clock = look.formula.root, ZoneInfo(zone)
    try:
        said = sql.compile(root, look.world, now=now, zone=clock)
    except NotInSql:
        said = sql.narrow(root, look.world, now=now, zone=clock)
        return Condition(said.text, said.params, exact=False)
    return Condition(said.text, said.params)


def last_due(look: SegmentLook, zone: str, now: datetime) -> datetime:
    """The last full hour, or the last time of day at which the trigger is checked."""
    at = look.trigger.checked_at
    if at is None:
        return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    clock = ZoneInfo(zone)
    today = now.astimezone(clock).date()
    due = instant_of(today, at, clock)
    return due if due <= now else instant_of(today - DAY, at, clock)
