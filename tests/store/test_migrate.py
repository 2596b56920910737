"""Migrations: once, in order, whole, and never over an edited file."""

import asyncio
import re
from pathlib import Path

import psycopg
import pytest

from store.database import Database, DatabaseUnavailable
from store.migrate import FOLDER, NEEDS, MigrationError, migrate, read_migrations, require

TAKES_AWAY = re.compile(
    r"drop (table|column|constraint|function|trigger|default)|rename|set not null|alter column \w+ type"
    r"|add constraint|add column (?!.*default)[^,;]*not null"
)
"""What an older process may stumble over: it reads what is gone, or writes what is refused now."""

BEFORE_THE_FIRST_RELEASE = 22
"""Up to this migration no release was upgraded."""


def _write(folder: Path, name: str, sql: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(sql)


@pytest.fixture
def empty_url(database_url: str) -> str:
    """A database without any table of ours."""
    with psycopg.connect(database_url) as connection:
        connection.execute("drop schema public cascade; create schema public")
    return database_url


async def test_two_processes_that_start_together_migrate_once(empty_url: str):
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    assert sorted(map(len, applied))[:3] == [0, 0, 0]
    assert max(applied, key=len)[0] == "0001_core.sql"


async def test_an_edited_file_is_refused(empty_url: str, tmp_path: Path):
    _write(tmp_path / "m", "0001_a.sql", "create table a (x integer)")
    assert await migrate(empty_url, tmp_path / "m") == ["0001_a.sql"]
    _write(tmp_path / "m", "0001_a.sql", "create table a (x bigint)")
    with pytest.raises(MigrationError, match=r"0001_a\.sql was edited"):
        await migrate(empty_url, tmp_path / "m")


async def test_a_failing_file_leaves_nothing_of_itself(empty_url: str, tmp_path: Path):
    _write(tmp_path / "m", "0001_a.sql", "create table a (x integer)")
    _write(tmp_path / "m", "0002_b.sql", "create table b (x integer); select 1 / 0")
    with pytest.raises(MigrationError, match=r"0002_b\.sql failed"):
        await migrate(empty_url, tmp_path / "m")
    _write(tmp_path / "m", "0002_b.sql", "create table b (x integer)")
    assert await migrate(empty_url, tmp_path / "m") == ["0002_b.sql"]


async def test_a_database_of_a_newer_version_is_left_alone(empty_url: str, tmp_path: Path):
    _write(tmp_path / "m", "0001_a.sql", "create table a (x integer)")
    _write(tmp_path / "m", "0002_b.sql", "create table b (x integer)")
    await migrate(empty_url, tmp_path / "m")
    (tmp_path / "m" / "0002_b.sql").unlink()
    with pytest.raises(MigrationError, match="newer version"):
        await migrate(empty_url, tmp_path / "m")


def test_what_takes_something_away_says_which_code_can_work_over_it():
    """Else a worker of before that is restarted in a rollout works over what it does not know."""
    found = [each for each in read_migrations(FOLDER) if each.number > BEFORE_THE_FIRST_RELEASE]
    statements = {each.name: re.sub(rb"--[^\n]*", b"", each.sql).decode() for each in found}
    silent = [
        each.name for each in found if TAKES_AWAY.search(statements[each.name]) and not NEEDS.match(each.sql)
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("sql", "takes"),
    [
        ("alter table runs drop column key", True),
        ("alter table runs add column x text not null", True),
        ("alter table runs add column x text not null default ''", False),
        ("alter table runs alter column key type integer", True),
        ("alter table runs rename column key to name", True),
        ("alter table runs add constraint c check (version > 0)", True),
        ("create index i on runs (key); drop index j", False),
    ],
)
def test_what_older_code_stumbles_over_is_known(sql: str, *, takes: bool):
    assert bool(TAKES_AWAY.search(sql)) == takes


async def test_newer_tables_are_worked_over_until_something_is_taken_away(empty_url: str, tmp_path: Path):
    """A worker of before is restarted in a rollout: it goes on, or says that it cannot."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        _write(folder, "0001_a.sql", "create table a (x integer)")
    with pytest.raises(MigrationError, match="no tables yet"):
        await require(empty_url, old)
    await migrate(empty_url, old)
    _write(new, "0002_b.sql", "alter table a add column y integer")
    with pytest.raises(MigrationError, match=r"it lacks 0002_b\.sql.*db migrate"):
        await require(empty_url, new)
    await migrate(empty_url, new)
    await require(empty_url, old)
    _write(new, "0003_c.sql", "-- needs: 0002\nalter table a drop column x")
    await migrate(empty_url, new)
    await require(empty_url, new)
    with pytest.raises(MigrationError, match=r"0003_c\.sql, over which this version of Relance cannot work"):
        await require(empty_url, old)


async def test_a_migration_waits_for_no_table_for_long_and_comes_again(empty_url: str, tmp_path: Path):
    """Whoever wants the table meanwhile would wait behind it: it steps back, and finds its gap."""
    _write(tmp_path / "m", "0001_a.sql", "create table a (x integer)")
    await migrate(empty_url, tmp_path / "m")
    _write(tmp_path / "m", "0002_b.sql", "alter table a add column y integer")
    async with await psycopg.AsyncConnection.connect(empty_url) as export:
        await export.execute("lock table a in access share mode")
        migrating = asyncio.create_task(migrate(empty_url, tmp_path / "m"))
        async with await psycopg.AsyncConnection.connect(empty_url, autocommit=True) as worker:
            asked = "select 1 from pg_locks where relation = 'a'::regclass and not granted"
            while not await (await worker.execute(asked)).fetchall():  # noqa: ASYNC110 - it is in the database
                await asyncio.sleep(0.02)
            await worker.execute("insert into a values (1)")
    assert await migrating == ["0002_b.sql"]


async def test_a_gap_in_the_numbers_is_refused(empty_url: str, tmp_path: Path):
    _write(tmp_path / "m", "0002_b.sql", "create table b (x integer)")
    with pytest.raises(MigrationError, match="without gap"):
        await migrate(empty_url, tmp_path / "m")


async def test_a_database_that_is_away_says_what_to_check(tmp_path: Path):
    with pytest.raises(DatabaseUnavailable, match="DATABASE_URL"):
        await Database.open(f"postgresql:///nothing?host={tmp_path}")


async def _insert_and_fail(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("insert into settings values ('a', '1')")
        raise ZeroDivisionError


async def test_a_failed_transaction_leaves_nothing(database: Database):
    with pytest.raises(ZeroDivisionError):
        await _insert_and_fail(database)
    async with database.connection() as connection:
        cursor = await connection.execute("select count(*) from settings")
        assert await cursor.fetchone() == {"count": 0}
