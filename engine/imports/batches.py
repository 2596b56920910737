"""One batch of a staged file: what of it the base forbids, and the rest written, in one transaction.

Those who are new and of whom nothing has to be asked are written whole by one statement. Of the others, most
of a file that comes every night says nothing new, and is not even locked. The rest takes the way of the API.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsl.catalog import Catalog
from engine import contact_input, people, topics
from engine.contact_input import IdentityTaken, Person, PersonError
from engine.imports.staging import Reject, said_of
from engine.new_addresses import carry_over
from engine.plans import Plans
from engine.typed import COLUMNS
from store import import_batches, runs
from store.database import Connection, Row
from store.import_batches import Batch, Origin


@dataclass(frozen=True)
class Done:
    """How many people of a batch were created and changed, and its lines that were refused."""

    created: int
    changed: int
    refused: Sequence[Reject]


@dataclass(frozen=True)
class Writing:
    """Writes batches: in the words of one origin, by one catalog."""

    plans: Plans
    catalog: Catalog
    origin: Origin

    async def write(self, connection: Connection, batch: Batch) -> Done:
        """Write a batch. Raises IdentityTaken where somebody was faster; nothing of it holds then."""
        await import_batches.room(connection)
        await import_batches.of_winners(connection, batch)
        clashing = await import_batches.clashing(connection, batch)
        refused = await self._faults(connection, clashing)
        added = await self._added(connection, _without(batch, refused))
        others = replace(batch, lines=added.others)
        lines = await import_batches.differing(connection, others, self.origin.now) if added.others else ()
        if not lines:
            return Done(added.created, 0, refused)
        done = await self._others(connection, replace(batch, lines=lines))
        return Done(added.created + done.created, done.changed, [*refused, *done.refused])

    async def refused(self, connection: Connection, batch: Batch) -> list[Reject]:
        """Lines that what is in the base forbids."""
        rows = await import_batches.clashing(connection, batch)
        rows += await import_batches.doubtful(connection, batch, self.origin.now)
        gone = [Reject(line, "id", people.ERASED) for line in await import_batches.erased(connection, batch)]
        return [*gone, *await self._faults(connection, rows)]

    async def _added(self, connection: Connection, batch: Batch) -> import_batches.Added:
        added = await import_batches.add_new(
            connection,
            batch,
            self.origin,
            columns=COLUMNS,
            untold=topics.TRACKING,
        )
        if added.lost:
            raise IdentityTaken("An id elsewhere was given to somebody else just now. Nothing was stored.")
        await topics.lift_blocks(connection, self.plans, added.lifting, self.origin.now)
        return added

    async def _others(self, connection: Connection, batch: Batch) -> Done:
        """Those who are known, and of whom the batch says several things."""
        origin = self.origin
        refused = await self.refused(connection, batch)
        batch = _without(batch, refused)
        created = await import_batches.insert_missing(connection, batch, origin.now)
        await import_batches.lock(connection, batch)
        dated = await import_batches.settle(connection, batch, origin)
        changed = await import_batches.apply(
            connection, batch, origin, created=created, columns=COLUMNS, dated=dated
        )
        moved = [row["id"] for row in changed if row["is_readdressed"]]
        await carry_over(connection, self.plans.addresses, moved, origin.now)
        if origin.silent:
            await runs.wake_contacts(connection, [row["id"] for row in changed], origin.now)
        await self._note(connection, batch)
        return Done(len(created), len(changed), refused)

    async def _note(self, connection: Connection, batch: Batch) -> None:
        """The ids and the consents of a batch."""
        _, persons = _told(await import_batches.told(connection, batch, self.origin.now))
        if persons:
            held = await contact_input.held_of(connection, persons)
            source, now, silent = self.origin.source, self.origin.now, self.origin.silent
            await contact_input.note(
                connection, self.plans, persons, held, source=source, now=now, silent=silent
            )

    async def _faults(self, connection: Connection, rows: Sequence[Row]) -> list[Reject]:
        if not rows:
            return []
        lines, persons = _told(rows)
        held = await contact_input.held_of(connection, persons)
        said: list[PersonError] = [
            fault
            for index, each in enumerate(persons)
            for fault in contact_input.consent_faults(self.catalog, held, index, each)
        ]
        said += await contact_input.without_sale(connection, self.catalog, held, persons, self.origin.now)
        said += await contact_input.clashes(connection, persons)
        return [Reject(lines[fault.index], fault.pointer, fault.message) for fault in said]


def _without(batch: Batch, refused: Sequence[Reject]) -> Batch:
    lines = {each.line for each in refused}
    return replace(batch, refused=sorted(lines.union(batch.refused)))


def _told(rows: Sequence[Row]) -> tuple[list[int], list[Person]]:
    persons = [
        Person(row["contact_id"], {}, row["identities"] or {}, said_of(row["consents"] or ())) for row in rows
    ]
    return [row["line"] for row in rows], persons
