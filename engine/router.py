"""From events to runs: what listens is woken, what triggers enters. Any number of workers may route at once.

The events of a contact are in one partition, which one worker at a time holds, so that they keep their
order. For each event: handlers, goals, exits and waits of active runs first (they all are wakes, which the
run looks at in that order), then triggers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from psycopg import OperationalError

from dsl.plan import World
from engine import faults, households
from engine.edits import catch_up
from engine.entry import Candidate, enter
from engine.naming import heard_as
from engine.objects import names_of
from engine.plans import InForce, NothingPublished, Plans
from engine.reaching import remember
from engine.segment_looks import look_after
from engine.typed import event_fact
from store import contacts, events, runs
from store.database import Connection, Database, Row, plan_for

LIMIT = 500


async def route(database: Database, plans: Plans, now: datetime, limit: int = LIMIT) -> int:
    """Route the oldest events of free partitions, in one transaction; how many, 0 when none wait.

    People whose events come together enter together, in one group. An event that cannot be routed is set
    aside, so that no other waits for it.
    """
    try:
        async with database.keyed_transaction() as connection:
            partitions = await events.claim_partitions(connection)
            return await _route(connection, plans, partitions, now, limit)
    except (OperationalError, NothingPublished):
        raise
    except Exception as error:  # noqa: BLE001 - which of the events it is shows when they are taken one by one
        faults.tell("events are routed one by one", error)
    routed = 0
    while routed < limit and await _route_one(database, plans, now):
        routed += 1
    return routed


async def _route_one(database: Database, plans: Plans, now: datetime) -> bool:
    """Route the oldest event of a free partition, or set it aside; False when none waits."""
    seq = None
    try:
        async with database.keyed_transaction() as connection:
            partitions = await events.claim_partitions(connection, 1)
            seq = await events.next_line(connection, partitions)
            await _route(connection, plans, partitions, now, 1)
    except (OperationalError, NothingPublished):
        raise
    except Exception as error:
        if seq is None:
            raise
        kind = faults.tell("an event is set aside", error, seq=seq)
        async with database.keyed_transaction() as connection:
            await events.set_aside(connection, seq, kind, now)
    return seq is not None


async def _route(
    connection: Connection, plans: Plans, partitions: Sequence[int], now: datetime, limit: int
) -> int:
    if not partitions:
        return 0
    lines = await events.take_lines(connection, partitions, limit)
    taken = len(lines)
    await plan_for(connection, taken)
    in_force = await plans.in_force(connection)
    concerned, astray = await _lock(connection, lines, in_force.world)
    if astray:
        gone = await events.send_home(connection, [line for line in lines if line["contact_id"] in astray])
        lines = [line for line in lines if line["seq"] not in gone]
    await catch_up(connection, plans, in_force, concerned, now)
    last = {line["contact_id"]: line["seq"] for line in lines}
    for batch in rounds(lines, in_force):
        await _wake(connection, batch, in_force.world, now)
        await _enter(connection, plans, in_force, batch, last, now)
        await look_after(connection, plans, in_force, batch, now)
        await remember(connection, in_force, batch, now)
    return taken


async def _lock(connection: Connection, lines: Sequence[Row], world: World) -> tuple[set[str], set[str]]:
    """Lock every contact that these events may concern, and their households, before anything is decided.

    Who that is, and which of them were merged: their events are somebody else's. What each scenario locks for
    those who enter it is held by then: household by household two routers would wait for each other.
    """
    concerned = {line["contact_id"] for line in lines if line["contact_id"] is not None}
    about = [line for line in lines if line["contact_id"] is None]
    if about:
        concerned |= {row["contact_id"] for row in await runs.listening(connection, _told(about, world))}
    locked = await contacts.lock(connection, concerned)
    astray = {row["id"] for row in locked if row["merged_into"] is not None}
    await households.lock(connection, world, [row for row in locked if row["id"] not in astray])
    return {row["id"] for row in locked} - astray, astray


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


def _told(lines: Sequence[Row], world: World) -> list[Row]:
    """What decides which runs listen to an event."""
    catalog = world.catalog
    return [
        {name: line[name] for name in ("seq", "at", "name", "contact_id")}
        | {"names": heard_as(line["name"], world)}
        | {"objects": names_of(catalog, event_fact(catalog, line)) if line["contact_id"] is None else ()}
        for line in lines
    ]


async def _wake(connection: Connection, batch: Sequence[Row], world: World, now: datetime) -> None:
    listening = await runs.listening(connection, _told(batch, world))
    await runs.put_wakes(connection, [(row["id"], row["seq"], row["at"]) for row in listening])
    await runs.wake(connection, {row["id"] for row in listening}, now)


async def _enter(
    connection: Connection,
    plans: Plans,
    in_force: InForce,
    batch: Sequence[Row],
    last: Mapping[str, int],
    now: datetime,
) -> None:
    """`last`: the latest event of each contact that is routed now."""
    candidates: dict[str, list[Candidate]] = {}
    for line in batch:
        if line["contact_id"] is None:
            continue
        event = event_fact(in_force.world.catalog, line)
        for scenario, place in in_force.triggers.get(line["name"], ()):
            candidates.setdefault(scenario, []).append(Candidate(line["contact_id"], place, event))
    last_of = {each.contact_id: scenario for scenario, wanted in candidates.items() for each in wanted}
    for scenario, wanted in candidates.items():
        # Whoever is to hear of more hears it before a first step, and enters first whatever they enter.
        more = {each.contact_id for each in wanted if each.event and last[each.contact_id] > each.event.seq}
        more |= {each.contact_id for each in wanted if last_of[each.contact_id] != scenario}
        await enter(connection, plans, scenario, wanted, now, left=more)
