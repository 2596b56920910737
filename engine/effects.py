"""What decisions ask for, written: each kind of effect of a whole batch in one or two statements."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from dsl.codec import encode
from dsl.frozen import dataclass
from dsl.values import write_value
from engine import people as base
from engine.decision import Assign, Decision, Effect, Emit, OpenTask, Release, Request, Reserve
from engine.objections import release_forbidden
from engine.people import SOURCE, Change
from engine.plans import Plans
from engine.run_rows import update_run
from engine.state import Pending, Run, Wake
from engine.topics import consent_lines, topic_blocks, write_consents
from store import events, messages, runs
from store.database import Connection, Row
from store.events import NewEvent
from store.messages import CodeWanted, Giveback, Key

E = TypeVar("E", bound=Effect)

LOOK_FOR_CODES_AFTER = timedelta(minutes=1)
"""A pool that ran dry within a batch: the run looks again, and then knows that it is empty."""


class MovedMeanwhile(RuntimeError):
    """A run was written by somebody who did not hold its contact's lock; nothing of this batch is kept."""


@dataclass(frozen=True)
class Taken:
    """A run that was decided: its group, the run as it was, the events it saw, and what was decided.

    `failed`: it could not be decided, and keeps the events for the next time.
    """

    group_id: int
    run: Run
    wake: Wake
    decision: Decision
    failed: bool = False


Store: TypeAlias = Callable[[Connection, Sequence[tuple[Run, datetime | None]]], Awaitable[None]]
"""Writes runs as they were decided, still with the sequence at which they were read, and when each is due."""


async def write(connection: Connection, moved: Sequence[tuple[Run, datetime | None]]) -> None:
    """Write runs that are stored already. Raises MovedMeanwhile."""
    written = await runs.write(connection, [update_run(run, due_at) for run, due_at in moved])
    if len(written) != len(moved):
        raise MovedMeanwhile(f"{len(moved) - len(written)} of {len(moved)} runs had moved")


async def apply(
    connection: Connection,
    plans: Plans,
    taken: Sequence[Taken],
    people: dict[str, Row],
    now: datetime,
    store: Store = write,
) -> None:
    """Write the decisions of runs of different contacts, all of it or nothing.

    `people` are the locked rows of the contacts; they are changed where attributes are. `store` writes the
    runs themselves.
    """
    await _release(connection, taken, now)
    ids = await messages.reserve(connection, [_message(t, r) for t, r in _each(taken, Reserve)])
    without_code = await _take_codes(connection, taken, ids, now)
    await _assign(connection, plans, taken, people, now)
    await _say_what_topics(connection, plans, taken, now)
    await events.append(connection, [_emitted(t, e, now) for t, e in _each(taken, Emit)], now)
    await runs.add_tasks(connection, [_task(t, e) for t, e in _each(taken, OpenTask)], now)
    await runs.add_requests(connection, [_request(t, e) for t, e in _each(taken, Request)], now)
    await store(connection, [_moved(each, ids, without_code, now) for each in taken])
    await runs.add_trail(connection, [line for t in taken for line in _trail(t)])
    await runs.clear_wakes(connection, _seen(taken))


def _each(taken: Iterable[Taken], kind: type[E]) -> Iterator[tuple[Taken, E]]:
    for one in taken:
        for effect in one.decision.effects:
            if isinstance(effect, kind):
                yield one, effect


async def _release(connection: Connection, taken: Sequence[Taken], now: datetime) -> None:
    """Give places back: what decisions release, what makes room, and all that ended runs still held."""
    displaced = [id_ for _, effect in _each(taken, Reserve) for id_ in effect.displaces]
    given_up = {effect.message_id: effect.reason for _, effect in _each(taken, Release)}
    ended = {t.run.id: t.decision.run.end_reason for t in taken if t.decision.run.status == "ended"}
    if ended:
        for id_ in await messages.reserved_of_runs(connection, list(ended)):
            given_up.setdefault(id_, "ended")
    givebacks = [Giveback(id_, reason) for id_, reason in given_up.items()]
    givebacks += [Giveback(id_, "displaced", displaced=True) for id_ in displaced if id_ not in given_up]
    released = await messages.release(connection, givebacks, now)
    # The losers look for another place; the runs decided here know already.
    own = {t.run.id for t in taken}
    await runs.wake(connection, {row["run_id"] for row in released if row["run_id"] not in own}, now)


def _message(taken: Taken, effect: Reserve) -> Row:
    return {
        "run_id": taken.run.id,
        "group_id": taken.group_id,
        "contact_id": taken.run.contact_id,
        "scenario": taken.run.scenario,
        "version": taken.run.version,
        "step": effect.step,
        "iteration": effect.iteration,
        "channel": effect.channel,
        "message": effect.message,
        "topic": effect.topic,
        "class": effect.message_class,
        "tags": effect.tags,
        "priority": effect.priority,
        "exempt": effect.exempt,
        "sender": effect.sender,
        "variables": encode(effect.variables),
        "state": "withheld" if effect.withheld else "reserved",
        "planned_at": effect.planned_at,
        "local_day": effect.local_day,
        "expires_at": effect.expires_at,
        "first_refused_at": effect.first_refused_at,
        "place_until": effect.place_until,
        "household": effect.household,
    }


async def _take_codes(
    connection: Connection, taken: Sequence[Taken], ids: dict[Key, int], now: datetime
) -> set[int]:
    """Take codes with the places; ids of runs whose pool ran dry, whose place is given back."""
    owners = {ids[_key(t, effect)]: t.run.id for t, effect in _each(taken, Reserve)}
    wanted = [
        CodeWanted(ids[_key(t, effect)], t.run.id, pool, variable)
        for t, effect in _each(taken, Reserve)
        if not effect.withheld
        for variable, pool in effect.take_codes
    ]
    missing = await messages.take_codes(connection, wanted, now)
    await messages.release(connection, [Giveback(id_, "code") for id_ in missing], now)
    return {owners[id_] for id_ in missing}


def _key(taken: Taken, effect: Reserve) -> Key:
    return taken.run.id, effect.step, effect.iteration


async def _assign(
    connection: Connection, plans: Plans, taken: Sequence[Taken], people: dict[str, Row], now: datetime
) -> None:
    changes = []
    for one, effect in _each(taken, Assign):
        before, after = write_value(effect.before), write_value(effect.after)
        changes.append(Change(one.run.contact_id, effect.attribute, before, after))
    for scenario in sorted({t.run.scenario for t, _ in _each(taken, Assign)}):
        of_scenario = {t.run.contact_id for t in taken if t.run.scenario == scenario}
        mine = [change for change in changes if change.contact_id in of_scenario]
        source = f"scenario {scenario}"
        await base.write(connection, plans.addresses, people, mine, source=source, now=now)


async def _say_what_topics(
    connection: Connection, plans: Plans, taken: Sequence[Taken], now: datetime
) -> None:
    """Consents granted and topics suppressed; messages of other runs that this forbids are released."""
    decided = [(t.run.contact_id, t.run.scenario, t.decision.effects) for t in taken]
    lines = consent_lines(decided, now)
    await write_consents(connection, plans, lines, now)
    blocked = await topic_blocks(connection, plans, decided, now)
    if blocked:
        await release_forbidden(connection, plans, blocked, now)


def _emitted(taken: Taken, effect: Emit, now: datetime) -> NewEvent:
    properties = {name: write_value(value) for name, value in effect.properties.items()}
    return NewEvent(SOURCE, f"emit/{effect.once}", effect.event, taken.run.contact_id, now, properties)


def _task(taken: Taken, effect: OpenTask) -> Row:
    return {
        "run_id": taken.run.id,
        "step": effect.step,
        "contact_id": taken.run.contact_id,
        "task": effect.task,
        "team": effect.team,
        "due_at": effect.due_at,
    }


def _request(taken: Taken, effect: Request) -> Row:
    return {
        "run_id": taken.run.id,
        "step": effect.step,
        "iteration": effect.iteration,
        "webhook": effect.webhook,
        "body": write_value(dict(effect.body)),
        "until": effect.until,
    }


def _moved(
    taken: Taken, ids: dict[Key, int], without_code: set[int], now: datetime
) -> tuple[Run, datetime | None]:
    run = _with_message(taken, ids)
    due_at = run.due_at if run.status == "active" else None
    if run.id in without_code:
        due_at = now + LOOK_FOR_CODES_AFTER
    return run.changed(sequence=taken.run.sequence), due_at


def _with_message(taken: Taken, ids: dict[Key, int]) -> Run:
    """The decided run, which now knows the id of the message that it waits for."""
    run = taken.decision.run
    if run.pending is None or run.pending.message_id is not None:
        return run
    reserved = [e for e in taken.decision.effects if isinstance(e, Reserve) and not e.withheld]
    if not reserved:
        return run
    return run.changed(pending=Pending(ids[_key(taken, reserved[-1])], run.pending.refused_since))


def _trail(taken: Taken) -> Iterator[Row]:
    for number, line in enumerate(taken.decision.trail):
        data: dict[str, Any] = write_value(dict(line.data))
        yield {
            "run_id": taken.run.id,
            "sequence": taken.run.sequence + 1,
            "line": number,
            "contact_id": taken.run.contact_id,
            "at": line.at,
            "what": line.what,
            "step": line.step,
            "text": line.text,
            "data": data,
        }


def _seen(taken: Iterable[Taken]) -> list[tuple[int, int | None]]:
    """(run, event) wakes that are done with; all of them where the run is over."""
    pairs: list[tuple[int, int | None]] = []
    for each in taken:
        if each.decision.run.status == "ended":
            pairs.append((each.run.id, None))
        elif not each.failed:
            pairs += [(each.run.id, event.seq) for event in each.wake.events]
    return pairs
