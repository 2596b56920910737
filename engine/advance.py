"""One look at groups: what is due is decided in one transaction, what may leave is named.

Doing it twice is harmless: a run that has moved is no longer due, and a message that has left is no longer
reserved.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dsl.diagram_words import card
from dsl.plan import Plan
from engine.plans import Plans
from engine.transition import transition
from store import contacts, groups, messages, pauses, runs
from store.database import Connection, Database, Row, plan_for
from store.groups import Standing
from store.pauses import Pause

LIMIT = 500
"""Runs decided in one transaction, and messages named in one answer."""


@dataclass(frozen=True)
class Due:
    """Reserved messages of one channel whose instant has come; `said`: template and contact of each."""

    channel: str
    message_ids: tuple[int, ...]
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Advanced:
    """Where a group stands. `next_due_at` None: only an event can move it.

    In words and without personal data: `steps` says where its people are, `waiting_for` what is waited for,
    `outcome` what came of a group that is over.
    """

    deliveries: tuple[Due, ...]
    next_due_at: datetime | None
    active: int
    steps: str
    waiting_for: str
    outcome: str = ""


async def advance(
    database: Database, plans: Plans, group_id: int, now: datetime, limit: int = LIMIT
) -> Advanced:
    """Decide at most `limit` due runs of a group; say what to deliver and when to look again.

    What is paused stands still: nothing is delivered, and only what ends a run is decided. Raises LookupError
    when there is no such group.
    """
    found = await advance_together(database, plans, [group_id], now, limit)
    advanced = found.get(group_id)
    if advanced is None:
        raise LookupError(f"there is no group {group_id}")
    return advanced


async def advance_together(
    database: Database, plans: Plans, group_ids: Collection[int], now: datetime, limit: int = LIMIT
) -> dict[int, Advanced | None]:
    """The same for several groups in one transaction, by id; groups that there are not are left out.

    `limit` is for the runs of all of them. None for a group that has no room beside those before it: it is
    for the next look, and not decided by halves.
    """
    async with database.keyed_transaction() as connection:
        known = {row["id"]: row for row in await groups.find(connection, group_ids, now)}
        paused = await pauses.in_force(connection)
        still = {id_: pause for id_, row in known.items() if (pause := pauses.over(paused, row["scenario"]))}
        found = _fitting([known[id_] for id_ in group_ids if id_ in known], still, limit)
        await plan_for(connection, sum(row["size"] for row in found.values()))
        held = {id_: pause for id_, pause in still.items() if id_ in found}
        moving = found.keys() - held.keys()
        await _decide(connection, plans, moving, held, now, limit)
        channels = [pause.name for pause in paused if pause.kind == "channel"]
        due = await messages.due(connection, moving, now, paused=channels, limit=LIMIT)
        standings = await groups.standings(connection, found, now)
        await groups.end(connection, [id_ for id_ in moving if not standings[id_].active], now)
        used = {
            id_: await plans.plan(row["scenario"], row["version"], connection) for id_, row in found.items()
        }
    return dict.fromkeys(known) | {
        id_: _held(standing, used[id_], held[id_])
        if id_ in held
        else _advanced(standing, used[id_], due.get(id_, {}))
        for id_, standing in standings.items()
    }


def _fitting(found: Sequence[Row], still: Collection[int], limit: int) -> dict[int, Row]:
    """Those of these groups, the first ones first, in which one transaction decides all who are due.

    Who is due in a group that stands `still` is not decided and takes no room.
    """
    fitting: dict[int, Row] = {}
    room = limit
    for row in found:
        due = 0 if row["id"] in still else row["due"]
        # The first one in any case: it must not wait for ever because it is large.
        if due <= room or room == limit:
            fitting[row["id"]] = row
            room = max(0, room - due)
    return fitting


async def _decide(
    connection: Connection,
    plans: Plans,
    moving: Collection[int],
    held: Collection[int],
    now: datetime,
    limit: int,
) -> None:
    """What is due in groups that move; where they stand still only what ends a run, as goals and exits do."""
    due = await runs.due_contacts(connection, moving, now, limit) if moving else []
    woken = await runs.woken_contacts(connection, held, limit) if held else []
    if not due and not woken:
        return
    # All of them at once: who took locks twice could wait for somebody who waits for them.
    people = {row["id"]: row for row in await contacts.lock(connection, {*due, *woken})}
    # Only now, behind the locks, is what they are at certain.
    for group_ids, wanted, still in ((moving, due, False), (held, woken, True)):
        if wanted:
            found = await runs.due_of_groups(connection, group_ids, people, now)
            await transition(connection, plans, found, people, now, held=still)
        if woken:
            people |= {row["id"]: row for row in await contacts.read(connection, list(people))}


def _advanced(standing: Standing, plan: Plan, due: Mapping[str, Sequence[Row]]) -> Advanced:
    deliveries = tuple(
        Due(
            channel,
            tuple(row["id"] for row in rows),
            tuple((row["message"], row["contact_id"]) for row in rows),
        )
        for channel, rows in sorted(due.items())
    )
    steps = _steps(standing, plan)
    outcome = "" if standing.active else standing.last_words or "everybody is through"
    return Advanced(deliveries, standing.due_at, standing.active, steps, _waiting_for(standing), outcome)


def _held(standing: Standing, plan: Plan, pause: Pause) -> Advanced:
    """Who resumes pokes what is due by then; what is due only later must still find its timer."""
    # Without the reason, in which people write what they like: histories hold nothing of anybody.
    waiting_for = f"{pause.subject} is paused since {_instant(pause.at)}: relance status says why"
    return Advanced((), standing.later_at, standing.active, _steps(standing, plan), waiting_for)


def _steps(standing: Standing, plan: Plan) -> str:
    """Where everybody is: `12 people at step 2 (wait: 3 days at 10:00)`, or `step 2 (...)` of one alone."""
    if not standing.active:
        return "nobody is under way"
    said = [(count, _said(position, plan)) for position, count in standing.positions]
    if standing.active == 1:
        return said[0][1]
    first, *others = [f"{count} people at {step}" for count, step in said[:1]] + [
        f"{count} at {step}" for count, step in said[1:]
    ]
    return ", ".join([first, *others])


def _said(position: str | None, plan: Plan) -> str:
    step = plan.by_id.get(position or "")
    if step is None:
        return "the beginning" if position is None else f"step {position}"
    words = card(step)
    return f"step {position} ({words.heading.lower()}: {words.text})"


def _waiting_for(standing: Standing) -> str:
    if not standing.active:
        return ""
    if standing.last_words:
        return standing.last_words
    people = f"{standing.active} people"
    if standing.due_at is None:
        return f"{people} wait for an event"
    return f"the next of {people} is due {_instant(standing.due_at)}"


def _instant(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %Y at %H:%M} UTC"
