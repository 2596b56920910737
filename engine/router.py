"""From events to runs: what listens is woken, what triggers enters. Any number of workers may route at once.

The events of a contact are in one partition, which one worker at a time holds, so that they keep their
order. For each event: handlers, goals, exits and waits of active runs first (they all are wakes, which the
run looks at in that order), then triggers.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from engine.entry import Candidate, enter
from engine.plans import InForce, Plans
from engine.typed import event_fact
from store import contacts, events, runs
from store.database import Connection, Database, Row

LIMIT = 500


async def route(database: Database, plans: Plans, now: datetime, limit: int = LIMIT) -> int:
    """Route the oldest events of free partitions, in one transaction; how many, 0 when none wait.

    People whose events come together enter together, in one group.
    """
    async with database.transaction() as connection:
        partitions = await events.claim_partitions(connection)
        if not partitions:
            return 0
        lines = await events.take_lines(connection, partitions, limit)
        in_force = await plans.in_force(connection)
        await _lock(connection, lines)
        for batch in rounds(lines, in_force):
            await _wake(connection, batch, now)
            await _enter(connection, plans, in_force, batch, now)
    return len(lines)


async def _lock(connection: Connection, lines: Sequence[Row]) -> None:
    """Lock every contact that these events may concern, once, before anything is decided."""
    concerned = {line["contact_id"] for line in lines if line["contact_id"] is not None}
    about = [line for line in lines if line["contact_id"] is None]
    if about:
        concerned |= {row["contact_id"] for row in await runs.listening(connection, about)}
    await contacts.lock(connection, concerned)


def rounds(lines: Iterable[Row], in_force: InForce) -> Iterator[list[Row]]:
    """Cut events into batches in which nobody has an event after one that may start a run of theirs.

    So a run that an event of the batch starts is there before the next event looks for listeners.
    """
    batch: list[Row] = []
    starting: set[str | None] = set()
    for line in lines:
        if line["contact_id"] in starting:
            yield batch
            batch, starting = [], set()
        batch.append(line)
        if line["contact_id"] is not None and line["name"] in in_force.triggers:
            starting.add(line["contact_id"])
    if batch:
        yield batch


async def _wake(connection: Connection, batch: Sequence[Row], now: datetime) -> None:
    told = [{name: line[name] for name in ("seq", "at", "name", "contact_id")} for line in batch]
    listening = await runs.listening(connection, told)
    await runs.put_wakes(connection, [(row["id"], row["seq"], row["at"]) for row in listening])
    await runs.wake(connection, {row["id"] for row in listening}, now)


async def _enter(
    connection: Connection, plans: Plans, in_force: InForce, batch: Sequence[Row], now: datetime
) -> None:
    candidates: dict[str, list[Candidate]] = {}
    for line in batch:
        if line["contact_id"] is None:
            continue
        event = event_fact(in_force.world.catalog, line)
        for scenario, place in in_force.triggers.get(line["name"], ()):
            candidates.setdefault(scenario, []).append(Candidate(line["contact_id"], place, event))
    for scenario, wanted in candidates.items():
        await enter(connection, plans, scenario, wanted, now)
