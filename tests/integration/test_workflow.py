"""The loop of the scenario workflow, on a real server, with activities that tell what they were asked."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from engine.wire import AdvanceReply, AdvanceRequest, Batch, DeliverReply, DeliverRequest, Group
from engine.workflow import ScenarioWorkflow
from worker import DEPLOYMENT

ENDED = AdvanceReply([], None, 0, "ended", "", "the run ended: goal")
WAITING = AdvanceReply([], None, 1, "waits", "an order")


def due(*message_ids: int, sleep: float | None = None) -> AdvanceReply:
    return AdvanceReply([Batch("email", list(message_ids), "hello to c_1")], sleep, 1, "due", "3 days")


class Engine:
    """Stands where the engine does: answers `advance` from a script, the last line for ever."""

    def __init__(self, *replies: AdvanceReply) -> None:
        self.replies = list(replies)
        self.asked: list[AdvanceRequest] = []
        self.delivered: list[list[int]] = []
        self.queues: list[str] = []
        self.busy = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False
        self.told: AdvanceReply | None = None

    @activity.defn(name="advance")
    async def advance(self, request: AdvanceRequest) -> AdvanceReply:
        """Say where the group stands."""
        self.asked.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @activity.defn(name="deliver")
    async def deliver(self, request: DeliverRequest) -> DeliverReply:
        """Send, once the gate is open."""
        self.delivered.append(request.message_ids)
        self.queues.append(activity.info().task_queue)
        await self.gate.wait()
        if self.busy:
            self.busy -= 1
            raise ApplicationError("busy", next_retry_delay=timedelta(seconds=0.3))
        if self.fails:
            raise ApplicationError("broken", non_retryable=True)
        return DeliverReply(sent=len(request.message_ids), standing=self.told)

    def workers(self, client: Client) -> tuple[Worker, Worker]:
        """One worker a queue, as in production."""
        return (
            Worker(
                client,
                task_queue="relance",
                workflows=[ScenarioWorkflow],
                activities=[self.advance, self.deliver],
                deployment_config=DEPLOYMENT,
            ),
            Worker(client, task_queue="relance-email", activities=[self.deliver]),
        )


async def start(client: Client, first: AdvanceReply | None = None) -> WorkflowHandle:
    group = Group(7, "Welcome: contact c_1", first)
    return await client.start_workflow("welcome", group, id=f"welcome/{uuid.uuid4()}", task_queue="relance")


def seen(reply: AdvanceReply, *, ago: timedelta = timedelta(0)) -> AdvanceReply:
    """A standing that was looked at just now, or a while ago."""
    return replace(reply, at=datetime.now(UTC) - ago)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what is waited for happens on the server
            await asyncio.sleep(0.02)


async def test_a_group_without_active_runs_ends_the_workflow(temporal: Client) -> None:
    engine = Engine(ENDED)
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        handle = await start(temporal)
        assert await handle.result() == "the run ended: goal"
    assert [each.group_id for each in engine.asked] == [7]
    assert (await handle.describe()).workflow_type == "welcome"


async def test_due_messages_are_delivered_and_the_group_is_looked_at_again(temporal: Client) -> None:
    engine = Engine(due(1, 2), ENDED)
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        await (await start(temporal)).result()
    assert engine.delivered == [[1, 2]]
    assert len(engine.asked) == 2


async def test_what_was_seen_at_the_start_and_after_a_delivery_is_not_asked_again(temporal: Client) -> None:
    engine = Engine(WAITING)
    engine.told = seen(ENDED)
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        handle = await start(temporal, seen(due(1)))
        engine.told = seen(ENDED)
        assert await handle.result() == "the run ended: goal"
    assert engine.delivered == [[1]]
    assert engine.asked == []


async def test_what_was_seen_a_while_ago_is_asked_again(temporal: Client) -> None:
    engine = Engine(ENDED)
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        await (await start(temporal, seen(WAITING, ago=timedelta(hours=1)))).result()
    assert len(engine.asked) == 1


async def test_a_poke_wakes_a_waiting_workflow(temporal: Client) -> None:
    engine = Engine(WAITING, ENDED)
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        handle = await start(temporal)
        await until(lambda: len(engine.asked) == 1)
        await handle.signal("poke")
        await handle.result()
    assert len(engine.asked) == 2


async def test_a_slow_delivery_does_not_hold_the_loop_and_is_not_started_twice(temporal: Client) -> None:
    engine = Engine(due(1), due(1, 2), ENDED)
    engine.gate.clear()
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        handle = await start(temporal)
        await until(lambda: engine.delivered == [[1]])
        await handle.signal("poke")
        await until(lambda: len(engine.delivered) == 2)
        engine.gate.set()
        await handle.result()
    assert engine.delivered == [[1], [2]]


async def test_what_a_delivery_saw_is_asked_again_where_a_poke_came_meanwhile(temporal: Client) -> None:
    """It looked before somebody stopped the run, and tells of it only after the poke was looked into."""
    engine = Engine(due(1), ENDED)
    engine.told = seen(WAITING)
    engine.gate.clear()
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        handle = await start(temporal)
        await until(lambda: engine.delivered == [[1]])
        await handle.signal("poke")
        await until(lambda: len(engine.asked) == 2)
        engine.gate.set()
        async with asyncio.timeout(20):
            assert await handle.result() == "the run ended: goal"


async def test_a_delivery_that_fails_is_handed_back_to_the_engine(temporal: Client) -> None:
    engine = Engine(due(1), ENDED)
    engine.fails = True
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        await (await start(temporal)).result()
    assert len(engine.asked) == 2


async def test_a_message_alone_leaves_from_the_queue_of_its_workflow(temporal: Client) -> None:
    engine = Engine(due(1), due(2, 3), ENDED)
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        await (await start(temporal)).result()
    assert engine.queues == ["relance", "relance-email"]


async def test_a_message_that_cannot_leave_at_once_waits_in_the_queue_of_its_channel(
    temporal: Client,
) -> None:
    """After the delay that its provider asked for: whoever is away holds up no other channel."""
    engine = Engine(due(1), ENDED)
    engine.busy = 2
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        handle = await start(temporal)
        await handle.result()
        history = await handle.fetch_history()
    assert engine.queues == ["relance", "relance-email", "relance-email"]
    timers = [
        e.timer_started_event_attributes
        for e in history.events
        if e.HasField("timer_started_event_attributes")
    ]
    assert [each.start_to_fire_timeout.ToMilliseconds() for each in timers] == [300]


async def test_what_is_waited_for_reads_in_the_history(temporal: Client) -> None:
    engine = Engine(due(1, sleep=3600.0), WAITING)
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        handle = await start(temporal)
        summaries: list[str] = []
        # The second look is in the history once its task is over, a moment after it was asked for.
        while sum(each.startswith('"Decide') for each in summaries) < 2:
            history = await handle.fetch_history()
            summaries = [each.user_metadata.summary.data.decode() for each in history.events]
        await handle.terminate()
    assert {'"hello to c_1"', '"3 days"'} <= set(summaries)
    asked = [each.strip('"') for each in summaries if each.startswith('"Decide')]
    assert asked == [
        "Decide what is due: they enter",
        "Decide what is due: a delivery is over",
    ]


async def test_work_that_stays_due_is_not_asked_for_in_a_tight_loop(temporal: Client) -> None:
    engine = Engine(AdvanceReply([], 0.0, 1, "stuck", "nothing"))
    decisions, emails = engine.workers(temporal)
    async with decisions, emails:
        handle = await start(temporal)
        await until(lambda: len(engine.asked) >= 3)
        history = await handle.fetch_history()
        await handle.terminate()
    timers = [
        e.timer_started_event_attributes
        for e in history.events
        if e.HasField("timer_started_event_attributes")
    ]
    waits = [each.start_to_fire_timeout.ToTimedelta() for each in timers]
    assert waits == sorted(set(waits))
    assert waits[0] > timedelta(0)


async def test_six_days_of_sleep_reach_the_engine_as_its_now(test_server_program: str) -> None:
    engine = Engine(AdvanceReply([], 6 * 86_400.0, 1, "waits", "6 days"), ENDED)
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=test_server_program
    ) as env:
        decisions, emails = engine.workers(env.client)
        async with decisions, emails:
            await env.client.execute_workflow("welcome", Group(7), id="welcome/1", task_queue="relance")
    first, second = (each.at for each in engine.asked)
    assert second - first >= timedelta(days=6)


async def details_of(client: Client, workflow_id: str) -> str:
    """What a workflow says of itself, once it has looked at its group."""
    while True:
        metadata = await client.get_workflow_handle(workflow_id).query(
            "__temporal_workflow_metadata", result_type=WorkflowMetadata
        )
        if metadata.current_details:
            return str(metadata.current_details)
        await asyncio.sleep(0.1)


async def continued(client: Client, handle: WorkflowHandle) -> WorkflowExecutionDescription:
    """The run that goes on after the one of `handle`, poked until it is there."""
    latest = await client.get_workflow_handle(handle.id).describe()
    while latest.run_id == handle.first_execution_run_id:
        await client.get_workflow_handle(handle.id).signal("poke")
        await asyncio.sleep(0.1)
        latest = await client.get_workflow_handle(handle.id).describe()
    return latest


async def test_a_long_history_goes_on_in_a_new_one_that_reads_the_same(temporal_program: str) -> None:
    engine = Engine(WAITING)
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_program,
        dev_server_extra_args=["--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=20"],
    )
    async with environment:
        decisions, emails = engine.workers(environment.client)
        async with decisions, emails:
            handle = await start(environment.client)
            for number in range(1, 12):
                await until(lambda number=number: len(engine.asked) >= number)
                await environment.client.get_workflow_handle(handle.id).signal("poke")
            latest = await continued(environment.client, handle)
            details = await details_of(environment.client, handle.id)
            engine.replies = [ENDED]
            await environment.client.get_workflow_handle(handle.id).signal("poke")
            await handle.result()
    assert latest.run_id != handle.first_execution_run_id
    assert latest.workflow_type == "welcome"
    assert details == "Welcome: contact c_1\n\nwaits"
    assert {each.group_id for each in engine.asked} == {7}
