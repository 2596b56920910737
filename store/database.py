"""Connections and named statements. Rows come back as dicts."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from select import POLLIN, poll
from typing import Any, TypeAlias

import orjson
from psycopg import AsyncConnection, adapters
from psycopg import Error as PsycopgError
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Json, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from store.arrays import FlatListDumper
from store.cursor import Cursor, TablesChanged
from store.turns import Turns

QUERIES = Path(__file__).parent / "queries"
USE_LINE = re.compile(r"^ *-- use: ([a-z_]+)\.([a-z][a-z0-9_]*)\s*$", re.MULTILINE)
NAME_LINE = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)
FEW = 20
"""Rows by which a statement may be planned without them: each is found by an index."""

FOR_FEW = b"""
set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off;
set max_parallel_workers_per_gather = 0
"""
FOR_MANY = b"set local plan_cache_mode = force_custom_plan"
CONNECT_SECONDS = 10
CANCEL_SECONDS = 2

Connection: TypeAlias = AsyncConnection[DictRow]
Row: TypeAlias = dict[str, Any]


class DatabaseUnavailable(RuntimeError):
    """The database did not answer; the message says which and what to look at."""


class Database:
    """A pool of connections to one PostgreSQL database. `turns` are those of its heavy transactions."""

    def __init__(
        self, url: str, pool: AsyncConnectionPool[Connection], keyed: AsyncConnectionPool[Connection]
    ) -> None:
        self.url = url
        self._pool = pool
        self._keyed = keyed
        self.turns = Turns()
        self._at_work: set[Connection] = set()

    @classmethod
    async def open(cls, url: str, *, size: int = 10) -> "Database":
        """Connect, keeping at most `size` connections, and as many for `keyed_transaction`.

        Raises DatabaseUnavailable when nobody answers.
        """
        pool, keyed = _pool(url, 1, size), _pool(url, 0, size, _for_few)
        try:
            # One try with the driver's own words, which the pool keeps to its log.
            async with await connect(url):
                await pool.open(wait=True, timeout=CONNECT_SECONDS)
                await keyed.open()
        except PoolTimeout as error:
            await pool.close()
            raise _unavailable(error) from error
        except BaseException:
            await pool.close()
            raise
        return cls(url, pool, keyed)

    async def close(self) -> None:
        """Give all connections back."""
        await self._pool.close()
        await self._keyed.close()

    async def break_off(self) -> None:
        """Begin nothing any more, and cancel the statements under way, which raises an OperationalError.

        For a process that must end, however long a lock is kept from it.
        """
        await self.close()
        cancels = (each.cancel_safe(timeout=CANCEL_SECONDS) for each in self._at_work)
        await asyncio.gather(*cancels, return_exceptions=True)

    @asynccontextmanager
    async def _taken(self, pool: AsyncConnectionPool[Connection]) -> AsyncIterator[Connection]:
        connection = await _of(pool)
        self._at_work.add(connection)
        try:
            async with connection:
                yield connection
        except TablesChanged:
            # The other connections have prepared statements for the tables of before, too.
            await self._pool.drain()
            await self._keyed.drain()
            raise
        finally:
            self._at_work.discard(connection)
            await pool.putconn(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside one transaction: committed at the end, rolled back on any error."""
        async with self._taken(self._pool) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def keyed_transaction(self) -> AsyncIterator[Connection]:
        """The same for statements that find their rows by keys, which are planned once a connection.

        Who has more than a few keys says so (`plan_for`). A transaction of a single person is some twenty
        statements, whose plans cost more than their rows.
        """
        async with self._taken(self._keyed) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection where each statement is its own transaction: for reading."""
        async with self._taken(self._pool) as connection:
            yield connection

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[Connection]:
        """A connection of its own, outside the pool, that hears `notify` on a channel (a plain word)."""
        connection: Connection = await AsyncConnection.connect(
            self.url, autocommit=True, row_factory=dict_row, connect_timeout=CONNECT_SECONDS
        )
        async with connection:
            await connection.execute(f"listen {channel}".encode())
            yield connection


def _pool(
    url: str, least: int, most: int, configure: Callable[[Connection], Awaitable[None]] | None = None
) -> AsyncConnectionPool[Connection]:
    return AsyncConnectionPool(
        url,
        connection_class=AsyncConnection[DictRow],
        # Our statements are few and the same: each is prepared when a connection first meets it.
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "cursor_factory": Cursor,
            "prepare_threshold": 0,
            # Whatever the URL says: rows and lists are written as UTF-8.
            "client_encoding": "utf8",
        },
        configure=configure,
        min_size=least,
        max_size=most,
        open=False,
        name="relance",
    )


async def _of(pool: AsyncConnectionPool[Connection]) -> Connection:
    """A connection of the pool that its server has not closed meanwhile, as by a restart.

    The pool's own `check` waits longer and longer for each that is closed: after a restart all of them are.
    """
    while _is_closed(connection := await pool.getconn()):
        await connection.close()
        await pool.putconn(connection)
    return connection


def _is_closed(connection: Connection) -> bool:
    """Whether the server has gone. An idle one says nothing: what can be read of it is its farewell.

    Asked of the socket and not of the server, since a round trip would double what a short transaction costs.
    """
    socket = poll()
    socket.register(connection.fileno(), POLLIN)
    return bool(socket.poll(0))


async def _for_few(connection: Connection) -> None:
    await connection.execute(FOR_FEW, prepare=False)


async def plan_for(connection: Connection, keys: int) -> None:
    """Plan the statements of a `keyed_transaction` for so many keys.

    Those of many are planned each time, with their keys: a plan without them compares each row of a table
    that was small when it was made with every key.
    """
    if keys > FEW:
        await connection.execute(FOR_MANY)


async def connect(url: str) -> AsyncConnection[Any]:
    """One connection of its own. Raises DatabaseUnavailable when nobody answers, or not to this URL."""
    try:
        return await AsyncConnection.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
    except PsycopgError as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"the database does not answer: {str(error).strip()}\n"
        "Check that PostgreSQL runs and that DATABASE_URL is right, like postgresql://user@host/name"
    )


@cache
def queries(file: str) -> dict[str, bytes]:
    """The statements of `queries/<file>.sql` by name; each begins with a line `-- name: x`.

    A line `-- use: file.name` stands for the text of that name: what several statements share is said once.
    """
    text = (QUERIES / f"{file}.sql").read_text("utf-8")
    parts = NAME_LINE.split(text)[1:]
    texts = {name: statement.strip() for name, statement in zip(parts[::2], parts[1::2], strict=True)}

    def meant(use: re.Match[str]) -> str:
        return texts[use[2]] if use[1] == file else queries(use[1])[use[2]].decode()

    return {name: USE_LINE.sub(meant, statement).encode() for name, statement in texts.items()}


def row_of(record: Any) -> Row:
    """The fields of a dataclass as a row; `asdict` would copy all that they hold."""
    return {name: getattr(record, name) for name in _names(record.__class__)}


@cache
def _names(record: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(record))


def rows_of(rows: Sequence[Row]) -> Json:
    """Rows as one parameter for `json_to_recordset`; dates and instants as ISO texts, UUIDs as texts."""
    return Json(rows, dumps=_dumps)


def _dumps(value: Any) -> bytes | str:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    except orjson.JSONEncodeError:  # an integer of more than 64 bits
        return json.dumps(value, default=_text, ensure_ascii=False)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


set_json_loads(orjson.loads)
adapters.register_dumper(list, FlatListDumper)
