"""What the workflows call, bound to the parts of this process. Ids and counts cross, nothing about people."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from engine import wire
from engine.clock import Clock
from engine.deliver import Deliveries, Signals, TryLater
from engine.looks import Looks
from engine.plans import Plans
from engine.scans import Scans
from store.database import Database

log = structlog.get_logger()


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
        info = activity.info()
        # Its instant is that of the workflow's question, which may have waited for a place or another try.
        waited = max(timedelta(0), info.started_time - info.scheduled_time)
        standing = await self.looks.at_group(request.group_id, request.at + waited)
        if standing is None:
            raise ApplicationError(f"there is no group {request.group_id}", non_retryable=True)
        return standing

    @activity.defn
    async def deliver(self, request: wire.DeliverRequest) -> wire.DeliverReply:
        """Send messages; what could not leave yet is tried again by Temporal, with the provider's delay."""
        started, real = activity.info().started_time, datetime.now(UTC)

        def at() -> datetime:
            # From the server's instant on, which skipped time moves, by what has passed here since.
            return started + (datetime.now(UTC) - real)

        signals = Signals(
            now=lambda: self.clock.at(at()),
            beat=activity.heartbeat,
            stopping=activity.is_worker_shutdown,
            tries=activity.info().attempt,
            in_line=activity.info().task_queue != wire.DECISIONS,
        )
        try:
            # A workflow's type is its scenario.
            reply = await self.deliveries.deliver(request, signals, activity.info().workflow_type or "")
        except TryLater as later:
            # Told where it was tried, and no failure: the SDK need not warn of it again.
            raise ApplicationError(
                str(later),
                type="TryLater",
                next_retry_delay=later.after,
                category=ApplicationErrorCategory.BENIGN,
            ) from None
        return replace(reply, standing=await self._standing(request.group_id, at()))

    @activity.defn
    async def scan(self, task: wire.ScanTask) -> wire.ScanReply:
        """Enter whom a trigger by time concerns; goes on where an earlier try stopped."""
        return await self.scans.scan(task, activity.heartbeat)

    async def _standing(self, group_id: int, at: datetime) -> wire.AdvanceReply | None:
        """Where a group stands after a delivery; None where its workflow has to ask."""
        if not group_id:
            return None
        try:
            return await self.looks.at_group(group_id, at)
        except Exception as error:  # noqa: BLE001 - what was delivered is delivered: asking is tried again alone
            log.warning("a look after a delivery failed", group=group_id, error=type(error).__name__)
            return None

    @cached_property
    def looks(self) -> Looks:
        """The looks at groups of this process."""
        return Looks(self.database, self.plans, self.clock)
