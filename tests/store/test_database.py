"""The pool of connections: what a process that must end does with what is under way."""

import asyncio

import pytest
from psycopg import OperationalError

from store.database import Database


async def waits_for_a_lock(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("lock table contacts")


async def test_who_waits_for_a_lock_is_broken_off(database: Database, database_url: str) -> None:
    """However long it is held; and nothing is begun after."""
    stopping = await Database.open(database_url)
    async with database.transaction() as connection:
        await connection.execute("lock table contacts")
        waiting = asyncio.create_task(waits_for_a_lock(stopping))
        blocked = "select 1 from pg_locks where relation = 'contacts'::regclass and not granted"
        while not await (await connection.execute(blocked)).fetchall():  # noqa: ASYNC110 - it is in the database
            await asyncio.sleep(0.02)
        await stopping.break_off()
        with pytest.raises(OperationalError):
            await waiting
        with pytest.raises(OperationalError):
            await waits_for_a_lock(stopping)
