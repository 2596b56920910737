"""What has been kept long enough goes: people who are gone, values, events and messages beyond their time.

Storage limitation (GDPR, article 5(1)(e)). For prospects the CNIL names three years since the last contact
that came from the person: that they were written to does not count, nor does a mail that was opened, which a
machine may have done; a click, a reply, a purchase or a consent does.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dsl.catalog import Catalog
from dsl.local_time import add, next_at
from dsl.plan import World
from dsl.values import Duration
from engine import people
from engine.merging import UNDONE_WITHIN
from engine.people import Change
from engine.plans import Plans
from engine.privacy import forget
from store import contacts, merges, publications, retention
from store.database import Connection, Database
from store.settings import read_setting, write_setting

SOURCE = "retention"
LAST = "retention_at"
"""The setting that holds when the last purge of workers was."""

NIGHT = time(3)
OWN_ACTS = ("message.clicked", "message.replied", "consent.granted", "consent.withdrawn", "consent.confirmed")
"""Of the events that every brand has, those that a person does."""

SETTLED = timedelta(days=30)
"""For how long an event may come a second time: until then it stays, however old it was when it came."""


@dataclass
class Purged:
    """How much went, or would go: people, values by attribute, events, messages, raw texts."""

    people: int = 0
    values: dict[str, int] = field(default_factory=dict)
    events: int = 0
    messages: int = 0
    raw: int = 0

    def __bool__(self) -> bool:
        return bool(self.people or any(self.values.values()) or self.events or self.messages or self.raw)


async def purge(
    database: Database, plans: Plans, *, actor: str, now: datetime, dry_run: bool = False
) -> Purged:
    """Delete what is beyond the times of policy (`retention`) and catalog (`keep`), in pages.

    Each page is a transaction, so that a purge that stops is taken up by the next one. With `dry_run` it is
    only counted.
    """
    async with database.connection() as connection:
        world = await plans.world(connection)
    work = _Purge(database, plans, world, now, dry_run=dry_run)
    done = Purged()
    spans = world.policy.retention
    if "inactive_contacts" in spans:
        done.people = await work.people(_before(now, spans["inactive_contacts"]))
    for attribute in world.catalog.attributes.values():
        if attribute.keep_days is not None and attribute.computed is None:
            before = now - timedelta(days=attribute.keep_days)
            done.values[attribute.name] = await work.values(attribute.name, before)
    for kind in ("events", "messages", "raw"):
        if kind in spans:
            setattr(done, kind, await work.rows(kind, _before(now, spans[kind])))
    if not dry_run:
        async with database.transaction() as connection:
            await merges.close(connection, now - UNDONE_WITHIN)
    if done and not dry_run:
        async with database.transaction() as connection:
            await publications.audit(connection, actor, "purge", "", vars(done), now)
    return done


async def nightly(database: Database, plans: Plans, now: datetime) -> Purged | None:
    """Purge once a night, whichever worker comes first; None where it is not due, or under way elsewhere.

    Night is at three by the clock of the policy. A new installation begins with the night to come: until then
    somebody can look at what the policy says.
    """
    async with database.transaction() as guard:
        if not await retention.only_one(guard):
            return None
        told = await read_setting(guard, LAST)
        zone = ZoneInfo((await plans.world(guard)).policy.default_zone)
        if told is not None and now < next_at(datetime.fromisoformat(told), NIGHT, None, zone):
            return None
        done = None
        if told is not None:
            done = await purge(database, plans, actor=SOURCE, now=now)
        await write_setting(guard, LAST, now.isoformat())
    return done


def own_acts(catalog: Catalog) -> list[str]:
    """The events by which a person shows that they are there."""
    declared = [
        each.name
        for each in catalog.events.values()
        if not each.built_in and each.about is None and each.interaction.direction == "in"
    ]
    return [*declared, *OWN_ACTS]


@dataclass(frozen=True)
class _Purge:
    database: Database
    plans: Plans
    world: World
    now: datetime
    dry_run: bool

    async def people(self, before: datetime) -> int:
        """Forget those who have done nothing since; their addresses are not blocked: they never objected."""
        acts = own_acts(self.world.catalog)

        async def find(connection: Connection, after: str) -> list[str]:
            return await retention.inactive(connection, acts, before, after)

        async def act(connection: Connection, ids: list[str]) -> None:
            rows = [row for row in await contacts.lock(connection, ids) if row["erased_at"] is None]
            # Somebody may have come back since the page was read; from here on they are locked.
            still = set(await retention.inactive(connection, acts, before, "", ids))
            gone = [row for row in rows if row["id"] in still]
            await forget(connection, self.plans, gone, source=SOURCE, now=self.now)

        return await self._each(find, act)

    async def values(self, attribute: str, before: datetime) -> int:
        """Clear an attribute where nobody has said it again since."""

        async def find(connection: Connection, after: str) -> list[str]:
            return await retention.stale(connection, attribute, before, after)

        async def act(connection: Connection, ids: list[str]) -> None:
            rows = {row["id"]: row for row in await contacts.lock(connection, ids)}
            # Somebody may have said it again since the page was read; from here on they are locked.
            still = await retention.stale(connection, attribute, before, "", ids)
            rows = {id_: rows[id_] for id_ in still if id_ in rows}
            changes = [Change(id_, attribute, None, None) for id_ in rows]
            addresses = self.plans.addresses
            await people.write(
                connection, addresses, rows, changes, source=SOURCE, now=self.now, silent=set(rows)
            )
            await retention.forget_values(
                connection, attribute, [*still, *await merges.came(connection, still)]
            )

        return await self._each(find, act)

    async def rows(self, what: retention.Old, before: datetime) -> int:
        """Delete events or messages that are older."""
        if self.dry_run:
            async with self.database.connection() as connection:
                return await retention.count(connection, what, before, self.now - SETTLED)
        done = await self._delete(what, before)
        await self._delete("items" if what == "events" else "trails", before)
        return done

    async def _delete(self, what: retention.Deleted, before: datetime) -> int:
        done = 0
        while True:
            async with self.database.transaction() as connection:
                page = await retention.delete(connection, what, before, self.now - SETTLED)
            done += page
            if page < retention.ROWS_AT_ONCE:
                return done

    async def _each(
        self,
        find: Callable[[Connection, str], Awaitable[list[str]]],
        act: Callable[[Connection, list[str]], Awaitable[None]],
    ) -> int:
        """Do something to everybody found, page by page; how many."""
        done = 0
        async for page in self._pages(find):
            if not self.dry_run:
                async with self.database.transaction() as connection:
                    await act(connection, page)
            done += len(page)
        return done

    async def _pages(
        self, find: Callable[[Connection, str], Awaitable[list[str]]]
    ) -> AsyncIterator[list[str]]:
        after = ""
        while True:
            async with self.database.connection() as connection:
                page = await find(connection, after)
            if not page:
                return
            yield page
            after = page[-1]


def _before(now: datetime, span: Duration) -> datetime:
    """The instant a span ago, by the calendar."""
    back = Duration(-span.months, -span.days, -span.seconds)
    return add(now, back, ZoneInfo("UTC")).astimezone(UTC)
