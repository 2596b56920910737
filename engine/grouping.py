"""New runs in groups: a workflow each where few begin together, shared by hundreds where many do."""

from collections.abc import Sequence
from dataclasses import replace
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

    `occurrence` names the date or scan that started it, which a contact enters once. `group_id` 0: none yet.
    """

    run: Run
    parallel: bool = False
    occurrence: str | None = None
    group_id: int = 0


async def part(
    connection: Connection, scenario: str, version: int, beginnings: Sequence[Beginning], now: datetime
) -> tuple[list[Row], list[Beginning]]:
    """Put runs of one version, whose ids are given, into groups; the groups, and the runs in them.

    Where they are few each is alone in one.
    """
    size = 1 if len(beginnings) < SINGLE_BELOW else GROUP_SIZE
    parts = [beginnings[start : start + size] for start in range(0, len(beginnings), size)]
    ids = await runs.next_ids(connection, "groups", len(parts))
    groups = [_group(id_, members, scenario, version, now) for id_, members in zip(ids, parts, strict=True)]
    return groups, [
        replace(each, group_id=id_) for id_, members in zip(ids, parts, strict=True) for each in members
    ]


async def insert(
    connection: Connection, scenario: str, version: int, beginnings: Sequence[Beginning], now: datetime
) -> None:
    """Store runs of one version that nobody looked at yet, and ask for the workflows of their groups."""
    if beginnings:
        groups, parted = await part(connection, scenario, version, beginnings, now)
        await runs.insert(connection, groups, [row_of(each, now) for each in parted], now)


def row_of(beginning: Beginning, now: datetime) -> Row:
    """The row of a run that nobody looked at yet: it is due at once, unless it asks for later."""
    run = beginning.run
    return moved(beginning, run, (run.due_at or now) if run.status == "active" else None)


def moved(beginning: Beginning, run: Run, due_at: datetime | None) -> Row:
    """The row of a run that came this far before it was stored."""
    return write_run(
        run,
        group_id=beginning.group_id,
        parallel=beginning.parallel,
        occurrence=beginning.occurrence,
        due_at=due_at,
    )


def _group(id_: int, members: Sequence[Beginning], scenario: str, version: int, now: datetime) -> Row:
    first = members[0].run
    name = f"{first.contact_id}/{first.id}" if len(members) == 1 else f"{now:%Y-%m-%d}/{id_:04}"
    return {
        "id": id_,
        "workflow_id": f"{scenario}/{name}",
        "scenario": scenario,
        "version": version,
        "contact_id": first.contact_id if len(members) == 1 else None,
        "size": len(members),
    }
