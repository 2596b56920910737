"""The outbox towards Temporal: whatever is lost on the way is sent again, and twice changes nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from engine import search_attributes
from engine.groups import send_pokes
from store import pokes
from store.database import Database
from tests.integration.installation import Installation, fast

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SUBSCRIBED = {"list": "newsletter", "source": "site"}
ORDER = {"order_id": "o1", "total": 40, "channel": "web", "items": []}
WAITING = (
    "select g.workflow_id, r.group_id from runs r join groups g on g.id = r.group_id where position = '2'"
)


@pytest.fixture
def relance(temporal: Client, database: Database, tmp_path: Path) -> Installation:
    return Installation(database, temporal, tmp_path / "outbox", fast(600, MONDAY))


async def subscribe(relance: Installation) -> None:
    await relance.contacts("c_42")
    await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
    await relance.route()


async def test_starting_and_poking_twice_changes_nothing(relance: Installation) -> None:
    async with relance:
        await subscribe(relance)
        await relance.poke()
        (run,) = await relance.until(WAITING)
        for start in (True, True, False):
            async with relance.database.transaction() as connection:
                await pokes.put(connection, {run["group_id"]: start}, relance.now)
            assert await send_pokes(relance.database, relance.client, relance.activities.looks) == 1
        found = [each async for each in relance.client.list_workflows("Scenario = 'welcome'")]
    assert [each.id for each in found] == [run["workflow_id"]]
    assert len(relance.letters()) == 1


async def test_a_workflow_that_temporal_lost_is_started_again(relance: Installation) -> None:
    async with relance:
        await subscribe(relance)
        await relance.poke()
        (run,) = await relance.until(WAITING)
        await relance.client.get_workflow_handle(run["workflow_id"]).terminate("lost")
        await relance.happen("order.placed", ORDER, "c_42")
        await relance.route()
        await relance.poke()
        (ended,) = await relance.until("select end_reason from runs where status = 'ended'")
        handle = relance.client.get_workflow_handle(run["workflow_id"])
        await handle.result()
        assert (await handle.describe()).status == WorkflowExecutionStatus.COMPLETED
    assert ended["end_reason"] == "goal"


async def test_work_that_nobody_did_in_time_is_poked_by_itself(relance: Installation) -> None:
    async with relance:
        await subscribe(relance)
        async with relance.database.transaction() as connection:
            await connection.execute("delete from pokes")
            later = relance.now + timedelta(hours=1)
            assert await pokes.put_undelivered(connection, later - timedelta(minutes=1), later) == 1
            assert await pokes.put_undelivered(connection, later - timedelta(minutes=1), later) == 0
            await connection.execute("delete from pokes")
            await connection.execute("update runs set due_at = %s", (relance.now,))
            assert await pokes.put_overdue(connection, later - timedelta(minutes=1), later) == 1
            assert await pokes.put_overdue(connection, later - timedelta(minutes=1), later) == 0
        await relance.poke()
        await relance.until(WAITING)


async def test_a_poke_to_a_group_that_has_ended_is_dropped(relance: Installation) -> None:
    async with relance:
        await subscribe(relance)
        await relance.poke()
        (run,) = await relance.until(WAITING)
        await relance.happen("order.placed", ORDER, "c_42")
        await relance.route()
        await relance.poke()
        await relance.until("select 1 from groups where ended_at is not null")
        handle = relance.client.get_workflow_handle(run["workflow_id"])
        await handle.result()
        first = (await handle.describe()).run_id
        async with relance.database.transaction() as connection:
            await pokes.put(connection, {run["group_id"]: False}, relance.now)
        assert await send_pokes(relance.database, relance.client, relance.activities.looks) == 1
        assert (await handle.describe()).run_id == first
    assert await relance.rows("select 1 from pokes") == []


async def test_while_temporal_is_away_the_outbox_keeps_everything(
    temporal_program: str, database: Database, tmp_path: Path
) -> None:
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_program, search_attributes=search_attributes.ALL
    )
    relance = Installation(database, environment.client, tmp_path / "outbox", fast(600, MONDAY))
    await relance.publish()
    await subscribe(relance)
    await environment.shutdown()
    with pytest.raises((RPCError, TimeoutError)):
        await asyncio.wait_for(send_pokes(database, environment.client, relance.activities.looks), 20)
    assert len(await relance.rows("select 1 from pokes")) == 1


async def test_search_attributes_that_the_server_lacks_are_registered(
    temporal_program: str, database: Database, tmp_path: Path
) -> None:
    environment = await WorkflowEnvironment.start_local(dev_server_existing_path=temporal_program)
    async with (
        environment,
        Installation(database, environment.client, tmp_path / "outbox", fast(600, MONDAY)) as relance,
    ):
        await search_attributes.register(environment.client)
        await subscribe(relance)
        await relance.poke()
        (run,) = await relance.until(WAITING)
        described = await environment.client.get_workflow_handle(run["workflow_id"]).describe()
    found = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    assert (found["Scenario"], found["Step"], found["Runs"]) == ("welcome", "hello", 1)
