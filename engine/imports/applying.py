"""Brings a file of people into the base: staged whole, then applied in batches that are each a transaction.

A file that is broken changes nothing. An import that was stopped goes on where it was, when the same file is
given again. One import runs at a time.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from dsl.catalog import Catalog
from engine import contact_input, people
from engine.contact_input import IdentityTaken, Person, PersonError
from engine.imports.staging import Reject, Source, Tick, said_of
from engine.plans import Plans
from engine.typed import COLUMNS
from store import imports, publications, runs
from store.database import Connection, Database, Row
from store.imports import Batch

LINES_AT_ONCE = 5_000
TRIES = 3


class Busy(RuntimeError):
    """Another import is under way."""


@dataclass(frozen=True)
class By:
    """Who imports, what the values are said to come from, and whether events tell of it."""

    actor: str
    source: str
    silent: bool = False


@dataclass(frozen=True)
class Imported:
    """What became of the people of a file; `resumed` where it went on with one that had stopped."""

    accepted: int
    created: int
    changed: int
    rejects: tuple[Reject, ...]
    resumed: bool = False


async def import_people(
    database: Database,
    plans: Plans,
    source: Source,
    by: By,
    *,
    now: datetime,
    dry_run: bool = False,
    tick: Tick = lambda _: None,
) -> Imported:
    """Create and change the people of a file, under the rules of the API.

    With `dry_run` all is read and compared and nothing kept. Raises Busy, BadFile and BadMapping.
    """
    async with _claimed(database) as connection:
        if dry_run:
            # Undone whole, however it ends: an import that had stopped can still be taken up.
            async with connection.transaction(force_rollback=True):
                work = await _stage(connection, source, by, now, tick)
                return await _preview(connection, work, source, now)
        work = await _taken_up(connection, source, by) or await _stage(connection, source, by, now, tick)
        return await _Applying(database, plans, source, by, now, tick).all(connection, work)


@asynccontextmanager
async def _claimed(database: Database) -> AsyncIterator[Connection]:
    """A connection that alone may import. Raises Busy."""
    async with database.connection() as connection:
        other = await imports.claim(connection)
        if other:
            raise Busy(f"{other['actor']} is importing {other['file']}: wait until it is done")
        try:
            yield connection
        finally:
            await imports.let_go(connection)


async def _taken_up(connection: Connection, source: Source, by: By) -> Row | None:
    """The import of this very file that had stopped, if there is one; others are forgotten."""
    old = await imports.resumable(connection, source.hash(), by.source)
    await imports.forget_unfinished(connection, old["id"] if old else None)
    if old:
        for _ in source.people():
            pass  # only for the rows that it refuses
    return old


async def _stage(connection: Connection, source: Source, by: By, now: datetime, tick: Tick) -> Row:
    """The import, with its file staged."""
    work = await imports.begin(
        connection,
        file=source.path.name,
        hash_=source.hash(),
        source=by.source,
        actor=by.actor,
        silent=by.silent,
        now=now,
    )
    async with connection.transaction():
        async for page in await source.staged(tick):
            await imports.stage(connection, work["id"], page)
        return await imports.staged(connection, work["id"], now)


async def _preview(connection: Connection, work: Row, source: Source, now: datetime) -> Imported:
    batch = Batch(work["id"], 0, 2**31 - 1)
    catalog = source.catalog
    await imports.of_winners(connection, batch)
    refused = {each.line: each for each in await _refused(connection, catalog, batch, now)}
    source.rejects |= refused
    settled = replace(batch, refused=list(refused))
    await imports.settle(connection, settled, source=source.path.name, now=now)
    found = await imports.preview(connection, work["id"], list(refused))
    rejects = tuple(source.rejects[line] for line in sorted(source.rejects))
    return Imported(work["lines"] - len(refused), found["created"], found["changed"], rejects)


async def _refused(connection: Connection, catalog: Catalog, batch: Batch, now: datetime) -> list[Reject]:
    """Lines that what is in the base forbids."""
    lines, persons = await _told(connection, batch)
    faults = await _faults(connection, catalog, persons, now)
    gone = [Reject(line, "id", people.ERASED) for line in await imports.erased(connection, batch)]
    return [*gone, *(Reject(lines[fault.index], fault.pointer, fault.message) for fault in faults)]


async def _told(connection: Connection, batch: Batch) -> tuple[list[int], list[Person]]:
    rows = await imports.told(connection, batch)
    persons = [
        Person(row["contact_id"], {}, row["identities"] or {}, said_of(row["consents"] or ())) for row in rows
    ]
    return [row["line"] for row in rows], persons


async def _faults(
    connection: Connection, catalog: Catalog, persons: Sequence[Person], now: datetime
) -> list[PersonError]:
    held = await contact_input.held_of(connection, persons)
    said = [
        fault
        for index, each in enumerate(persons)
        for fault in contact_input.consent_faults(catalog, held, index, each)
    ]
    said += await contact_input.without_sale(connection, catalog, held, persons, now)
    return said + await contact_input.clashes(connection, persons)


@dataclass(frozen=True)
class _Applying:
    """The batches of one import."""

    database: Database
    plans: Plans
    source: Source
    by: By
    now: datetime
    tick: Tick

    async def all(self, connection: Connection, work: Row) -> Imported:
        """Apply what is left of it, and write down its end."""
        resumed = work["next_line"] > 0
        if resumed:
            done = Batch(work["id"], 0, work["next_line"] - 1)
            self._refuse(await _refused(connection, self.source.catalog, done, self.now))
        while batch := await imports.next_batch(connection, work["id"], work["next_line"], LINES_AT_ONCE):
            work = await self._persistently(batch)
            self.tick(LINES_AT_ONCE)
        return await self._finish(work, resumed=resumed)

    async def _finish(self, work: Row, *, resumed: bool) -> Imported:
        rejects = self.source.rejects
        async with self.database.transaction() as connection:
            work = await imports.finish(connection, work["id"], self.now)
            counts = {name: work[name] for name in ("lines", "created", "changed")}
            told = {**counts, "rejected": len(rejects), "source": self.by.source}
            await publications.audit(connection, self.by.actor, "import", work["file"], told, self.now)
        accepted = work["lines"] - sum(each.late for each in rejects.values())
        listed = tuple(rejects[line] for line in sorted(rejects))
        return Imported(accepted, work["created"], work["changed"], listed, resumed)

    async def _persistently(self, batch: Batch) -> Row:
        """Apply a batch; an id that somebody else takes at the same moment is looked at again."""
        for _ in range(TRIES - 1):
            try:
                return await self._apply(batch)
            except IdentityTaken:
                continue
        return await self._apply(batch)

    async def _apply(self, batch: Batch) -> Row:
        async with self.database.transaction() as connection:
            await imports.of_winners(connection, batch)
            refused = await _refused(connection, self.source.catalog, batch, self.now)
            self._refuse(refused)
            batch = replace(batch, refused=[each.line for each in refused])
            created = await imports.insert_missing(connection, batch, self.now)
            await imports.lock(connection, batch)
            dated = await imports.settle(connection, batch, source=self.by.source, now=self.now)
            changed = await imports.apply(
                connection,
                batch,
                created=created,
                columns=COLUMNS,
                dated=dated,
                source=self.by.source,
                silent=self.by.silent,
                now=self.now,
            )
            if self.by.silent:
                await runs.wake_contacts(connection, changed, self.now)
            await self._note(connection, batch)
            return await imports.advanced(connection, batch, created=len(created), changed=len(changed))

    def _refuse(self, found: Sequence[Reject]) -> None:
        self.source.rejects |= {each.line: replace(each, late=True) for each in found}

    async def _note(self, connection: Connection, batch: Batch) -> None:
        """The ids and the consents of a batch."""
        lines, persons = await _told(connection, batch)
        good = [person for line, person in zip(lines, persons, strict=True) if line not in batch.refused]
        if good:
            held = await contact_input.held_of(connection, good)
            source = self.by.source
            silent = self.by.silent
            await contact_input.note(
                connection, self.plans, good, held, source=source, now=self.now, silent=silent
            )
