"""Groups towards Temporal: the `pokes` outbox becomes workflows started and signals sent.

A poke leaves the outbox in the transaction that sees it sent, so a crash sends it twice at worst, and a
second start or signal changes nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import structlog
from temporalio.client import Client
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from engine import wire
from engine.looks import Looks
from engine.search_attributes import CONTACT, PROGRAM, RUNS, SCENARIO, STEP, VERSION
from store import pokes
from store.database import Database, plan_for
from store.pokes import Target

CONCURRENCY = 32
"""Requests to Temporal at a time: beyond this a development server only queues them."""

log = structlog.get_logger()


async def send_pokes(database: Database, client: Client, looks: Looks, limit: int = 500) -> int:
    """Send the oldest pokes; returns how many groups were reached, 0 when there was nothing to do.

    A run that enters alone is decided before its workflow is started, which is told what came of it.
    What could not be sent stays in the outbox. Raises RPCError when Temporal took none of them.
    """
    async with database.keyed_transaction() as connection:
        wanted = await pokes.claim(connection, limit)
        await plan_for(connection, len(wanted))
        found = await pokes.targets(connection, list(wanted))
        open_groups = [target for target in found if not target.ended]
        alone = [each for each in open_groups if wanted[each.id] == {True} and each.contact_id]
        first = await _look(looks, alone)
        failures = await _reach(client, open_groups, wanted, first)
        if failures and len(failures) == len(open_groups):
            raise next(iter(failures.values()))
        if failures:
            log.warning("some groups could not be reached", groups=len(failures))
        for start in (True, False):
            again = {target.id: start for target in failures if start in wanted[target.id]}
            if again:
                await pokes.put(connection, again, min(target.created_at for target in failures))
    return len(found) - len(failures)


async def _look(looks: Looks, found: Sequence[Target]) -> Mapping[int, wire.AdvanceReply]:
    """Where groups stand, by id; none of them where that cannot be told: their workflows ask then."""
    if not found:
        return {}
    try:
        return await looks.at_groups([target.id for target in found], datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not keep the others from being started
        log.warning("groups are started without a look", groups=len(found), error=type(error).__name__)
        return {}


async def _reach(
    client: Client,
    found: Iterable[Target],
    wanted: Mapping[int, set[bool]],
    first: Mapping[int, wire.AdvanceReply],
) -> dict[Target, RPCError]:
    """Start or signal all of them, some at a time; the ones that failed, with why."""
    gate = asyncio.Semaphore(CONCURRENCY)
    failures: dict[Target, RPCError] = {}

    async def one(target: Target) -> None:
        async with gate:
            try:
                if True in wanted[target.id]:
                    await _start(client, target, first.get(target.id))
                if False in wanted[target.id]:
                    # Also after a start, which changes nothing where the workflow runs already.
                    await _signal(client, target)
            except RPCError as error:
                failures[target] = error

    await asyncio.gather(*map(one, found))
    return failures


async def _signal(client: Client, target: Target) -> None:
    """Poke a workflow; one that Temporal no longer knows is started again."""
    try:
        await client.get_workflow_handle(target.workflow_id).signal(wire.POKE)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        await _start(client, target)


async def _start(client: Client, target: Target, first: wire.AdvanceReply | None = None) -> None:
    """Start the workflow of a group, or do nothing when it runs already."""
    await client.start_workflow(
        target.scenario,
        wire.Group(target.id, _summary(target), first),
        id=target.workflow_id,
        task_queue=wire.DECISIONS,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=_search_attributes(target),
        static_summary=_summary(target),
        static_details=_details(target),
        # The first task comes with the answer, to a worker of this process, and is not polled for.
        request_eager_start=True,
    )


def _search_attributes(target: Target) -> TypedSearchAttributes:
    pairs: list[SearchAttributePair[str] | SearchAttributePair[int]] = [
        SearchAttributePair(SCENARIO, target.scenario),
        SearchAttributePair(VERSION, target.version),
        SearchAttributePair(PROGRAM, target.program),
        SearchAttributePair(RUNS, target.size),
    ]
    if target.contact_id:
        pairs.append(SearchAttributePair(CONTACT, target.contact_id))
    if target.first_step:
        pairs.append(SearchAttributePair(STEP, target.first_step))
    return TypedSearchAttributes(pairs)


def _summary(target: Target) -> str:
    """Whom it is about, in a line: `Welcome a new subscriber: contact c_42`."""
    whom = f"contact {target.contact_id}" if target.contact_id else f"{target.size} people"
    return f"{target.title}: {whom}"


def _details(target: Target) -> str:
    entered = target.created_at.strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"Scenario **{target.scenario}** (program {target.program}), version {target.version}. "
        f"Entered {entered}. Group {target.id} in the database."
    )
