"""Entries: who starts a scenario. Candidates of one scenario are admitted together, by today's plan.

Doing it twice is harmless: the contacts are locked, and what entered before is asked about.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dsl.plan import Plan, World
from dsl.scope import EventFact
from dsl.values import Value
from engine import faults, first_steps, households, replaced
from engine.admission import Admission, Previous, admit
from engine.edits import catch_up
from engine.facts import Asked, of_rows, since_entry
from engine.first_steps import Starting, is_due
from engine.former_names import by_what_they_say
from engine.going_on import go_on
from engine.grouping import Beginning
from engine.listening import listening
from engine.matching import matched
from engine.occurrence_names import counts_as, names_in
from engine.plans import Plans
from engine.state import Facts, Run
from engine.transition import transition
from store import contacts, pauses, runs
from store.database import Connection, Row


@dataclass(frozen=True)
class Candidate:
    """Somebody who may enter. `trigger` is the place of the trigger in the plan's list.

    `event` is what started it, `item` the element of `for_each` (found here when it is not given),
    `occurrence` names the date or scan, which a contact enters once.
    """

    contact_id: str
    trigger: int
    event: EventFact | None = None
    item: Mapping[str, Value] | None = None
    occurrence: str | None = None


@dataclass(frozen=True)
class Entered:
    """The runs that were started, and how many candidates were refused for each reason."""

    runs: tuple[int, ...] = ()
    refused: Counter[str] = field(default_factory=Counter)


class _Batch:
    """Candidates of one scenario under admission; what has been decided so far counts for the next."""

    def __init__(self, plan: Plan, version: int, now: datetime) -> None:
        self.plan = plan
        self.version = version
        self.now = now
        self.admitted: dict[int, tuple[Run, str | None]] = {}
        self.replaced: list[int] = []
        self.restarted: set[str] = set()
        self.missed: list[tuple[int, int, datetime]] = []
        """(run, event, its instant) of what happened after an entry, and was told of before it."""
        self.refusals: list[tuple[Candidate, str]] = []
        self._previous: dict[str, list[Previous]] = {}
        self._occurrences: dict[str, list[str]] = {}
        """What each contact entered by a date or scan."""
        self._standing = names_in(plan)

    def remember(self, rows: Sequence[Row]) -> None:
        """Runs that these contacts had before."""
        for row in rows:
            active, name = row["status"] == "active", row["occurrence"]
            past = Previous(row["id"], row["entered_at"], active, row["key"], name)
            self._previous.setdefault(row["contact_id"], []).append(past)
            if row["occurrence"] is not None:
                self._occurrences.setdefault(row["contact_id"], []).append(row["occurrence"])

    def consider(self, candidate: Candidate, facts: Facts, run_id: int) -> None:
        """Admit a candidate, as the run of this id, or note why not."""
        if self._has_entered(candidate):
            self.refusals.append((candidate, "occurrence"))
            return
        previous = self._previous.setdefault(candidate.contact_id, [])
        try:
            admission = self._admission(candidate, facts, previous)
        except Exception as error:  # noqa: BLE001 - one entry that cannot be decided must not hold up others
            self.fail(candidate, error)
            return
        if admission.run is None:
            self.refusals.append((candidate, admission.reason))
            return
        if admission.replaces:
            self._replace(admission.replaces, previous)
            self.restarted.add(candidate.contact_id)
        run = admission.run.changed(id=run_id)
        self.admitted[run.id] = (run, candidate.occurrence)
        later = [each for each in facts.events if each.seq < run.entered.seq and each.at > run.entered.at]
        self.missed += [(run.id, each.seq, each.at) for each in later if each.name in run.listens_to]
        if candidate.occurrence is not None:
            self._occurrences.setdefault(candidate.contact_id, []).append(candidate.occurrence)
        previous.append(Previous(run.id, run.entered.at, True, run.key, candidate.occurrence))

    def _has_entered(self, candidate: Candidate) -> bool:
        """Whether somebody entered the very occurrence before."""
        name, before = candidate.occurrence, self._occurrences.get(candidate.contact_id, ())
        return name is not None and any(counts_as(name, each, self._standing) for each in before)

    def beginnings(self) -> list[Beginning]:
        """The runs that begin, those that were replaced within the batch too."""
        parallel = self.plan.while_active == "parallel"
        return [Beginning(run, parallel, occurrence) for run, occurrence in self.admitted.values()]

    def behind(self) -> set[str]:
        """Contacts of whom something happened after their entry, which their runs have not heard yet."""
        return {self.admitted[run_id][0].contact_id for run_id, _, _ in self.missed}

    def matching(self, candidate: Candidate, facts: Facts) -> list[Candidate]:
        """The candidate, once for each item, where the trigger's own condition holds."""
        if candidate.item is not None:
            return [candidate]
        trigger = self.plan.triggers[candidate.trigger]
        try:
            items = matched(self.plan, trigger, facts, candidate.event)
        except Exception as error:  # noqa: BLE001 - one entry that cannot be decided must not hold up others
            self.fail(candidate, error)
            return []
        return [replace(candidate, item=item) for item in items]

    def fail(self, candidate: Candidate, error: Exception) -> None:
        """Note that it cannot be said whether a candidate enters."""
        faults.tell("undecided entry", error, scenario=self.plan.scenario, trigger=candidate.trigger)
        self.refusals.append((candidate, "error"))

    def _admission(self, candidate: Candidate, facts: Facts, previous: Sequence[Previous]) -> Admission:
        admission = admit(
            self.plan,
            self.plan.triggers[candidate.trigger],
            facts,
            candidate.event,
            candidate.item,
            candidate.occurrence,
            tuple(previous),
            self.now,
        )
        if admission.run is None:
            return admission
        run = listening(self.plan, admission.run.changed(version=self.version), facts.world)
        return Admission(run, admission.reason, admission.replaces)

    def _replace(self, run_ids: Sequence[int], previous: list[Previous]) -> None:
        """End the runs that a restart replaces, those of this very batch too."""
        for run_id in run_ids:
            if run_id in self.admitted:
                old, occurrence = self.admitted[run_id]
                self.admitted[run_id] = (replaced.ended(old, self.now), occurrence)
                self.missed = [each for each in self.missed if each[0] != run_id]
            else:
                self.replaced.append(run_id)
        previous[:] = [replace(p, active=p.active and p.run_id not in run_ids) for p in previous]


async def enter(
    connection: Connection,
    plans: Plans,
    scenario: str,
    candidates: Sequence[Candidate],
    now: datetime,
    *,
    left: Collection[str] = (),
) -> Entered:
    """Start runs of the current version for the candidates who may enter, in the order given.

    Locks their contacts. Runs of theirs in the scenario that are due are decided first, so that an event
    that ends one and starts the next does both; those in other scenarios are before first steps, which find
    the places free that they give back. `left`: contacts of whom more is to be heard before their first
    steps, which are left to the workflow.
    """
    in_force = await plans.in_force(connection)
    if scenario not in in_force.current:
        return Entered(refused=Counter({"withdrawn": len(candidates)}))
    version, plan = in_force.current[scenario]
    people = await _lock(connection, in_force.world, {each.contact_id for each in candidates})
    await catch_up(connection, plans, in_force, people, now, scenario)
    others = await _decide_due(connection, plans, scenario, people, now)
    facts = await _facts(connection, plans, plan, people, candidates, now)
    batch = _Batch(plan, version, now)
    await _consider(connection, plans, batch, candidates, facts, people)
    await replaced.stop(connection, batch.replaced, now)
    left = {*left, *batch.behind()}
    known = {id_: each for id_, each in facts.items() if id_ not in left}
    others = [row for row in others if row["contact_id"] not in left]
    await _start(connection, plans, batch, people, known, others, now)
    await replaced.tell(connection, (run for run, _ in batch.admitted.values()), now)
    await runs.put_wakes(connection, batch.missed)
    await _remember_refusals(connection, scenario, batch, now)
    return _entered(batch, candidates, facts)


async def _lock(connection: Connection, world: World, contact_ids: Collection[str]) -> dict[str, Row]:
    """The contacts, and then their households: in this order everybody takes these locks."""
    people = {row["id"]: row for row in await contacts.lock(connection, contact_ids)}
    await households.lock(connection, world, people.values())
    return people


async def _consider(
    connection: Connection,
    plans: Plans,
    batch: _Batch,
    candidates: Sequence[Candidate],
    facts: Mapping[str, Facts],
    people: Collection[str],
) -> None:
    """Ask of each who is there, for each item, whether they enter."""
    living = [c for c in candidates if c.contact_id in facts]
    matching = [m for c in living for m in batch.matching(c, facts[c.contact_id])]
    ids = await runs.next_ids(connection, "runs", len(matching))
    previous = await runs.previous(connection, batch.plan.scenario, people)
    batch.remember(await by_what_they_say(connection, plans, batch.plan.scenario, previous))
    for candidate, run_id in zip(matching, ids, strict=True):
        batch.consider(candidate, facts[candidate.contact_id], run_id)


async def _start(
    connection: Connection,
    plans: Plans,
    batch: _Batch,
    people: dict[str, Row],
    known: Mapping[str, Facts],
    others: Sequence[Row],
    now: datetime,
) -> None:
    """Store the runs, with first steps of those who are `known`. `others`: due runs that come before."""
    busy = {row["contact_id"] for row in others}
    # Who was restarted gave places back that are still taken in what is known of them.
    known = {id_: each for id_, each in known.items() if id_ not in busy | batch.restarted}
    starting = Starting(batch.plan, batch.version, batch.beginnings(), people, known)
    await first_steps.begin(connection, plans, starting, now)
    waiting = [run.id for run, _ in batch.admitted.values() if run.contact_id in busy and is_due(run, now)]
    await go_on(connection, plans, people.values(), [*(row["id"] for row in others), *waiting], now)


def _entered(batch: _Batch, candidates: Sequence[Candidate], facts: Mapping[str, Facts]) -> Entered:
    refused = Counter(reason for _, reason in batch.refusals)
    refused["unknown_contact"] += sum(c.contact_id not in facts for c in candidates)
    return Entered(tuple(batch.admitted), +refused)


async def _decide_due(
    connection: Connection, plans: Plans, scenario: str, people: dict[str, Row], now: datetime
) -> list[Row]:
    """Decide the due runs of these people in the scenario; those in others are returned."""
    found = await runs.due_of_contacts(connection, people, now)
    due = [row for row in found if row["scenario"] == scenario]
    if due:
        held = pauses.over(await pauses.in_force(connection), scenario)
        await transition(connection, plans, due, people, now, held=held is not None)
    return [row for row in found if row["scenario"] != scenario]


async def _facts(
    connection: Connection,
    plans: Plans,
    plan: Plan,
    people: Mapping[str, Row],
    candidates: Sequence[Candidate],
    now: datetime,
) -> dict[str, Facts]:
    """What decides who enters, and what they do first."""
    living = [row for row in people.values() if row["erased_at"] is None]
    entering = min((each.event.at for each in candidates if each.event), default=now)
    asked = Asked((plan,), names=since_entry(plan, entering))
    return await of_rows(connection, plans, await plans.in_force(connection), living, now, asked)


async def _remember_refusals(connection: Connection, scenario: str, batch: _Batch, now: datetime) -> None:
    """Who was refused after an event. Scans ask everybody again and again, which is nobody's news."""
    told = [
        {"contact_id": c.contact_id, "reason": reason, "event_seq": c.event.seq}
        for c, reason in batch.refusals
        if c.event is not None
    ]
    await runs.refuse_entries(connection, scenario, told, now)
