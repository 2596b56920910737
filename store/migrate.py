"""Numbered SQL files, applied once each, in order, one transaction a file.

They run under processes of the release before, and after a rollback over newer tables: a file only adds what
older code need not know of. One that takes something away says in its first line from which migration on code
can work over it, `-- needs: 0024`, and older processes do not start any more.
"""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from store.database import connect

FOLDER = Path(__file__).parent / "migrations"
FILE_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
LOCK = 7_265_616
"""Key of the advisory lock: two processes that start together migrate one after the other."""

FLOOR = 150_000
"""PostgreSQL 15."""

NEEDS = re.compile(rb"-- needs: (\d{4})\b")
LOCK_TIMEOUT = "2s"
"""How long a file waits for a table: whoever wants it meanwhile waits behind it, all of sending too."""

TRIES, PAUSE_SECONDS = 15, 2.0
"""How often, and how far apart, a file is tried that processes at work keep from its tables."""


class MigrationError(RuntimeError):
    """The database and the migration files do not go together; the message says what to do."""


@dataclass(frozen=True)
class Migration:
    """One file. `sha256` of its bytes, so that an applied file that was edited is noticed."""

    number: int
    name: str
    sql: bytes
    sha256: str


async def migrate(url: str, folder: Path = FOLDER) -> list[str]:
    """Bring a database up to date; returns the names of the files applied, none when it was.

    Raises DatabaseUnavailable, or MigrationError, and leaves the database as the last whole file left it.
    """
    migrations = read_migrations(folder)
    async with await connect(url) as connection:
        if connection.info.server_version < FLOOR:
            raise MigrationError(
                f"PostgreSQL 15 or newer is needed, this is {connection.info.server_version}"
            )
        await connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        await connection.execute(
            "create table if not exists schema_migrations (number integer primary key, name text not null,"
            " sha256 text not null, applied_at timestamptz not null default now())"
        )
        await connection.execute("alter table schema_migrations add column if not exists needs integer")
        cursor = await connection.execute(
            "select number, name, sha256 from schema_migrations order by number"
        )
        applied = {number: (name, sha256) for number, name, sha256 in await cursor.fetchall()}
        _check(migrations, applied)
        waiting = [each for each in migrations if each.number not in applied]
        for migration in waiting:
            await _apply_in_time(connection, migration)
    return [migration.name for migration in waiting]


async def require(url: str, folder: Path = FOLDER) -> None:
    """Raise MigrationError where the tables lack something of this version, or are not for it any more.

    Newer tables are fine as long as no migration took away what this version uses. Raises also
    DatabaseUnavailable.
    """
    known = read_migrations(folder)
    async with await connect(url) as connection:
        if not await _is_true(connection, "select to_regclass('schema_migrations') is not null"):
            raise MigrationError("the database has no tables yet, or old ones: run `relance db migrate`")
        applied = await (await connection.execute("select number from schema_migrations")).fetchall()
        lacking = [each.name for each in known if (each.number,) not in applied]
        if lacking:
            raise MigrationError(
                f"the database has no tables yet, or old ones (it lacks {lacking[0]}): "
                "run `relance db migrate`"
            )
        # A database that an older release migrated last does not say it of any.
        says = "select 1 from information_schema.columns where table_schema = current_schema"
        if await _is_true(
            connection,
            f"select exists ({says} and table_name = 'schema_migrations' and column_name = 'needs')",
        ):
            await _refuse_taken_away(connection, len(known))


async def _refuse_taken_away(connection: AsyncConnection[Any], known: int) -> None:
    cursor = await connection.execute(
        "select name from schema_migrations where needs > %s order by number limit 1", (known,)
    )
    for (name,) in await cursor.fetchall():
        raise MigrationError(
            f"the database has migration {name}, over which this version of Relance cannot work: "
            "it was migrated by a newer version; run that one"
        )


async def _is_true(connection: AsyncConnection[Any], statement: str) -> bool:
    row = await (await connection.execute(statement.encode())).fetchone()
    return bool(row and row[0])


def read_migrations(folder: Path) -> list[Migration]:
    """The files of a folder in order. Raises MigrationError on a bad name, a gap or a double number."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = FILE_NAME.match(path.name)
        if not match:
            raise MigrationError(f"{path}: a migration is called like 0002_what_it_does.sql")
        sql = path.read_bytes()
        found.append(Migration(int(match[1]), path.name, sql, hashlib.sha256(sql).hexdigest()))
    if [each.number for each in found] != list(range(1, len(found) + 1)):
        raise MigrationError(f"{folder}: migrations must be numbered 0001, 0002, ... without gap or double")
    return found


def _check(migrations: list[Migration], applied: dict[int, tuple[str, str]]) -> None:
    known = {each.number: each for each in migrations}
    for number, (name, sha256) in applied.items():
        if number not in known:
            raise MigrationError(
                f"the database has migration {name}, which this version of Relance does not know: "
                "it was migrated by a newer version; run that one"
            )
        if known[number].sha256 != sha256:
            raise MigrationError(
                f"{known[number].name} was edited after it was applied to this database: put it back as it "
                "was and write a new migration (in development: start over with `relance dev --fresh`)"
            )


async def _apply_in_time(connection: AsyncConnection[Any], migration: Migration) -> None:
    """Apply a file as soon as processes at work leave a gap for it, without making them wait for long."""
    for _ in range(TRIES):
        try:
            return await _apply(connection, migration)
        except (LockNotAvailable, DeadlockDetected) as error:
            last = error
            await asyncio.sleep(PAUSE_SECONDS)
    raise MigrationError(
        f"{migration.name} did not get its tables in {TRIES} tries, nothing of it was kept: {last}; look in "
        "pg_stat_activity for who holds them for so long (an export, a backup), and run it again"
    ) from last


async def _apply(connection: AsyncConnection[Any], migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'".encode())
        try:
            await connection.execute(migration.sql)
        except (LockNotAvailable, DeadlockDetected):
            raise
        except Exception as error:
            raise MigrationError(f"{migration.name} failed, nothing of it was kept: {error}") from error
        needs = NEEDS.match(migration.sql)
        await connection.execute(
            "insert into schema_migrations (number, name, sha256, needs) values (%s, %s, %s, %s)",
            (migration.number, migration.name, migration.sha256, int(needs[1]) if needs else None),
        )
