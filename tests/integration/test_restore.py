"""A restore, rehearsed: the database goes back to a backup, Temporal does not, and both agree again."""

import asyncio
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from temporalio.client import Client, WorkflowExecutionStatus

from engine.clock import Clock
from engine.pauses import Returning, resume
from engine.reconcile import reconcile, skip_and_pause
from store.database import Database
from store.embedded import EmbeddedPostgres, find_binaries
from tests.integration.installation import Installation

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SUBSCRIBED = {"list": "newsletter", "source": "site"}
ORDER = {"order_id": "o1", "total": 40, "channel": "web", "items": []}
WAITING = "select 1 from runs where contact_id = %s and position = '2'"


def tool(name: str, *arguments: str) -> None:
    subprocess.run([find_binaries() / name, *arguments], check=True, capture_output=True)


async def status(client: Client, workflow_id: str) -> WorkflowExecutionStatus | None:
    return (await client.get_workflow_handle(workflow_id).describe()).status


async def listed(client: Client, count: int) -> None:
    """Return once Temporal's list, which is a little behind, shows so many open workflows."""
    async with asyncio.timeout(30):
        while (await client.count_workflows('ExecutionStatus = "Running"')).count != count:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def welcomed(relance: Installation, *contacts: str) -> None:
    """These sign up, get their first message, and wait."""
    for contact in contacts:
        await relance.happen("contact.subscribed", SUBSCRIBED, contact)
        await relance.route()
        await relance.poke()
        await relance.until(WAITING, contact)


async def ordered(relance: Installation, contact: str) -> None:
    """They order, which is the goal, and are let go."""
    await relance.happen("order.placed", ORDER, contact)
    await relance.route()
    await relance.poke()
    await relance.until("select 1 from runs where contact_id = %s and end_reason = 'goal'", contact)


async def workflow_of(relance: Installation, contact: str) -> str:
    (row,) = await relance.rows("select workflow_id from groups where contact_id = %s", contact)
    return str(row["workflow_id"])


def restore(postgres: EmbeddedPostgres, database_url: str, backup: Path) -> None:
    """Put the database back to what it was at the backup."""
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
        connection.execute(f"create database {name}")
    tool("pg_restore", f"--dbname={database_url}", str(backup))


async def sent_again(relance: Installation) -> None:
    """What happened since the backup is sent again by the shop, and acts when everything goes on."""
    await relance.contacts("c_late")
    await relance.happen("order.placed", ORDER, "c_orders")
    await relance.happen("contact.subscribed", SUBSCRIBED, "c_late")
    await relance.route()
    await relance.poke()
    at_once = Returning(0)
    await resume(relance.database, "everything", (), actor="ops", now=relance.now, returning=at_once)
    await relance.poke()


async def test_a_restored_database_and_a_temporal_that_is_ahead_come_together(
    temporal: Client, postgres: EmbeddedPostgres, database_url: str, tmp_path: Path
) -> None:
    """At the backup two people wait. Then one orders, the other's workflow is lost, and a third comes."""
    clock, backup = Clock(1.0, MONDAY, datetime.now(UTC)), tmp_path / "backup"
    before = await Database.open(database_url)
    async with Installation(before, temporal, tmp_path / "outbox", clock) as relance:
        await relance.contacts("c_orders", "c_waits")
        await welcomed(relance, "c_orders", "c_waits")
        tool("pg_dump", "--format=custom", f"--file={backup}", database_url)
        await ordered(relance, "c_orders")
        await relance.contacts("c_late")
        await welcomed(relance, "c_late")
        over = await workflow_of(relance, "c_orders")
        lost, ahead = await workflow_of(relance, "c_waits"), await workflow_of(relance, "c_late")
        await temporal.get_workflow_handle(lost).terminate(reason="rehearsal")
    await before.close()
    restore(postgres, database_url, backup)
    restored = await Database.open(database_url)
    await listed(temporal, 1)
    await skip_and_pause(restored, actor="ops", now=clock.now())
    planned = await reconcile(restored, temporal, clock.now(), dry_run=True)
    found = await reconcile(restored, temporal, clock.now())
    assert planned == found
    assert (found.open, found.started, found.ended) == (2, tuple(sorted((over, lost))), (ahead,))
    assert await status(temporal, ahead) == WorkflowExecutionStatus.TERMINATED

    letters = len(list((tmp_path / "outbox").glob("*.json")))
    async with Installation(restored, temporal, tmp_path / "outbox", clock) as relance:
        await relance.poke()
        await listed(temporal, 2)
        await sent_again(relance)
        await relance.until(WAITING, "c_late")
        await relance.until("select 1 from runs where contact_id = 'c_orders' and end_reason = 'goal'")
        again = await workflow_of(relance, "c_late")
        assert again != ahead
        assert await status(temporal, lost) == WorkflowExecutionStatus.RUNNING
        assert len(relance.letters()) == letters + 1
    await restored.close()
