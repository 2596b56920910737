"""What it costs that people wait for a week: bytes in Temporal and in PostgreSQL, CPU, actions of Temporal.

The same processes are watched for as long before anybody waits, so that what they do by themselves can be
taken off. An hour and a week are worked out from that. The ratio is of bytes of history: of one who waits
alone, in a workflow of their own, over one of ten thousand who wait in groups.
"""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from benchmarks.actions import actions_of
from benchmarks.crowd import Crowd, crowd
from benchmarks.result import Figures, Result
from benchmarks.stage import Cpu, Stage, stage
from commands.local.children import Child
from engine.grouping import SINGLE_BELOW

AIM = 50.0
"""A workflow a person would cost a hundred times as much; groups are seldom full."""

SCENARIO = Path(__file__).parent / "waiting.yaml"
WORKERS = 2
TOGETHER, ALONE = 10_000, 36
WATCHED_SECONDS = 60.0
LOOK_SECONDS = 0.25
PATIENCE_SECONDS = 300
HOUR, WEEK = 3600.0, 7 * 24 * 3600.0


@dataclass(frozen=True)
class Kept:
    """What a crowd that waits is to Temporal: workflows, bytes of history, actions until it waits."""

    workflows: int
    history: int
    actions: int


async def measure(scale: float = 1.0) -> Result:
    """Bytes of history of who waits alone over those of who waits in a group."""
    together, alone = max(20, round(TOGETHER * scale)), max(1, round(ALONE * scale))
    with stage() as parts:
        shutil.copy(SCENARIO, parts.project / "scenarios")
        client = await parts.client()
        async with crowd(parts) as people, asyncio.timeout(PATIENCE_SECONDS + 3 * WATCHED_SECONDS):
            ids = await people.people(alone + together)
            with parts.workers(WORKERS) as workers:
                single = await _kept(people, client, await _entered(people, ids[:alone], SINGLE_BELOW - 1))
                idle = await _watched(parts, workers, WATCHED_SECONDS * scale)
                before = await _size(people)
                many = await _kept(people, client, await _entered(people, ids[alone:], together))
                grown = await _size(people) - before
                waiting = await _watched(parts, workers, WATCHED_SECONDS * scale)
                rows = await _row_bytes(people, ids[alone:])
    each = many.history / together
    figures = _figures(together, many, {"database_kb": grown / 1000, "runs_kb": rows / 1000})
    alone_bytes = single.history / alone
    told = {**figures, "temporal_bytes_alone": alone_bytes, **_cpu(idle, waiting)}
    return Result("waiting", alone_bytes / each, AIM, told, at_least=True)


async def _entered(people: Crowd, ids: Sequence[str], at_a_time: int) -> Sequence[str]:
    """They sign up, so many at a time, and wait."""
    statement = (
        "select count(*) as n from runs where status = 'active' and due_at > now() + interval '6 days'"
        " and contact_id = any(%s)"
    )
    for start in range(0, len(ids), at_a_time):
        few = list(ids[start : start + at_a_time])
        await people.subscribe(few, to="patience")
        while (await people.row(statement, few))["n"] < len(few):  # noqa: ASYNC110 - in other processes
            await asyncio.sleep(LOOK_SECONDS)
    return ids


async def _kept(people: Crowd, client: Client, ids: Sequence[str]) -> Kept:
    """What Temporal keeps of them, once every workflow of theirs sleeps."""
    statement = (
        "select array_agg(workflow_id) as found from groups"
        " where id in (select group_id from runs where contact_id = any(%s))"
    )
    found: list[str] = (await people.row(statement, list(ids)))["found"]
    history = sum([await _asleep(client, each) for each in found])
    return Kept(len(found), history, await actions_of(client, found))


async def _asleep(client: Client, workflow_id: str) -> int:
    """The bytes of a workflow's history, once it was started and waits for its timer."""
    handle = client.get_workflow_handle(workflow_id)
    while True:
        history = await _history(handle)
        if history and any(event.HasField("timer_started_event_attributes") for event in history.events):
            told = (await handle.describe()).raw_description.workflow_execution_info
            return told.history_size_bytes
        await asyncio.sleep(LOOK_SECONDS)


async def _history(handle: WorkflowHandle[Any, Any]) -> WorkflowHistory | None:
    """None before it was started: its people wait already."""
    try:
        return await handle.fetch_history()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


async def _watched(parts: Stage, workers: Sequence[Child], seconds: float) -> Cpu:
    """CPU seconds that each part uses in an hour, from how much it uses now."""
    before, began = parts.cpu(workers), perf_counter()
    await asyncio.sleep(seconds)
    used, passed = parts.cpu(workers) - before, perf_counter() - began
    return Cpu(*(each / passed * HOUR for each in (used.server, used.worker, used.database)))


async def _size(people: Crowd) -> int:
    """Bytes of the database, with its indexes and with what was said of how people came to wait."""
    size: int = (await people.row("select pg_database_size(current_database()) as size"))["size"]
    return size


async def _row_bytes(people: Crowd, ids: Sequence[str]) -> int:
    """Bytes of the rows of those who wait, which are all that has to be there."""
    statement = "select sum(pg_column_size(r.*)) as size from runs r where contact_id = any(%s)"
    size: int = (await people.row(statement, list(ids)))["size"]
    return size


def _figures(people: int, kept: Kept, postgres: Figures) -> Figures:
    return {
        "people": people,
        "workflows": kept.workflows,
        "temporal_history_kb": kept.history / 1000,
        "temporal_bytes_each": kept.history / people,
        "temporal_actions_each": kept.actions / people,
        **{f"postgres_{name}": value for name, value in postgres.items()},
    }


def _cpu(idle: Cpu, waiting: Cpu) -> Figures:
    """CPU seconds an hour by part, nobody waiting and all of them; and what a week of them comes to."""
    parts = {name: (getattr(idle, name), getattr(waiting, name)) for name in ("server", "worker", "database")}
    told = {f"{name}_cpu_s_an_hour_idle": before for name, (before, _) in parts.items()}
    told |= {f"{name}_cpu_s_an_hour_waiting": after for name, (_, after) in parts.items()}
    more = max(0.0, waiting.total - idle.total)
    return {**told, "cpu_s_a_week_of_waiting": more * WEEK / HOUR}
