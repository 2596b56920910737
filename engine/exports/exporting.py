"""Writes the base out, as it is at one instant, and writes down who did."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from engine import segment_members
from engine.exports.tables import cells, columns_of
from engine.exports.writers import Drain, Form, Target, writer
from engine.plans import Plans
from store import exports, publications
from store.database import Connection, Database
from store.exports import What

STALLED_AFTER = "5min"
"""A download of which no more is read holds a connection and a snapshot, which keeps dead rows, no longer."""


@dataclass(frozen=True)
class Asked:
    """What is to be written out: of one segment or of everybody, and since and until when."""

    what: What
    form: Form
    segment: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def export(
    database: Database,
    plans: Plans,
    asked: Asked,
    target: Path | TextIO,
    *,
    actor: str,
    now: datetime,
    tick: Callable[[int], None] = lambda _: None,
) -> int:
    """Write an export; how many rows. The audit tells of it, with the rows counted and none of them shown.

    It tells of one that broke off, too: what was written by then is out. Raises UnknownSegment,
    ParquetMissing and OSError.
    """
    rows, whole = 0, False
    try:
        async with aclosing(_snapshot(database, plans, asked, target, now)) as pages:
            async for page in pages:
                rows += page
                if page:
                    tick(page)
        whole = True
    finally:
        # Of its own, since a snapshot of before cannot follow what others wrote to the audit meanwhile.
        if rows or whole:
            await _tell(database, asked, actor, now, rows=rows)
    return rows


async def streamed(
    database: Database, plans: Plans, asked: Asked, *, actor: str, now: datetime
) -> AsyncGenerator[bytes, None]:
    """The bytes of an export, a page of rows at a time; nothing of it is kept here.

    The audit tells of it before anything is out, so that whoever takes a part is there, too: it counts no
    rows. Raises UnknownSegment and ParquetMissing before the first bytes.
    """
    drain = Drain()
    told = False
    async with aclosing(_snapshot(database, plans, asked, drain, now, patience=STALLED_AFTER)) as pages:
        async for _ in pages:
            if not told:
                await _tell(database, asked, actor, now)
                told = True
            yield drain.taken()
    yield drain.taken()


async def _tell(database: Database, asked: Asked, actor: str, now: datetime, **more: int) -> None:
    span = {"since": asked.since, "until": asked.until}
    told = {**more, "form": asked.form, "segment": asked.segment, **_said(span)}
    async with database.transaction() as connection:
        await publications.audit(connection, actor, "export", asked.what, told, now)


async def _snapshot(
    database: Database,
    plans: Plans,
    asked: Asked,
    target: Target,
    now: datetime,
    *,
    patience: str = "0",
) -> AsyncGenerator[int, None]:
    """Write the base as it is at this instant; how many rows, page by page, first 0 for the head.

    Who takes longer than `patience` over a page (an interval of PostgreSQL, 0 for any time) gets no other.
    """
    async with database.transaction() as connection:
        await connection.execute("set transaction isolation level repeatable read")
        await exports.wait_at_most(connection, patience)
        async with aclosing(_written(connection, plans, asked, target, now)) as pages:
            async for page in pages:
                yield page


async def _written(
    connection: Connection, plans: Plans, asked: Asked, target: Target, now: datetime
) -> AsyncGenerator[int, None]:
    """Write what the snapshot of a transaction holds; how many rows, page by page."""
    catalog = (await plans.world(connection)).catalog
    ids = await _members(connection, plans, asked.segment, now)
    columns = columns_of(asked.what, catalog)
    out = writer(asked.form, columns, target)
    yield 0
    try:
        pages = exports.pages(connection, asked.what, ids=ids, since=asked.since, until=asked.until)
        async for page in pages:
            out.write([cells(asked.what, columns, row) for row in page])
            yield len(page)
    finally:
        out.close()


async def _members(
    connection: Connection, plans: Plans, name: str | None, now: datetime
) -> Sequence[str] | None:
    if name is None:
        return None
    found = await segment_members.segment(connection, plans, name, now)
    return [row["id"] async for page in found.members() for row in page]


def _said(span: dict[str, datetime | None]) -> dict[str, str | None]:
    return {name: at.isoformat() if at else None for name, at in span.items()}
