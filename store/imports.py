"""Imports of people: one at a time, staged whole, applied in batches of lines."""

from collections.abc import AsyncIterable, Collection
from datetime import datetime

from store.database import Connection, Row, queries
from store.import_batches import Batch

SQL = queries("imports")


async def claim(connection: Connection) -> Row | None:
    """Hold the right to import until `let_go`; what is under way where somebody else has it."""
    if (await _one(connection, "claim", {}))["free"]:
        return None
    cursor = await connection.execute(SQL["under_way"])
    return await cursor.fetchone() or {"file": "a file", "actor": "somebody", "started_at": None}


async def let_go(connection: Connection) -> None:
    """Give the right to import back: a connection of a pool outlives whoever had it."""
    if not connection.closed:
        await connection.execute(SQL["let_go"])


async def resumable(connection: Connection, hash_: str, source: str) -> Row | None:
    """The import of this very file that was staged and stopped before its end."""
    cursor = await connection.execute(SQL["resumable"], {"hash": hash_, "source": source})
    return await cursor.fetchone()


async def forget_unfinished(connection: Connection, keep: int | None) -> None:
    """Drop what unfinished imports left, but that of one."""
    await connection.execute(SQL["forget_unfinished"], {"keep": keep or 0})


async def begin(
    connection: Connection,
    *,
    file: str,
    hash_: str,
    catalog: str,
    source: str,
    actor: str,
    silent: bool,
    now: datetime,
) -> Row:
    """Write down that an import begins."""
    values = {"file": file, "hash": hash_, "catalog": catalog, "source": source, "actor": actor}
    return await _one(connection, "begin", {**values, "silent": silent, "now": now})


async def stage(connection: Connection, blocks: AsyncIterable[bytes]) -> None:
    """Copy people of a file, lines of `staging.staged_line`, to where they wait to be applied."""
    async with connection.cursor() as cursor, cursor.copy(SQL["copy"]) as copy:
        async for block in blocks:
            await copy.write(block)


async def staged(connection: Connection, import_id: int, now: datetime) -> Row:
    """Write down that the file was read to its end."""
    await connection.execute(SQL["measure"])
    return await _one(connection, "staged", {"import": import_id, "now": now})


async def preview(connection: Connection, import_id: int, refused: Collection[int]) -> Row:
    """How many people an import would create and change."""
    return await _one(connection, "preview", {"import": import_id, "refused": list(refused)})


async def next_batch(connection: Connection, import_id: int, first: int, size: int) -> Batch | None:
    """The lines from `first` on, `size` of them; None at the end."""
    values = {"import": import_id, "first": first, "limit": size}
    last = (await _one(connection, "next_lines", values))["last"]
    return None if last is None else Batch(import_id, first, last)


async def advanced(connection: Connection, batch: Batch, *, created: int, changed: int) -> Row:
    """Write down, in the batch's own transaction, that it is applied."""
    values = {"import": batch.id, "next": batch.last + 1, "created": created, "changed": changed}
    return await _one(connection, "advanced", values)


async def finish(connection: Connection, import_id: int, now: datetime) -> Row:
    """Write down the end of an import and let go of what it staged."""
    return await _one(connection, "finish", {"import": import_id, "now": now})


async def _one(connection: Connection, name: str, values: Row) -> Row:
    cursor = await connection.execute(SQL[name], values)
    row = await cursor.fetchone()
    assert row is not None
    return row
