"""The worker as a process: started from its environment, killed, stopped, and started again."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.client import Client

from store.database import Database
from store.settings import write_setting
from tests.integration.installation import Installation, fast
from tests.integration.processes import Start, environment, starting

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SUBSCRIBED = {"list": "newsletter", "source": "site"}


@pytest.fixture
async def relance(temporal: Client, database: Database, tmp_path: Path) -> Installation:
    """A published project whose workers are processes; a day lasts ten minutes."""
    installation = Installation(database, temporal, tmp_path / "outbox", fast(600, MONDAY))
    await installation.publish()
    async with database.transaction() as connection:
        await write_setting(connection, "clock", installation.clock.stored())
    return installation


@pytest.fixture
async def start(relance: Installation, temporal: Client) -> AsyncIterator[Start]:
    """Starts a worker process; those that are left are killed at the end."""
    async with starting(environment(relance.database, temporal, relance.outbox)) as one:
        yield lambda: one(sys.executable, "-m", "cli", "worker")


async def test_what_a_killed_worker_left_is_done_by_the_next(relance: Installation, start: Start) -> None:
    people = [f"c_{number}" for number in range(80)]
    await relance.contacts(*people)
    worker = await start()
    await relance.happen("contact.subscribed", SUBSCRIBED, *people)
    await relance.until("select 1 from messages where state = 'sent' having count(*) > 20", seconds=60)
    worker.kill()
    await worker.wait()
    await start()
    await relance.until("select 1 from runs having count(*) = 80", seconds=60)
    await relance.until(
        "select 1 from messages where state in ('sent', 'withheld', 'attempted') having count(*) = 80",
        seconds=90,
    )
    # In one statement, which sees one state: some are still on their way from attempted to sent.
    (seen,) = await relance.rows(
        "select (select count(*) from messages where state = 'sent') as sent,"
        " count(*) as told, count(distinct id) as ids from events where name = 'message.sent'"
    )
    assert seen["told"] == seen["ids"] == seen["sent"]


async def test_a_worker_that_is_asked_to_stop_leaves_nothing_half_done(
    relance: Installation, start: Start
) -> None:
    people = [f"c_{number}" for number in range(100)]
    await relance.contacts(*people)
    worker = await start()
    await relance.happen("contact.subscribed", SUBSCRIBED, *people)
    await relance.until("select 1 from messages where state = 'sent'", seconds=60)
    worker.send_signal(signal.SIGTERM)
    async with asyncio.timeout(40):
        assert await worker.wait() == 0
    assert await relance.rows("select 1 from messages where state = 'attempted'") == []


async def test_a_worker_whose_decisions_fail_stops_all_the_same(relance: Installation, start: Start) -> None:
    """What is to be decided again waits in Temporal, and not in the worker."""
    people = [f"c_{number}" for number in range(5)]
    await relance.contacts(*people)
    async with relance.database.transaction() as connection:
        await connection.execute("alter table transitions rename to gone")
    worker = await start()
    await relance.happen("contact.subscribed", SUBSCRIBED, *people)
    begun = "select 1 where not exists (select from pokes) and exists (select from runs)"
    await relance.until(begun, seconds=60)
    worker.send_signal(signal.SIGTERM)
    async with asyncio.timeout(30):
        assert await worker.wait() == 0
