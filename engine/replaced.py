"""Runs in whose place a new entry of the same person came: `while_active: restart`."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.state import Run
from store import messages, runs
from store.database import Connection, Row
from store.messages import Giveback

REASON = "restarted"
TEXT = "ended: a new entry took its place"


def ended(run: Run, now: datetime) -> Run:
    """A run of this very batch that is replaced before it was ever stored."""
    return run.ended(REASON, now).changed(sequence=run.sequence + 1)


async def stop(connection: Connection, run_ids: Sequence[int], now: datetime) -> None:
    """End runs that were there before, give their places back, and say so."""
    if not run_ids:
        return
    held = await messages.reserved_of_runs(connection, run_ids)
    await messages.release(connection, [Giveback(id_, REASON) for id_ in held], now)
    stopped = await runs.stop(connection, run_ids, REASON, now)
    await runs.clear_wakes(connection, [(row["id"], None) for row in stopped])
    lines = [_line(row["id"], row["contact_id"], row["sequence"], now) for row in stopped]
    await runs.add_trail(connection, lines)


async def tell(connection: Connection, admitted: Iterable[Run], now: datetime) -> None:
    """Say of stored runs that were replaced in their own batch why they are over."""
    over = [run for run in admitted if run.end_reason == REASON]
    await runs.add_trail(connection, [_line(run.id, run.contact_id, run.sequence, now) for run in over])


def _line(run_id: int, contact_id: str, sequence: int, now: datetime) -> Row:
    data = {"reason": REASON}
    line = {"run_id": run_id, "contact_id": contact_id, "sequence": sequence, "line": 0, "at": now}
    return {**line, "what": "ended", "step": None, "text": TEXT, "data": data}
