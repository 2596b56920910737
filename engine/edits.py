"""New versions brought to people in flight: whoever touches a run of an old version does it first.

So nothing is decided, heard, entered or sent by a version that a committed publication has replaced, however
long the workers need to come to everybody. Runs heed one version after the other.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from dsl.frozen import dataclass
from engine import faults, grouping
from engine.decision import TrailLine
from engine.editing import Edited, edit
from engine.effects import MovedMeanwhile
from engine.grouping import Beginning
from engine.plans import InForce, Plans
from engine.run_rows import read_run, update_run
from store import edits as rows
from store import messages, operations, requests, runs
from store.database import Connection, Row
from store.messages import Giveback


@dataclass(frozen=True)
class _Heeding:
    """A run's row and the version that it heeds; `edited` None: it stays on its own."""

    row: Row
    version: int
    edited: Edited | None


async def catch_up(
    connection: Connection,
    plans: Plans,
    in_force: InForce,
    contact_ids: Collection[str],
    now: datetime,
    scenario: str | None = None,
) -> None:
    """Let the runs of locked contacts heed what they are behind, in one scenario or in all of them."""
    if not in_force.editing or (scenario is not None and scenario not in in_force.editing):
        return
    behind = await rows.behind(connection, contact_ids, scenario)
    if behind:
        await take_over(connection, plans, in_force, behind, now)
        await operations.poke(connection, {row["group_id"] for row in behind}, now)


async def take_over(
    connection: Connection, plans: Plans, in_force: InForce, found: Sequence[Row], now: datetime
) -> list[Row]:
    """Let runs of locked contacts heed every version that they are behind.

    Returns those of them that are active still, as they are then; what begins in their place is due, and its
    workflow asked for. Moved runs are due now.
    """
    standing = {row["id"]: row for row in found}
    while behind := [(row, v) for row in standing.values() if (v := in_force.next_edit(row))]:
        heeding = [await _heeding(connection, plans, in_force, row, version, now) for row, version in behind]
        await _write(connection, heeding, now)
        ids = [row["id"] for row, _ in behind]
        standing = {id_: row for id_, row in standing.items() if id_ not in set(ids)}
        standing |= {row["id"]: row for row in await runs.by_ids(connection, ids)}
    return sorted(standing.values(), key=lambda row: (row["contact_id"], row["id"]))


async def _heeding(
    connection: Connection, plans: Plans, in_force: InForce, row: Row, version: int, now: datetime
) -> _Heeding:
    old = await plans.plan(row["scenario"], row["version"], connection)
    new = await plans.plan(row["scenario"], version, connection)
    try:
        edited = edit(read_run(row), old, new, version, in_force.world, now)
    except Exception as error:  # noqa: BLE001 - one run that cannot be moved must not hold up the others
        faults.tell("a run could not be moved", error, run=row["id"], version=version)
        return _Heeding(row, version, None)
    return _Heeding(row, version, edited)


async def _write(connection: Connection, heeding: Sequence[_Heeding], now: datetime) -> None:
    changed = [(each, each.edited) for each in heeding if each.edited]
    await _release(connection, changed, now)
    await requests.call_off(connection, [each.row["id"] for each, edited in changed if edited.calls_off])
    await _write_runs(connection, changed)
    await rows.heed(connection, [(each.row["id"], each.version) for each in heeding if not each.edited])
    await runs.add_trail(connection, [_line(each.row, edited.trail) for each, edited in changed])
    for scenario, version in sorted({(each.row["scenario"], each.version) for each, _ in changed}):
        of_version = [(h, e) for h, e in changed if (h.row["scenario"], h.version) == (scenario, version)]
        moved = {each.row["group_id"] for each, edited in of_version if edited.run.status == "active"}
        await rows.regroup(connection, moved, version)
        await _begin(connection, scenario, version, of_version, now)
    ended = [each.row["id"] for each, edited in changed if edited.run.status == "ended"]
    await runs.clear_wakes(connection, [(id_, None) for id_ in ended])


async def _release(connection: Connection, changed: Sequence[tuple[_Heeding, Edited]], now: datetime) -> None:
    """What was handed to its provider already is not held back."""
    why = {each.row["id"]: edited.given_back for each, edited in changed}
    held = await messages.reserved_by_run(connection, why)
    await messages.release(connection, [Giveback(id_, why[run_id]) for id_, run_id in held], now)


async def _write_runs(connection: Connection, changed: Sequence[tuple[_Heeding, Edited]]) -> None:
    if not changed:
        return
    written = await rows.write(connection, [_row(each.row, edited) for each, edited in changed])
    if len(written) != len(changed):
        raise MovedMeanwhile(f"{len(changed) - len(written)} of {len(changed)} runs had moved")


def _row(row: Row, edited: Edited) -> Row:
    run = edited.run
    return {**update_run(run, run.due_at), "version": run.version, "heeded": row["heeded"]}


def _line(row: Row, line: TrailLine) -> Row:
    place = {"run_id": row["id"], "contact_id": row["contact_id"], "sequence": row["sequence"] + 1, "line": 0}
    said = {"what": line.what, "step": line.step, "text": line.text, "data": dict(line.data)}
    return {**place, "at": line.at, **said}


async def _begin(
    connection: Connection,
    scenario: str,
    version: int,
    changed: Sequence[tuple[_Heeding, Edited]],
    now: datetime,
) -> None:
    fresh = [(each.row, edited.fresh) for each, edited in changed if edited.fresh]
    ids = await runs.next_ids(connection, "runs", len(fresh))
    beginnings = [
        Beginning(replace(run, id=id_), parallel=row["parallel"])
        for id_, (row, run) in zip(ids, fresh, strict=True)
    ]
    await grouping.insert(connection, scenario, version, beginnings, now)
    # What the old run has still to hear may end the new one.
    pairs = [(row["id"], id_) for id_, (row, _) in zip(ids, fresh, strict=True)]
    await rows.pass_on_wakes(connection, pairs, now)
