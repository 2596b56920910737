"""New versions and people in flight, with all that a worker runs and a real Temporal server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client, WorkflowExecutionStatus

from channels.base import Channel
from engine import search_attributes
from engine.clock import REAL_TIME
from engine.loops import Loops
from store.database import Database
from tests.engine.story_projects import scenario, write
from tests.integration.installation import Installation
from tests.integration.providers import Provider
from worker import workers

NO_STORY = "  - { name: nothing, when: [], expect: [] }\n"
OPEN = (
    'time_zone: { default: Europe/Paris }\nhours: { email: { allow: "00:00-24:00" } }\n'
    "pressure: { limits: [{ at_most: 9, per: 1 day }], on_cap: delay up to 3 days }\nexpires: 4 days\n"
)
STEPS = "- { email: hello, id: first }\n- { wait: 9 days, id: pause }\n- { email: offer, id: last }\n"
AT_ONCE = "- { email: hello, id: first }\n- { email: offer, id: pause }\n"


@asynccontextmanager
async def working(
    database: Database, folder: Path, temporal: Client, *, email: Channel | None = None, **names: str
) -> AsyncIterator[Installation]:
    """A project of these scenarios in force, and a worker with its loops."""
    await search_attributes.register(temporal)
    texts = {name: scenario(steps, name=name) for name, steps in names.items()}
    project = write(folder / "project", texts, NO_STORY, policy=OPEN)
    channels = {"email": email} if email else {}
    relance = Installation(database, temporal, folder / "outbox", channels=channels, project=project.folder)
    await relance.publish()
    stop = asyncio.Event()
    loops = Loops(database, relance.plans, temporal, REAL_TIME, stop)
    async with workers(temporal, relance.activities, relance.channels), asyncio.TaskGroup() as group:
        group.create_task(loops.run())
        yield relance
        stop.set()


async def test_workers_bring_a_new_version_to_those_who_wait(
    database: Database, tmp_path: Path, temporal: Client
) -> None:
    """Who has no wait any more goes on at once; whose workflow drives nobody any more is over."""
    async with working(database, tmp_path, temporal, moved=STEPS, left=STEPS) as relance:
        await relance.contacts("ada")
        await relance.happen("contact.subscribed", {"list": "news"}, "ada")
        await relance.until("select 1 from runs where position = 'pause' having count(*) = 2")
        texts = {
            "moved": scenario(AT_ONCE, "on_edit: { move: exit }\n", "moved"),
            "left": scenario(STEPS, "on_edit: exit\n", "left"),
        }
        for name, text in texts.items():
            (relance.project / "scenarios" / "program" / f"{name}.yaml").write_text(text)
        told = await relance.publish()
        await relance.until("select 1 from messages where message = 'offer' and state = 'sent'")
        over = "select group_id from runs where end_reason = 'stopped'"
        (ended,) = await relance.until(f"select workflow_id from groups where id in ({over})")
        await temporal.get_workflow_handle(ended["workflow_id"]).result()
        described = await temporal.get_workflow_handle(ended["workflow_id"]).describe()
    assert described.status == WorkflowExecutionStatus.COMPLETED
    assert told.lines[0] == "left: version 2; 1 people in flight leave"
    (line,) = await relance.rows("select text from trail where what = 'moved'")
    assert line["text"] == "goes on at pause of version 2"


async def test_workers_go_on_where_they_must_with_what_was_at_its_provider(
    database: Database, tmp_path: Path, temporal: Client
) -> None:
    """Versions come while the first messages are being handed over; then the provider takes each once."""
    provider = Provider("email")
    provider.open.clear()
    rules = {"moved": "{ move: exit }", "left": "exit", "anew": "restart", "stayed": "finish"}
    first = "- { email: hello, id: first }\n- { email: hello, id: last }\n"
    names = dict.fromkeys(rules, first)
    async with working(database, tmp_path, temporal, email=provider, **names) as relance:
        await relance.contacts("ada")
        await relance.happen("contact.subscribed", {"list": "news"}, "ada")
        await relance.until("select 1 from messages where state = 'attempted' having count(*) = 4")
        for name, rule in rules.items():
            text = scenario(first.replace("hello", "offer"), f"on_edit: {rule}\n", name)
            (relance.project / "scenarios" / "program" / f"{name}.yaml").write_text(text)
        await relance.publish()
        await relance.until("select 1 from runs where version = 2 having count(*) = 2")
        await relance.until("select 1 from runs where end_reason = 'stopped'")
        provider.open.set()
        await relance.until("select 1 from runs having count(*) = 5 and every(status = 'ended')")
        for group in await relance.rows("select workflow_id from groups"):
            await temporal.get_workflow_handle(group["workflow_id"]).result()
    found = await relance.rows(
        "select scenario, array_agg(message order by id) as got from messages where state = 'sent' group by 1"
    )
    assert {row["scenario"]: row["got"] for row in found} == {
        "moved": ["hello", "offer"],
        "left": ["hello"],
        "anew": ["hello", "offer", "offer"],
        "stayed": ["hello", "hello"],
    }
    assert len(provider.taken) == 8
