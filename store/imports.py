"""Imports of people: one at a time, staged whole, applied in batches of lines."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from psycopg.types.json import Jsonb

from store.database import Connection, Row, queries

SQL = queries("imports")

Staged: TypeAlias = tuple[
    int, str, datetime | None, dict[str, Any], dict[str, str] | None, list[Any] | None, datetime | None
]
"""Line, contact, since when known, attributes as stored, ids elsewhere, consents, since when they hold."""


@dataclass(frozen=True)
class Batch:
    """Lines `first` to `last` of an import, without those that are refused."""

    id: int
    first: int
    last: int
    refused: Sequence[int] = ()

    def values(self) -> Row:
        """As parameters of the statements."""
        return {"import": self.id, "first": self.first, "last": self.last, "refused": list(self.refused)}


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
    connection: Connection, *, file: str, hash_: str, source: str, actor: str, silent: bool, now: datetime
) -> Row:
    """Write down that an import begins."""
    values = {"file": file, "hash": hash_, "source": source, "actor": actor, "silent": silent, "now": now}
    return await _one(connection, "begin", values)


async def stage(connection: Connection, import_id: int, rows: Iterable[Staged]) -> None:
    """Copy people of a file to where they wait to be applied."""
    async with connection.cursor() as cursor, cursor.copy(SQL["copy"]) as copy:
        for line, contact, created_at, attributes, ids, consents, as_of in rows:
            await copy.write_row(
                (
                    import_id,
                    line,
                    contact,
                    created_at,
                    Jsonb(attributes),
                    Jsonb(ids) if ids else None,
                    Jsonb(consents) if consents else None,
                    as_of,
                )
            )


async def staged(connection: Connection, import_id: int, now: datetime) -> Row:
    """Write down that the file was read to its end."""
    return await _one(connection, "staged", {"import": import_id, "now": now})


async def preview(connection: Connection, import_id: int, refused: Collection[int]) -> Row:
    """How many people an import would create and change."""
    return await _one(connection, "preview", {"import": import_id, "refused": list(refused)})


async def next_batch(connection: Connection, import_id: int, first: int, size: int) -> Batch | None:
    """The lines from `first` on, `size` of them; None at the end."""
    values = {"import": import_id, "first": first, "limit": size}
    last = (await _one(connection, "next_lines", values))["last"]
    return None if last is None else Batch(import_id, first, last)


async def told(connection: Connection, batch: Batch) -> list[Row]:
    """What lines of a batch say beside attributes: line, contact_id, identities, consents."""
    cursor = await connection.execute(SQL["told"], batch.values())
    return await cursor.fetchall()


async def of_winners(connection: Connection, batch: Batch) -> None:
    """Let lines about people who were merged be about whom they were merged into."""
    await connection.execute(SQL["of_winners"], batch.values())


async def insert_missing(connection: Connection, batch: Batch, now: datetime) -> list[str]:
    """Create the people of a batch who are not there; their ids."""
    cursor = await connection.execute(SQL["insert_missing"], {**batch.values(), "now": now})
    return [row["id"] for row in await cursor.fetchall()]


async def lock(connection: Connection, batch: Batch) -> None:
    """Lock the people of a batch, in the order in which everybody locks them."""
    await connection.execute(SQL["lock"], batch.values())


async def erased(connection: Connection, batch: Batch) -> list[int]:
    """Lines about people who were erased."""
    cursor = await connection.execute(SQL["erased"], batch.values())
    return [row["line"] for row in await cursor.fetchall()]


async def settle(connection: Connection, batch: Batch, *, source: str, now: datetime) -> bool:
    """Leave in the rows of locked people only what is newer than what is known; whether any row has a date.

    What is older goes to the history at its date.
    """
    dated: bool = (await _one(connection, "dated", batch.values()))["dated"]
    if dated:
        await connection.execute(SQL["settle"], {**batch.values(), "source": source, "now": now})
    return dated


async def apply(
    connection: Connection,
    batch: Batch,
    *,
    created: Sequence[str],
    columns: Sequence[str],
    dated: bool,
    source: str,
    silent: bool,
    now: datetime,
) -> list[str]:
    """Write the attributes of a batch that differ, with history and events; who of the known changed."""
    values = {"created": list(created), "columns": list(columns), "source": source, "silent": silent}
    values["dated"] = dated
    cursor = await connection.execute(SQL["apply"], {**batch.values(), **values, "now": now})
    return [row["id"] for row in await cursor.fetchall()]


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
