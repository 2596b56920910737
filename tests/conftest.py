"""One PostgreSQL server for the whole session (shared by all xdist workers), a clean database per test."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from store.database import Database
from store.embedded import EmbeddedPostgres
from store.migrate import migrate
from tests import databases, in_memory
from tests.databases import TEMPLATE

# No test is about how long something takes: three of them share two cores, on whatever machine.
settings.register_profile("relance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("relance")


def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Under xdist every worker has its own folder below the session's."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A running server that has a migrated template database."""
    with in_memory.folder(_shared_folder(tmp_path_factory)) as folder:
        server = EmbeddedPostgres(folder / "postgres", durable=False)
        server.start()
        _make_template(server, folder)
        yield server
        server.stop()


def _make_template(server: EmbeddedPostgres, folder: Path) -> None:
    """The first process of the session makes it, the others wait for it."""
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", (TEMPLATE,)).fetchone()
            if not found:
                connection.execute("create database relance_template_new")
                asyncio.run(migrate(server.url("relance_template_new")))
                connection.execute(f"alter database relance_template_new rename to {TEMPLATE}")


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a clean, migrated database of this test's own."""
    with databases.database(postgres) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A clean, migrated database."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()
