"""Bring a database and a Temporal together that know different things: after a restore, or a loss of either.

Groups without a workflow get one, workflows without a group are ended, and whoever goes on looks at the
database as it is now. Harmless to repeat, and while workers run.
"""

from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from datetime import datetime

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from engine import wire
from engine.pauses import EVERYTHING, pause
from store import pokes, reconciling
from store.database import Database

OURS = f'ExecutionStatus = "Running" AND WorkflowType != "{wire.SCAN}"'
GONE = "its group is not in the database: it was restored to an earlier instant"


@dataclass(frozen=True)
class Reconciled:
    """How many groups are open, and which workflows were started, woken and ended for it."""

    open: int
    started: tuple[str, ...]
    woken: int
    ended: tuple[str, ...]


async def skip_and_pause(database: Database, *, actor: str, now: datetime) -> None:
    """What comes first after a restore: no number is given twice, nothing leaves until somebody says so."""
    async with database.transaction() as connection:
        await reconciling.skip_numbers(connection)
    reason = "restored from a backup: what left after it is not known"
    await pause(database, EVERYTHING, (), actor=actor, reason=reason, now=now)


async def reconcile(
    database: Database, client: Client, now: datetime, *, dry_run: bool = False
) -> Reconciled:
    """Compare open groups with open workflows, and mend; with `dry_run` only say what would be done.

    Workflows are started and woken by the workers, from the outbox. Raises RPCError when Temporal is away.
    """
    running = {execution.id async for execution in client.list_workflows(OURS)}
    async with database.transaction() as connection:
        groups = await reconciling.open_groups(connection)
        known = await reconciling.known(connection, running - groups.keys())
        missing = groups.keys() - running
        if not dry_run:
            await pokes.put(connection, {groups[each]: each in missing for each in groups}, now)
    gone = running - groups.keys() - known
    if not dry_run:
        await _end(client, gone)
        await _wake(client, known)
    return Reconciled(
        len(groups), tuple(sorted(missing)), len(groups) - len(missing), tuple(sorted(gone | known))
    )


async def _end(client: Client, workflows: Collection[str]) -> None:
    """There is nothing that these could look at."""
    for each in workflows:
        await _unless_over(client.get_workflow_handle(each).terminate(reason=GONE))


async def _wake(client: Client, workflows: Collection[str]) -> None:
    """Nobody of their groups is under way any more: they see it, and are over."""
    for each in workflows:
        await _unless_over(client.get_workflow_handle(each).signal(wire.POKE))


async def _unless_over(asked: Awaitable[None]) -> None:
    """The list of workflows is a little behind: what it calls open may be over."""
    try:
        await asked
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
