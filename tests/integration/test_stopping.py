"""Runs that are stopped: their workflow closes by itself on a real Temporal server."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.client import Client

from engine.stopping import Stopped, preview, stop
from store.database import Database
from store.operations import Choice
from tests.integration.installation import Installation, fast

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SUBSCRIBED = {"list": "newsletter", "source": "site"}


@pytest.fixture
async def relance(temporal: Client, database: Database, tmp_path: Path) -> AsyncIterator[Installation]:
    """The shipped project, on a Monday at 9:00 in Paris; a day lasts ten minutes."""
    installation = Installation(database, temporal, tmp_path / "outbox", fast(600, MONDAY))
    async with installation:
        yield installation


async def test_the_workflow_of_a_stopped_run_completes(relance: Installation, temporal: Client) -> None:
    """It waits for days, is poked, sees that nobody is under way, and is over; nothing more is sent."""
    await relance.contacts("c_42")
    await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
    await relance.route()
    await relance.poke()
    (group,) = await relance.until(
        "select g.workflow_id from runs r join groups g on g.id = r.group_id where r.position = '2'"
    )
    choice = Choice(contact="c_42")
    chosen = await preview(relance.database, choice)
    done = await stop(relance.database, choice, chosen.newest, actor="tests", now=relance.clock.now())
    assert done == Stopped(1, 0)
    await relance.poke()
    await temporal.get_workflow_handle(group["workflow_id"]).result()
    assert len(relance.letters()) == 1
