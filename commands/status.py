"""`relance status`: what stands still, what waits, what is late, and what to do about it."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.options import FORMAT
from commands.running import with_database
from commands.tables import plural, show_json

if TYPE_CHECKING:
    from temporalio.client import Client

    from engine.condition import Remark
    from store.database import Database

MARKS = {"wrong": "✗", "look": "!", "fine": " "}


@click.command(name="status", epilog="Example: relance status --format json")
@FORMAT
@click.pass_context
def command(context: click.Context, form: str) -> None:
    """Say how the installation is: pauses and why, the pace after them, what waits and what is late.

    Exit status 1 where something is wrong (✗); `!` is somebody's intention, or will pass.
    """

    async def work(database: "Database") -> "list[Remark]":
        from channels.registry import CHANNELS
        from engine.condition import remarks
        from store import gauges
        from worker import stored_clock

        clock = await stored_clock(database)
        now = clock.now()
        async with database.connection() as connection:
            found = await gauges.read(connection, now)
        concerned = [each for each in CHANNELS if any(row["channel"] == each for row in found.messages)]
        return [*await _temporal(concerned), *remarks(found, now, clock)]

    found = with_database(work)
    if form == "json":
        show_json([asdict(each) for each in found])
    else:
        for each in found:
            remedy = f"  → {each.remedy}" if each.remedy else ""
            click.echo(f"{MARKS[each.grade]} {each.text}{remedy}")
    if any(each.grade == "wrong" for each in found):
        context.exit(1)


async def _temporal(channels: list[str]) -> "list[Remark]":
    """Whether Temporal answers, and whether workers ask it for work on the queues that have some."""
    from engine import wire
    from engine.condition import Remark
    from worker import TemporalUnavailable, connect

    try:
        client = await connect()
    except TemporalUnavailable as error:
        return [Remark("wrong", str(error))]
    waited = {wire.DECISIONS: "decides"} | {wire.channel_queue(each): f"sends by {each}" for each in channels}
    told = [Remark("wrong", f"no worker {does}", "start one: relance worker") for does in waited.values()]
    workers = [await _workers(client, queue) for queue in waited]
    gone = [remark for remark, count in zip(told, workers, strict=True) if not count]
    return gone or [Remark("fine", f"{plural(workers[0], 'worker asks', 'workers ask')} Temporal for work")]


async def _workers(client: "Client", queue: str) -> int:
    """How many processes asked for work of a queue in the last minutes."""
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

    kinds = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    asked = [
        await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
            )
        )
        for kind in kinds
    ]
    return len({poller.identity for answer in asked for poller in answer.pollers})
