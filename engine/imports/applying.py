"""Brings a file of people into the base: staged whole, then applied in batches that are each a transaction.

A file that is broken changes nothing. An import that was stopped goes on where it was, when the same file is
given again under the same catalog. One import runs at a time.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg.errors import DeadlockDetected

from dsl.catalog import Catalog
from engine.contact_input import IdentityTaken
from engine.imports.batches import Writing
from engine.imports.staging import Reject, Source, Tick
from engine.plans import Plans
from store import import_batches, imports, publications
from store.database import Connection, Database, Row
from store.import_batches import Batch, Origin

LINES_AT_ONCE = 20_000
TRIES = 3


class Busy(RuntimeError):
    """Another import is under way."""


class CatalogChanged(RuntimeError):
    """A catalog was published while its rows were being applied; the message says what to do."""


@dataclass(frozen=True)
class By:
    """Who imports, what the values are said to come from, and whether events tell of it."""

    actor: str
    source: str
    silent: bool = False


@dataclass(frozen=True)
class Imported:
    """What became of the people of a file.

    `resumed` where it went on with one that had stopped; `reread` where that one was read again from its
    first row, since its rows were found good by another catalog.
    """

    accepted: int
    created: int
    changed: int
    rejects: tuple[Reject, ...]
    resumed: bool = False
    reread: bool = False


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

    With `dry_run` all is read and compared and nothing kept. Raises Busy, BadFile, BadMapping and
    CatalogChanged.
    """
    writing = Writing(plans, source.catalog, Origin(by.source, now, by.silent))
    async with _claimed(database) as connection:
        if dry_run:
            # Undone whole, however it ends: an import that had stopped can still be taken up.
            async with connection.transaction(force_rollback=True):
                work = await _stage(connection, source, by, now, tick)
                return await _preview(connection, work, source, writing)
        old = await imports.resumable(connection, source.hash(), by.source)
        reread = old is not None and old["catalog"] != source.rules
        old = None if reread else old
        work = await _taken_up(connection, source, old) or await _stage(connection, source, by, now, tick)
        done = await _Applying(database, source, by, writing, tick).all(connection, work)
        return replace(done, reread=reread)


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


async def _taken_up(connection: Connection, source: Source, old: Row | None) -> Row | None:
    """The import of this very file that had stopped, if there is one; others are forgotten."""
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
        catalog=source.rules,
        source=by.source,
        actor=by.actor,
        silent=by.silent,
        now=now,
    )
    async with connection.transaction():
        await imports.stage(connection, source.blocks(work["id"], tick))
        return await imports.staged(connection, work["id"], now)


async def _preview(connection: Connection, work: Row, source: Source, writing: Writing) -> Imported:
    batch = Batch(work["id"], 0, 2**31 - 1)
    await import_batches.of_winners(connection, batch)
    refused = {each.line: each for each in await writing.refused(connection, batch)}
    source.rejects |= refused
    settled = replace(batch, refused=list(refused))
    await import_batches.settle(connection, settled, writing.origin)
    found = await imports.preview(connection, work["id"], list(refused))
    rejects = tuple(source.rejects[line] for line in sorted(source.rejects))
    return Imported(work["lines"] - len(refused), found["created"], found["changed"], rejects)


@dataclass(frozen=True)
class _Applying:
    """The batches of one import."""

    database: Database
    source: Source
    by: By
    writing: Writing
    tick: Tick

    async def all(self, connection: Connection, work: Row) -> Imported:
        """Apply what is left of it, and write down its end."""
        resumed = work["next_line"] > 0
        if resumed:
            done = Batch(work["id"], 0, work["next_line"] - 1)
            self._refuse(await self.writing.refused(connection, done))
        while batch := await imports.next_batch(connection, work["id"], work["next_line"], LINES_AT_ONCE):
            work = await self._persistently(batch)
            self.tick(LINES_AT_ONCE)
        return await self._finish(work, resumed=resumed)

    async def _finish(self, work: Row, *, resumed: bool) -> Imported:
        rejects = self.source.rejects
        now = self.writing.origin.now
        async with self.database.transaction() as connection:
            work = await imports.finish(connection, work["id"], now)
            counts = {name: work[name] for name in ("lines", "created", "changed")}
            told = {**counts, "rejected": len(rejects), "source": self.by.source}
            await publications.audit(connection, self.by.actor, "import", work["file"], told, now)
        accepted = work["lines"] - sum(each.late for each in rejects.values())
        listed = tuple(rejects[line] for line in sorted(rejects))
        return Imported(accepted, work["created"], work["changed"], listed, resumed)

    async def _persistently(self, batch: Batch) -> Row:
        """Apply a batch; what somebody else takes or locks at the same moment is looked at again."""
        for _ in range(TRIES - 1):
            try:
                return await self._apply(batch)
            except (IdentityTaken, DeadlockDetected):
                continue
        return await self._apply(batch)

    async def _apply(self, batch: Batch) -> Row:
        async with self.database.transaction() as connection:
            self._refuse_other((await self.writing.plans.world(connection)).catalog)
            done = await self.writing.write(connection, batch)
            work = await imports.advanced(connection, batch, created=done.created, changed=done.changed)
        self._refuse(done.refused)
        return work

    def _refuse_other(self, catalog: Catalog) -> None:
        ours = self.source
        if catalog is not ours.catalog and replace(ours, catalog=catalog).rules != ours.rules:
            raise CatalogChanged(
                f"a catalog was published while {ours.path.name} was imported, and its rows were found good "
                "by the one before: type the command again, which reads the file anew"
            )

    def _refuse(self, found: Sequence[Reject]) -> None:
        self.source.rejects |= {each.line: replace(each, late=True) for each in found}
