"""Scans: triggers by time enter everybody whom they concern, a page a transaction.

The truth is in `occurrences`: a page's entries and the cursor behind it are committed together, so a scan
that dies goes on where it stopped, and a contact enters an occurrence once whatever is repeated.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dsl.nodes import Field
from dsl.plan import CampaignTrigger, DateTrigger, Plan, World
from engine import entry
from engine.clock import Clock
from engine.entry import Candidate
from engine.former_names import name_occurrences
from engine.occurrence_names import name_of, occurrence_name
from engine.occurrences import (
    Occurrence,
    TimeTrigger,
    between,
    dates_due,
    enters_late,
    next_after,
    time_triggers,
)
from engine.plans import Plans
from engine.wire import ScanReply, ScanTask
from engine.zones import PLACE_NAMES, zone_in, zones_of_base
from store import occurrences
from store.database import Connection, Database
from store.occurrences import DateFilter, Due, Placed, Window

MADE_UP_WITHIN = timedelta(hours=24)
LOOK_BACK = timedelta(days=32)
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
PAGE = 1000
SPREAD_PAGES = 100
"""A spread scan has about this many pages, unless that makes them too long."""


class NotADate(ValueError):
    """A date trigger over something else than an attribute, which no scan can find."""


@dataclass(frozen=True)
class Cursor:
    """How far a scan got: in which pass, after which contact, how many it saw of how many."""

    pass_: int = 0
    after: str = ""
    seen: int = 0
    of: int = 0


@dataclass(frozen=True)
class Pass:
    """One way through the base: people with these dates (None: everybody) enter under this name."""

    occurrence: str
    dates: DateFilter | None


@dataclass(frozen=True)
class Look:
    """What a scan looks at: a trigger of a plan, in force since an instant, in a zone, as of now.

    `everybody`: whatever their zone.
    """

    plan: Plan
    place: int
    trigger: TimeTrigger
    zone: str
    everybody: bool
    world: World
    now: datetime
    since: datetime

    def due(self, occurrence: Occurrence) -> Due:
        """The occurrence as the table names it."""
        return Due(self.plan.scenario, self.place, name_of(self.trigger), self.zone, occurrence.due_at)

    def known_until(self, occurrence: Occurrence) -> datetime:
        """By when somebody must have been known: who came later has no part in a time that was over.

        A campaign that was published behind its instant is entered by those who were known then.
        """
        return max(occurrence.due_at, self.since) if enters_late(self.trigger) else occurrence.due_at


class Scans:
    """Looks for what is due. `beat` is called between pages, and may raise to stop there."""

    def __init__(self, database: Database, plans: Plans, clock: Clock) -> None:
        self._database = database
        self._plans = plans
        self._clock = clock

    async def scan(self, task: ScanTask, beat: Callable[[], None]) -> ScanReply:
        """Enter whom a trigger concerns now, and say when to look again, if this scan is to."""
        looks = await self._looks(task)
        if not looks:
            return ScanReply(0, None, "The trigger is no longer in force.")
        entered, waits = 0, []
        for look in looks:
            for occurrence in await self._due(look):
                count, wait = await self._enter_all(look, occurrence, beat)
                entered += count
                waits += [wait] if wait else []
        if not waits and self._clock.speed != 1:
            following = [next_after(each.trigger, ZoneInfo(each.zone), each.now) for each in looks]
            waits = [instant for instant in following if instant]
        if not waits:
            return ScanReply(entered, None, "")
        instant = min(waits)
        sleep = self._clock.real_seconds(instant - looks[0].now)
        return ScanReply(entered, max(0.0, sleep), f"Looks again at {instant:%Y-%m-%d %H:%M} UTC.")

    async def _looks(self, task: ScanTask) -> list[Look]:
        """The trigger in each zone that is asked for; empty when it is in force no more."""
        request = task.request
        current = (await self._plans.current()).get(request.scenario)
        plan = current[1] if current else None
        trigger = dict(time_triggers(plan)).get(request.trigger) if plan else None
        if plan is None or trigger is None:
            return []
        world = await self._plans.world()
        if plan.zone:
            zones: Sequence[str] = (plan.zone,)
        else:
            zones = (request.zone,) if request.zone else await zones_of_base(self._database, world)
        now = self._clock.at(task.at)
        async with self._database.transaction() as connection:
            await name_occurrences(connection, self._plans, plan.scenario)
            # A campaign that is changed to be entered late begins with that.
            aside = ("spread_seconds", *(() if enters_late(trigger) else ("if_past",)))
            since = await occurrences.in_force_since(connection, plan.scenario, request.trigger, aside) or now
        everybody = plan.zone is not None
        return [Look(plan, request.trigger, trigger, zone, everybody, world, now, since) for zone in zones]

    async def _due(self, look: Look) -> list[Occurrence]:
        """The occurrences to look at, the oldest first; those missed too long ago are recorded so."""
        async with self._database.transaction() as connection:
            reach = LONG_AGO if isinstance(look.trigger, CampaignTrigger) else look.now - LOOK_BACK
            seen = await occurrences.seen(
                connection, look.plan.scenario, name_of(look.trigger), look.zone, reach
            )
            begun = {due_at for due_at, over in seen.items() if not over}
            found = [each for each in _found(look, begun) if not seen.get(each.due_at)]
            late = [each for each in found if each.due_at not in begun and _is_missed(look, each)]
            await occurrences.record_missed(connection, [look.due(each) for each in late], look.now)
        return [each for each in found if each not in late]

    async def _enter_all(
        self, look: Look, occurrence: Occurrence, beat: Callable[[], None]
    ) -> tuple[int, datetime | None]:
        """Enter page after page; how many entered, and when the next page is due where they are spread."""
        entered = 0
        while True:
            beat()
            count, over, wait = await self._enter_page(look, occurrence)
            entered += count
            if over or wait:
                return entered, wait

    async def _enter_page(self, look: Look, occurrence: Occurrence) -> tuple[int, bool, datetime | None]:
        """Enter the next page in one transaction: (entered, over, wait until)."""
        due = look.due(occurrence)
        passes = _passes(look, occurrence)
        async with self._database.transaction() as connection:
            held = await occurrences.hold(connection, due, look.now)
            if held.over or not passes:
                if not held.over:
                    await occurrences.go_on(connection, due, None, 0, look.now)
                return 0, True, None
            cursor = (
                Cursor(**json.loads(held.cursor))
                if held.cursor
                else Cursor(of=await self._people(look, connection))
            )
            wait = _next_page_at(look, cursor, held.started_at)
            if wait > look.now:
                return 0, False, wait
            limit = _page_size(look, cursor)
            there = Window(cursor.after, limit, look.known_until(occurrence))
            page = await occurrences.page(connection, there, PLACE_NAMES, passes[cursor.pass_].dates)
            entered = await self._enter(connection, look, passes[cursor.pass_], page)
            cursor = _moved(cursor, page, limit)
            over = cursor.pass_ >= len(passes)
            await occurrences.go_on(
                connection, due, json.dumps(asdict(cursor)), entered, look.now if over else None
            )
        return entered, over, None

    async def _people(self, look: Look, connection: Connection) -> int:
        """How many a spread scan will see; of no use to the others."""
        return await occurrences.people(connection) if _spread(look.trigger) else 0

    async def _enter(self, connection: Connection, look: Look, pass_: Pass, page: Sequence[Placed]) -> int:
        candidates = [
            Candidate(contact_id=each.id, trigger=look.place, occurrence=pass_.occurrence)
            for each in page
            if look.everybody or zone_in(each, look.world) == look.zone
        ]
        if not candidates:
            return 0
        result = await entry.enter(connection, self._plans, look.plan.scenario, candidates, look.now)
        return len(result.runs)


def _found(look: Look, begun: Collection[datetime]) -> list[Occurrence]:
    """What is due up to now and not older than the trigger, or than a look back reaches.

    What has `begun` and is not over is found however old it is.
    """
    zone = ZoneInfo(look.zone)
    just_before = look.since - timedelta(microseconds=1)
    if isinstance(look.trigger, CampaignTrigger):
        # `if_past` says what becomes of a campaign that was published after its instant.
        start = just_before if look.trigger.if_past == "skip" else LONG_AGO
        return list(between(look.trigger, zone, start, look.now))
    reach = look.now - LOOK_BACK
    start = min([reach, *(each - timedelta(microseconds=1) for each in begun)])
    found = between(look.trigger, zone, max(just_before, start), look.now)
    again = [each for each in found if each.again]
    wanted = [each for each in found if not each.again and (each.due_at > reach or each.due_at in begun)]
    return wanted + again[-1:]


def _is_missed(look: Look, occurrence: Occurrence) -> bool:
    """Whether it is too late to begin: a day after it was due, later where its spread goes on longer."""
    if isinstance(look.trigger, CampaignTrigger) and occurrence.due_at < look.since:
        return False
    spread = timedelta(seconds=_spread(look.trigger))
    return look.now - occurrence.due_at >= max(MADE_UP_WITHIN, spread)


def _passes(look: Look, occurrence: Occurrence) -> list[Pass]:
    """The ways through the base that an occurrence takes: one, or one for each date that leads to its day."""
    if isinstance(look.trigger, CampaignTrigger):
        return [Pass(name_of(look.trigger), None)]
    if not isinstance(look.trigger, DateTrigger):
        return [Pass(occurrence_name(look.trigger, occurrence.day), None)]
    attribute = _attribute(look)
    return [
        Pass(
            occurrence_name(look.trigger, dates.base),
            DateFilter(
                attribute, tuple(map(date.isoformat, dates.days)), dates.month_days, dates.base.isoformat()
            ),
        )
        for dates in dates_due(look.trigger, occurrence.day, look.world.policy.leap_birthday)
    ]


def _attribute(look: Look) -> str:
    assert isinstance(look.trigger, DateTrigger)
    root = look.trigger.date.root
    if isinstance(root, Field) and root.root == "contact" and len(root.path) == 1:
        attribute = look.world.catalog.attributes.get(root.path[0])
        if attribute is None or attribute.computed is None:
            return root.path[0]
    raise NotADate(f"{look.plan.scenario}: a date trigger takes an attribute, not `{look.trigger.date.text}`")


def _spread(trigger: TimeTrigger) -> int:
    """Seconds of business time over which entries flow; 0: at once."""
    return 0 if isinstance(trigger, DateTrigger) else trigger.spread_seconds


def _page_size(look: Look, cursor: Cursor) -> int:
    return min(PAGE, max(1, cursor.of // SPREAD_PAGES)) if _spread(look.trigger) else PAGE


def _next_page_at(look: Look, cursor: Cursor, started_at: datetime) -> datetime:
    """When the next page is due: evenly from the start of the scan to the end of the spread."""
    share = min(1.0, cursor.seen / cursor.of) if cursor.of else 0.0
    return started_at + timedelta(seconds=_spread(look.trigger) * share)


def _moved(cursor: Cursor, page: Sequence[Placed], limit: int) -> Cursor:
    """The cursor behind a page; a short page is the last of its pass."""
    if len(page) < limit:
        return replace(cursor, pass_=cursor.pass_ + 1, after="", seen=cursor.seen + len(page))
    return replace(cursor, after=page[-1].id, seen=cursor.seen + len(page))
