"""What the workflows call, bound to the parts of this process. Ids and counts cross, nothing about people."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from temporalio import activity
from temporalio.exceptions import ApplicationError

from engine import wire
from engine.advance import Advanced, advance_together
from engine.clock import Clock
from engine.deliver import Deliveries, Signals, TryLater
from engine.measures import ADVANCED
from engine.plans import Plans
from engine.scans import Scans
from engine.together import Together
from store.database import Database

BATCH = 500
"""Messages a delivery: enough to cost little each, few enough to be over in seconds."""


@dataclass(frozen=True)
class Activities:
    """The activities of one worker process."""

    database: Database
    plans: Plans
    clock: Clock
    deliveries: Deliveries
    scans: Scans

    @activity.defn
    async def advance(self, request: wire.AdvanceRequest) -> wire.AdvanceReply:
        """Decide what is due in a group; harmless to repeat."""
        now = self.clock.at(request.at)
        standing = await self._advances.ask((request.group_id, now))
        if standing is None:
            raise ApplicationError(f"there is no group {request.group_id}", non_retryable=True)
        return wire.AdvanceReply(
            deliveries=_batches(standing),
            sleep_seconds=self._sleep(standing.next_due_at, now),
            active=standing.active,
            details=_details(standing),
            waiting_for=standing.waiting_for,
            outcome=standing.outcome,
        )

    @activity.defn
    async def deliver(self, request: wire.DeliverRequest) -> wire.DeliverReply:
        """Send messages; what could not leave yet is tried again by Temporal, with the provider's delay."""
        started, real = activity.info().started_time, datetime.now(UTC)
        signals = Signals(
            # From the server's instant on, which skipped time moves, by what has passed here since.
            now=lambda: self.clock.at(started + (datetime.now(UTC) - real)),
            beat=activity.heartbeat,
            stopping=activity.is_worker_shutdown,
            tries=activity.info().attempt,
        )
        try:
            # A workflow's type is its scenario.
            return await self.deliveries.deliver(request, signals, activity.info().workflow_type or "")
        except TryLater as later:
            raise ApplicationError(str(later), type="TryLater", next_retry_delay=later.after) from None

    @activity.defn
    async def scan(self, task: wire.ScanTask) -> wire.ScanReply:
        """Enter whom a trigger by time concerns; goes on where an earlier try stopped."""
        return await self.scans.scan(task, activity.heartbeat)

    @cached_property
    def _advances(self) -> Together[tuple[int, datetime], Advanced | None]:
        return Together(self._advance_together)

    async def _advance_together(
        self, wanted: Sequence[tuple[int, datetime]]
    ) -> dict[tuple[int, datetime], Advanced | None]:
        """Groups whose workflows ask at about the same time, as of the latest of their instants.

        None for a group that there is not: any other mistake is not for good, and is tried again.
        """
        ids = {group_id for group_id, _ in wanted}
        ADVANCED.inc(len(ids))
        found = await advance_together(self.database, self.plans, ids, max(at for _, at in wanted))
        return {each: found.get(each[0]) for each in wanted}

    def _sleep(self, due_at: datetime | None, now: datetime) -> float | None:
        """Real seconds until a business instant, to the next millisecond so that it is not woken before."""
        if due_at is None:
            return None
        return max(0.0, math.ceil(self.clock.real_seconds(due_at - now) * 1000) / 1000)


def _batches(standing: Advanced) -> list[wire.Batch]:
    return [
        wire.Batch(
            due.channel, list(due.message_ids[start : start + BATCH]), _said(due.said[start : start + BATCH])
        )
        for due in standing.deliveries
        for start in range(0, len(due.message_ids), BATCH)
    ]


def _said(pairs: Sequence[tuple[str, str]]) -> str:
    """What goes to whom, by ids: `welcome_hello to c_42`, `birthday_soon to 312 people`."""
    people: dict[str, list[str]] = {}
    for message, contact in sorted(pairs):
        people.setdefault(message, []).append(contact)
    most_first = sorted(people.items(), key=lambda item: -len(item[1]))
    return ", ".join(
        f"{message} to {whom[0] if len(whom) == 1 else f'{len(whom)} people'}" for message, whom in most_first
    )


def _details(standing: Advanced) -> str:
    """Where everybody is, as Markdown for the UI."""
    if standing.outcome:
        return f"**Over:** {standing.outcome}"
    lines = [f"**Now:** {standing.steps}"]
    lines += [f"**Latest:** {standing.waiting_for}"] if standing.waiting_for else []
    return "\n\n".join(lines)
