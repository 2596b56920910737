"""Migrations: once, in order, whole, and never over an edited file."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from store.database import Database, DatabaseUnavailable
from store.migrate import MigrationError, migrate


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
