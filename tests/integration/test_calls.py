"""`call` in production: asked once by key, tried again until it is too late, kept, and lost by no crash."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from temporalio.client import Client

from engine import search_attributes
from engine.advance import advance
from engine.calls import Calls
from engine.clock import REAL_TIME, Clock
from engine.loops import Loops
from engine.privacy import erase
from engine.webhooks import Webhooks
from store import pauses
from store.database import Database
from tests.engine.story_projects import scenario, write
from tests.integration.installation import Installation
from tests.standins.webhook_server import Scripted, WebhookServer
from worker import workers

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
STEPS = """
- call: open_case
  id: ask
  with: { who: contact.id, points: contact.points }
  save: run.case
  on_error: %s
  up_to: 1 hour
- if: run.case.case_id == "c1"
  then: [{ exit: opened }]
- exit: not_opened
"""


class Hands:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = MONDAY
        self.speed = 1.0

    def now(self) -> datetime:
        return self.at


@pytest.fixture
async def server() -> AsyncIterator[WebhookServer]:
    async with WebhookServer() as running:
        yield running


@pytest.fixture
def hands() -> Hands:
    return Hands()


async def begun(database: Database, tmp_path: Path, on_error: str = "continue", *people: str) -> Installation:
    """Each of these people has come to the call."""
    story = "  - { name: nothing, when: [], expect: [] }\n"
    project = write(tmp_path / "project", {"case": scenario(STEPS % on_error)}, story)
    relance = Installation(database, None, tmp_path / "outbox", at=MONDAY, project=project.folder)
    await relance.publish()
    people = people or ("ada",)
    await relance.contacts(*people, points=12)
    await relance.happen("contact.subscribed", {}, *people)
    await look(relance)
    return relance


async def look(relance: Installation) -> None:
    await relance.route()
    for group in await relance.rows("select id from groups"):
        await advance(relance.database, relance.plans, group["id"], relance.now)


def calls(relance: Installation, hands: Hands, url: str) -> Calls:
    webhooks = Webhooks({"SUPPORT_WEBHOOK_URL": url}, allow_private=True)
    clock: Clock = hands  # type: ignore[assignment]
    return Calls(relance.database, relance.plans, clock, webhooks)


async def tried(relance: Installation, hands: Hands, server: WebhookServer) -> int:
    """One round of requests, and the runs look; how many were tried."""
    performer = calls(relance, hands, server.url)
    relance.at = hands.at
    count = await performer.begin()
    await performer.finish()
    await look(relance)
    return count


async def ends(relance: Installation) -> list[str | None]:
    return [
        row["end_reason"] for row in await relance.rows("select end_reason from runs order by contact_id")
    ]


async def test_an_answer_is_kept_and_the_run_goes_on(
    database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    relance = await begun(database, tmp_path)
    assert await ends(relance) == [None]
    assert await tried(relance, hands, server) == 1
    assert await ends(relance) == ["opened"]
    assert [call.body for call in server.calls] == [{"who": "ada", "points": 12}]
    assert await tried(relance, hands, server) == 0


async def test_who_does_not_answer_is_asked_again_with_the_same_key(
    database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    """Not at once, and as late as the other side asks for."""
    relance = await begun(database, tmp_path)
    server.script += [Scripted(500), Scripted(503, headers={"Retry-After": "90"})]
    await tried(relance, hands, server)
    assert await tried(relance, hands, server) == 0
    hands.at += SECOND
    await tried(relance, hands, server)
    hands.at += 89 * SECOND
    assert await tried(relance, hands, server) == 0
    hands.at += SECOND
    await tried(relance, hands, server)
    assert await ends(relance) == ["opened"]
    assert len({call.headers["idempotency-key"] for call in server.calls}) == 1
    assert len(server.calls) == 3


@pytest.mark.parametrize(("on_error", "end"), [("continue", "not_opened"), ("exit", "error")])
async def test_a_refusal_is_not_asked_again(
    on_error: str, end: str, database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    relance = await begun(database, tmp_path, on_error)
    server.script.append(Scripted(422))
    await tried(relance, hands, server)
    assert await ends(relance) == [end]


async def test_after_its_time_nobody_is_asked(
    database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    relance = await begun(database, tmp_path, "exit")
    hands.at += timedelta(hours=1)
    assert await tried(relance, hands, server) == 0
    assert await ends(relance) == ["error"]
    assert server.calls == []
    (request,) = await relance.rows("select state from requests")
    assert request["state"] == "dropped"


async def test_what_a_dead_worker_held_is_asked_again(
    database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    """It was claimed, perhaps asked, and never settled: the key lets the other side know it again."""
    relance = await begun(database, tmp_path)
    dead = calls(relance, hands, server.url)
    assert await dead.begin() == 1
    for task in dead.under_way:
        task.cancel()
    assert await tried(relance, hands, server) == 0
    hands.at += 91 * SECOND
    assert await tried(relance, hands, server) == 1
    assert await ends(relance) == ["opened"]


async def test_two_workers_ask_everybody_once(
    database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    people = [f"c_{number:02}" for number in range(30)]
    relance = await begun(database, tmp_path, "continue", *people)
    both = [calls(relance, hands, server.url) for _ in range(2)]
    while any([await each.begin() for each in both]):
        pass
    for each in both:
        await each.finish()
    await look(relance)
    assert sorted(call.body["who"] for call in server.calls) == people
    assert await ends(relance) == ["opened"] * 30


async def test_a_paused_scenario_calls_nobody(
    database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    relance = await begun(database, tmp_path)
    async with database.transaction() as connection:
        await connection.execute("insert into pauses values ('scenario', 'case', now(), 'me', 'test')")
        assert await pauses.in_force(connection)
    assert await tried(relance, hands, server) == 0
    await relance.rows("delete from pauses returning 1")
    assert await tried(relance, hands, server) == 1


async def test_the_answer_about_somebody_who_was_erased_is_not_kept(
    database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    relance = await begun(database, tmp_path)
    performer = calls(relance, hands, server.url)
    server.script.append(Scripted(500))
    await performer.begin()
    await performer.finish()
    await erase(database, relance.plans, "ada", source="test", now=MONDAY)
    await look(relance)
    hands.at += 10 * SECOND
    assert await tried(relance, hands, server) == 0
    (request,) = await relance.rows("select state, body, answer from requests")
    assert (request["body"], request["answer"]) == ({}, None)


@pytest.mark.parametrize("answer", [{"case_id": 12}, {"other": "c1"}, ["c1"], b"thanks"])
async def test_an_answer_of_another_shape_is_unknown(
    answer: object, database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    """The call was made; what it returned is not what the catalog says."""
    relance = await begun(database, tmp_path)
    server.script.append(Scripted(body=answer))
    await tried(relance, hands, server)
    assert await ends(relance) == ["not_opened"]


async def test_a_setting_that_is_missing_can_be_mended_in_time(
    database: Database, tmp_path: Path, server: WebhookServer, hands: Hands
) -> None:
    relance = await begun(database, tmp_path)
    with structlog.testing.capture_logs() as logs:
        performer = calls(relance, hands, "")
        await performer.begin()
        await performer.finish()
    assert [log["why"] for log in logs] == ["SUPPORT_WEBHOOK_URL is not set"]
    assert "ada" not in str(logs)
    hands.at += 2 * SECOND
    await tried(relance, hands, server)
    assert await ends(relance) == ["opened"]


@asynccontextmanager
async def running(relance: Installation, client: Client, server: WebhookServer) -> AsyncIterator[None]:
    """A whole worker."""
    stop = asyncio.Event()
    webhooks = Webhooks({"SUPPORT_WEBHOOK_URL": server.url}, allow_private=True)
    loops = Loops(relance.database, relance.plans, client, REAL_TIME, stop, webhooks)
    async with workers(client, relance.activities, relance.channels), asyncio.TaskGroup() as group:
        group.create_task(loops.run())
        yield
        stop.set()


async def test_a_worker_makes_calls_by_itself(
    database: Database, tmp_path: Path, server: WebhookServer, temporal: Client
) -> None:
    """From the event to the end, with everything that a worker runs."""
    await search_attributes.register(temporal)
    story = "  - { name: nothing, when: [], expect: [] }\n"
    project = write(tmp_path / "project", {"case": scenario(STEPS % "continue")}, story)
    relance = Installation(database, temporal, tmp_path / "outbox", project=project.folder)
    await relance.publish()
    await relance.contacts("ada", points=12)
    async with running(relance, temporal, server):
        await relance.happen("contact.subscribed", {}, "ada")
        await relance.until("select 1 from runs where end_reason = 'opened'")
    assert len(server.calls) == 1
