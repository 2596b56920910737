"""The shipped welcome scenario through the real parts: PostgreSQL, Temporal, rendering, the outbox."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from channels.errors import Misconfigured, Retryable
from engine.pauses import resume
from store.database import Database
from tests.integration.installation import Installation, fast
from tests.integration.providers import Provider

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SUBSCRIBED = {"list": "newsletter", "source": "site"}
ORDER = {"order_id": "o1", "total": 40, "channel": "web", "items": []}
DAY = timedelta(days=1)


@pytest.fixture
async def relance(temporal: Client, database: Database, tmp_path: Path) -> AsyncIterator[Installation]:
    """The shipped project, on a Monday at 9:00 in Paris; a day lasts ten minutes."""
    installation = Installation(database, temporal, tmp_path / "outbox", fast(600, MONDAY))
    async with installation:
        yield installation


async def test_a_subscriber_is_welcomed_and_then_waited_for(relance: Installation) -> None:
    await relance.contacts("c_42")
    await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
    await relance.route()
    await relance.poke()
    await relance.until("select 1 from runs where position = '2'")
    (letter,) = relance.letters()
    assert letter["to"] == "c_42@example.com"
    (message,) = await relance.rows("select state, provider, content_hash from messages")
    assert (message["state"], message["provider"]) == ("sent", "outbox")
    assert message["content_hash"]


async def test_operations_read_the_workflow_in_plain_words(relance: Installation) -> None:
    await relance.contacts("c_42")
    await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
    await relance.route()
    await relance.poke()
    (run,) = await relance.until(
        "select r.id, g.workflow_id from runs r join groups g on g.id = r.group_id where r.position = '2'"
    )
    handle = relance.client.get_workflow_handle(run["workflow_id"])
    assert run["workflow_id"] == f"welcome/c_42/{run['id']}"
    described = await handle.describe()
    assert described.workflow_type == "welcome"
    assert await described.static_summary() == "Welcome a new subscriber: contact c_42"
    found = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    assert found["Scenario"] == "welcome"
    assert found["Contact"] == "c_42"
    assert found["Program"] == "onboarding"
    history = await handle.fetch_history()
    summaries = [event.user_metadata.summary.data.decode() for event in history.events]
    assert '"welcome_hello to c_42"' in summaries
    assert b"example.com" not in b"".join(event.SerializeToString() for event in history.events)


async def test_an_order_ends_the_run_and_its_workflow_at_once(relance: Installation) -> None:
    await relance.contacts("c_42")
    await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
    await relance.route()
    await relance.poke()
    await relance.until("select 1 from runs where position = '2'")
    await relance.happen("order.placed", ORDER, "c_42")
    await relance.route()
    await relance.poke()
    (run,) = await relance.until(
        "select r.end_reason, g.workflow_id from runs r join groups g on g.id = r.group_id"
        " where r.status = 'ended'"
    )
    assert run["end_reason"] == "goal"
    handle = relance.client.get_workflow_handle(run["workflow_id"])
    await handle.result()
    assert (await handle.describe()).status == WorkflowExecutionStatus.COMPLETED
    assert len(relance.letters()) == 1


async def test_a_provider_that_asks_for_patience_is_asked_again_after_it(
    temporal: Client, database: Database, tmp_path: Path
) -> None:
    email = Provider("email", [Retryable("slow down", provider="scripted", after_seconds=0.5)])
    clock = fast(600, MONDAY)
    async with Installation(database, temporal, tmp_path, clock, channels={"email": email}) as relance:
        await relance.contacts("c_42")
        await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
        await relance.route()
        await relance.poke()
        await relance.until("select 1 from messages where state = 'sent'")
    assert (len(email.asked), len(email.taken)) == (2, 1)


async def test_a_channel_that_is_misconfigured_stops_and_goes_on_when_it_is_resumed(
    temporal: Client, database: Database, tmp_path: Path
) -> None:
    email = Provider("email", [Misconfigured("the key was refused", provider="scripted")])
    clock = fast(600, MONDAY)
    async with Installation(database, temporal, tmp_path, clock, channels={"email": email}) as relance:
        await relance.contacts("c_42", "c_43")
        await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
        await relance.route()
        await relance.poke()
        await relance.until("select 1 from pauses where kind = 'channel' and name = 'email'")
        await relance.happen("contact.subscribed", SUBSCRIBED, "c_43")
        await relance.route()
        await relance.poke()
        await relance.until("select 1 from messages where state = 'reserved' having count(*) = 2")
        assert await resume(database, "email", ["email"], actor="ops", now=relance.now) == 2
        await relance.poke()
        await relance.until("select 1 from messages where state = 'sent' having count(*) = 2")


async def test_a_burst_of_subscribers_shares_workflows(relance: Installation) -> None:
    people = [f"c_{number}" for number in range(400)]
    await relance.contacts(*people)
    await relance.happen("contact.subscribed", SUBSCRIBED, *people)
    await relance.route()
    await relance.poke()
    await relance.until("select 1 from runs where position = '2' having count(*) = 400")
    (groups,) = await relance.rows("select count(*) as n, sum(size) as people from groups")
    (left,) = await relance.rows("select count(*) as n from messages where state in ('sent', 'withheld')")
    assert left["n"] == groups["people"] == 400
    assert groups["n"] <= 20


async def test_eleven_days_without_a_click_or_an_order(
    test_server_program: str, database: Database, tmp_path: Path
) -> None:
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=test_server_program
    ) as env:
        relance = Installation(database, env.client, tmp_path / "outbox", at=await env.get_current_time())
        async with relance:
            await relance.contacts("c_42")
            await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
            for _ in range(13):
                await relance.route()
                await relance.poke()
                await env.sleep(DAY)
                relance.at = await env.get_current_time()
            (run,) = await relance.until("select end_reason, entered_at from runs where status = 'ended'")
    letters = await relance.rows(
        "select message, sent_at from messages where state = 'sent' order by sent_at"
    )
    assert [letter["message"] for letter in letters] == ["welcome_hello", "welcome_reminder", "welcome_code"]
    assert run["end_reason"] == "end"
    assert letters[1]["sent_at"] - run["entered_at"] > 2 * DAY
    assert letters[2]["sent_at"] - letters[1]["sent_at"] >= 7 * DAY - timedelta(hours=2)
