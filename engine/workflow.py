"""The workflows: loops of a few lines that never change when scenarios or the engine do.

    advance the group  ->  deliver what it reserved  ->  sleep until something is due or a poke  ->  again

All that decides lies behind `advance`, in the database. A lost or doubled poke is harmless.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError, CancelledError

with workflow.unsafe.imports_passed_through():
    from engine import wire

ADVANCE_TIMEOUT = timedelta(seconds=30)
DELIVER_TIMEOUT = timedelta(minutes=15)
SCAN_TIMEOUT = timedelta(hours=6)
HEARTBEAT = timedelta(seconds=30)
PATIENCE = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    maximum_interval=timedelta(minutes=1),
    backoff_coefficient=2.0,
)
"""Databases and providers come back; what must not leave late is refused by the gate, not by giving up."""

ONCE = RetryPolicy(maximum_attempts=1)
AGAIN_AFTER = timedelta(milliseconds=200)
A_FREE_PLACE = timedelta(seconds=5)
"""How long a message that is tried where its workflow is waits for a worker to take it."""

TAKES_FIRST, TRIES_HERE, KNOWS_STALE = 2, 3, 4
"""The builds (`wire.BUILD`) since which the code does so."""

RETRIED_IN_PLACE = timedelta(seconds=5)
"""A decision that is tried again only after longer is left to a timer of the workflow: its worker may stop
meanwhile, and does not tell Temporal every few seconds that it still tries."""

SHORTEST_SLEEP = 0.05
LONGEST_PAUSE = 60.0
FRESH = timedelta(minutes=1)
"""How long it holds what was seen of a group outside of its workflow. Whatever changes it pokes; but a clock
that is further from the server's than this is another clock."""

LONGEST_HISTORY = 20_000
"""Events after which deliveries under way are left to the next run; Temporal's limit is 51,200."""


@workflow.defn(dynamic=True)
class ScenarioWorkflow:
    """Drives a group of runs; its type is the scenario's name."""

    def __init__(self) -> None:
        self._news = False
        self._told: wire.AdvanceReply | None = None
        self._in_flight: set[int] = set()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._pokes = 0
        self._overdue = 0
        self._why = "they enter"

    @workflow.signal(name=wire.POKE)
    def poke(self) -> None:
        """Look again: something happened to a run of the group."""
        self._news, self._told = True, None
        self._pokes += 1
        self._why = "something happened"

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str | None:
        """Advance, deliver, wait, until no run of the group is active; says in words what came of it."""
        group: wire.Group = workflow.payload_converter().from_payload(args[0].payload, wire.Group)
        if not self._news and _build() >= TAKES_FIRST:
            self._told = group.first
        while True:
            standing = self._latest() or await self._advance(group)
            workflow.set_current_details(f"{group.summary}\n\n{standing.details}".strip())
            for batch in standing.deliveries:
                self._deliver(batch, group)
            if self._may_continue_as_new():
                workflow.continue_as_new(wire.Group(group.group_id, group.summary))
            if not standing.active and not self._in_flight and not self._news:
                return standing.outcome or None
            await self._wait(standing)

    def _latest(self) -> wire.AdvanceReply | None:
        """What was told of the group a moment ago, where nothing happened since; else it is to be asked."""
        told, self._told, self._news = self._told, None, False
        if told is None or told.at is None or abs(workflow.now() - told.at) > FRESH:
            return None
        if told.sleep_seconds is None:
            return told
        since = max(0.0, (workflow.now() - told.at).total_seconds())
        return replace(told, sleep_seconds=max(0.0, told.sleep_seconds - since))

    async def _advance(self, group: wire.Group) -> wire.AdvanceReply:
        reply: wire.AdvanceReply = await workflow.execute_local_activity(
            "advance",
            wire.AdvanceRequest(group.group_id, workflow.now()),
            result_type=wire.AdvanceReply,
            start_to_close_timeout=ADVANCE_TIMEOUT,
            retry_policy=PATIENCE,
            local_retry_threshold=RETRIED_IN_PLACE,
            summary=f"Decide what is due: {self._why}",
        )
        return reply

    def _deliver(self, batch: wire.Batch, group: wire.Group) -> None:
        """Start a delivery in the background, of the messages that are not under way already."""
        ids = [each for each in batch.message_ids if each not in self._in_flight]
        if not ids:
            return
        self._in_flight.update(ids)
        task = asyncio.create_task(self._delivery(batch, ids, group))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _delivery(self, batch: wire.Batch, ids: list[int], group: wire.Group) -> None:
        told, pokes = None, self._pokes
        try:
            reply = await self._delivered(
                wire.DeliverRequest(batch.channel, ids, group.group_id), batch.summary
            )
            told = reply.standing
        except ActivityError as error:
            # The messages are as the database has them; the next advance looks at them again.
            workflow.logger.warning("a delivery failed: %s", error.cause)
        # Not in a `finally`, to which Python comes where the workflow leaves the memory of its worker, too.
        self._in_flight.difference_update(ids)
        # What another delivery or a poke changes meanwhile was not seen by this one, asked since or not.
        stale = self._pokes != pokes and _build() >= KNOWS_STALE
        self._told = None if self._news or self._in_flight or stale else told
        self._news = True
        self._why = "a delivery is over"

    async def _delivered(self, request: wire.DeliverRequest, summary: str) -> wire.DeliverReply:
        """What came of messages.

        One that leaves alone is tried once where its workflow is, which costs Temporal less. What cannot
        leave at once waits in the queue of its channel, where it holds up no other channel.
        """
        if len(request.message_ids) == 1 and _build() >= TRIES_HERE:
            try:
                return await _deliver(request, summary, wire.DECISIONS, ONCE, A_FREE_PLACE)
            except ActivityError as error:
                if getattr(error.cause, "non_retryable", False) or isinstance(error.cause, CancelledError):
                    raise
                after = getattr(error.cause, "next_retry_delay", None)
                await workflow.sleep(after or AGAIN_AFTER, summary="the provider could not take it yet")
        return await _deliver(request, summary, wire.channel_queue(request.channel), PATIENCE)

    def _may_continue_as_new(self) -> bool:
        info = workflow.info()
        if not info.is_continue_as_new_suggested():
            return False
        return not self._in_flight or info.get_current_history_length() > LONGEST_HISTORY

    async def _wait(self, standing: wire.AdvanceReply) -> None:
        """Sleep until a poke, the end of a delivery, or the next due instant."""
        timeout = standing.sleep_seconds
        if timeout is not None:
            self._overdue = self._overdue + 1 if timeout <= 0 else 0
            # What stays due although it was looked at is asked ever more rarely, not in a tight loop.
            pause = min(LONGEST_PAUSE, SHORTEST_SLEEP * 2**self._overdue) if self._overdue else 0.0
            timeout = max(timeout, pause)
        try:
            await workflow.wait_condition(
                lambda: self._news, timeout=timeout, timeout_summary=standing.waiting_for or None
            )
        except TimeoutError:
            self._why = "what was waited for has come"


async def _deliver(
    request: wire.DeliverRequest,
    summary: str,
    queue: str,
    retries: RetryPolicy,
    to_start: timedelta | None = None,
) -> wire.DeliverReply:
    reply: wire.DeliverReply = await workflow.execute_activity(
        "deliver",
        request,
        result_type=wire.DeliverReply,
        task_queue=queue,
        schedule_to_start_timeout=to_start,
        start_to_close_timeout=DELIVER_TIMEOUT,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=retries,
        summary=summary,
    )
    return reply


def _build() -> int:
    """Which workflow code did this task, or does it now; 1 where it did not say.

    In an upgrade an older worker may be given a task, does it as it did, and a newer one goes on from there.
    """
    version = workflow.info().get_current_deployment_version()
    return int(version.build_id) if version and version.deployment_name == wire.DEPLOYMENT else 1


@workflow.defn(name=wire.SCAN)
class ScanWorkflow:
    """Enters everybody whom a trigger by time concerns, in as many looks as it takes."""

    @workflow.run
    async def run(self, request: wire.ScanRequest) -> int:
        """How many runs were entered."""
        entered = 0
        while True:
            reply: wire.ScanReply = await workflow.execute_activity(
                "scan",
                wire.ScanTask(request, workflow.now()),
                result_type=wire.ScanReply,
                start_to_close_timeout=SCAN_TIMEOUT,
                heartbeat_timeout=HEARTBEAT,
                retry_policy=PATIENCE,
                summary=f"Enter whom {request.scenario} concerns",
            )
            entered += reply.entered
            workflow.set_current_details(f"{entered} entered. {reply.waiting_for}")
            if reply.sleep_seconds is None:
                return entered
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(request)
            await workflow.sleep(max(reply.sleep_seconds, SHORTEST_SLEEP), summary=reply.waiting_for)
