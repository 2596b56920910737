"""New runs in groups: a workflow each where few begin together, shared by hundreds where many do."""

from collections.abc import Sequence
from datetime import datetime

from dsl.frozen import dataclass
from engine.run_rows import write_run
from engine.state import Run
from store import runs
from store.database import Connection, Row

SINGLE_BELOW = 10
"""Entries that come together in smaller numbers get a workflow each, which operations can find by contact."""

GROUP_SIZE = 500


@dataclass(frozen=True)
class Beginning:
    """A run that begins. `parallel`: beside others of the same contact and key.

    `occurrence` names the date or scan that started it, which a contact enters once.
    """

    run: Run
    parallel: bool = False
    occurrence: str | None = None


async def insert(
    connection: Connection, scenario: str, version: int, beginnings: Sequence[Beginning], now: datetime
) -> None:
    """Store runs of one version, whose ids are given, and ask for the workflows of their groups."""
    if not beginnings:
        return
    size = 1 if len(beginnings) < SINGLE_BELOW else GROUP_SIZE
    parts = [beginnings[start : start + size] for start in range(0, len(beginnings), size)]
    ids = await runs.next_ids(connection, "groups", len(parts))
    groups = [_group(id_, part, scenario, version, now) for id_, part in zip(ids, parts, strict=True)]
    rows = [_row(each, id_, now) for id_, part in zip(ids, parts, strict=True) for each in part]
    await runs.insert(connection, groups, rows, now)


def _row(beginning: Beginning, group_id: int, now: datetime) -> Row:
    run = beginning.run
    return write_run(
        run,
        group_id=group_id,
        parallel=beginning.parallel,
        occurrence=beginning.occurrence,
        due_at=(run.due_at or now) if run.status == "active" else None,
    )


def _group(id_: int, part: Sequence[Beginning], scenario: str, version: int, now: datetime) -> Row:
    first = part[0].run
    name = f"{first.contact_id}/{first.id}" if len(part) == 1 else f"{now:%Y-%m-%d}/{id_:04}"
    return {
        "id": id_,
        "workflow_id": f"{scenario}/{name}",
        "scenario": scenario,
        "version": version,
        "contact_id": first.contact_id if len(part) == 1 else None,
        "size": len(part),
    }
