"""Numbered SQL files, applied once each, in order, one transaction a file."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection

from store.database import connect

FOLDER = Path(__file__).parent / "migrations"
FILE_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
LOCK = 7_265_616
"""Key of the advisory lock: two processes that start together migrate one after the other."""

FLOOR = 150_000
"""PostgreSQL 15."""


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
        cursor = await connection.execute(
            "select number, name, sha256 from schema_migrations order by number"
        )
        applied = {number: (name, sha256) for number, name, sha256 in await cursor.fetchall()}
        _check(migrations, applied)
        waiting = [each for each in migrations if each.number not in applied]
        for migration in waiting:
            await _apply(connection, migration)
    return [migration.name for migration in waiting]


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


async def _apply(connection: AsyncConnection, migration: Migration) -> None:
    async with connection.transaction():
        try:
            await connection.execute(migration.sql)
        except Exception as error:
            raise MigrationError(f"{migration.name} failed, nothing of it was kept: {error}") from error
        await connection.execute(
            "insert into schema_migrations (number, name, sha256) values (%s, %s, %s)",
            (migration.number, migration.name, migration.sha256),
        )
