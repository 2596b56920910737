"""Entries in a virtual world: the questions of production, for one person at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dsl.plan import Plan
from dsl.scope import EventFact
from dsl.values import Value
from engine.admission import Previous, admit
from engine.listening import listens_to
from engine.matching import matched
from engine.occurrence_names import counts_as, names_in
from engine.state import Facts, Run
from engine.virtual import ledger
from engine.virtual.decisions import decide_run, hear_end
from engine.virtual.naps import lie_down
from engine.virtual.person import Person
from engine.virtual.world import Happened, Told, VirtualWorld

REASONS = {
    "late": "the event is too old",
    "not reached": "nothing that the person did matches",
    "unknown key": "the key is unknown",
    "active": "a run is under way",
    "entry rule": "entered before, as `entry` counts",
    "audience": "not in the audience",
}
"""Why somebody does not enter, in words."""


@dataclass(frozen=True)
class Candidate:
    """A person who may enter by the trigger at a place of the plan's list."""

    scenario: str
    place: int
    event: EventFact | None = None
    occurrence: str | None = None


def enter(world: VirtualWorld, person: Person, candidate: Candidate) -> None:
    """Start runs of the version in force where the person may enter.

    Runs of theirs in the scenario that are due are decided first, so that an event that ends one and starts
    the next does both.
    """
    found = world.current.get(candidate.scenario)
    if found is None:
        return
    version, plan = found
    _decide_due(world, person, candidate.scenario)
    facts = world.facts(person, plan)
    trigger = plan.triggers[candidate.place]
    for item in matched(plan, trigger, facts, candidate.event):
        _admit(world, person, candidate, item, (version, plan, facts))


def _decide_due(world: VirtualWorld, person: Person, scenario: str) -> None:
    look = hear_end if world.stands_still(scenario) else decide_run
    for run in person.of_scenario(scenario):
        if run.id in person.due and person.due[run.id] <= world.now:
            look(world, person, run)


def _admit(
    world: VirtualWorld,
    person: Person,
    candidate: Candidate,
    item: Mapping[str, Value],
    by: tuple[int, Plan, Facts],
) -> None:
    version, plan, facts = by
    if candidate.occurrence is not None and _has_entered(person, plan, candidate.occurrence):
        return
    trigger = plan.triggers[candidate.place]
    previous = _previous(person, candidate.scenario)
    admission = admit(plan, trigger, facts, candidate.event, item, candidate.occurrence, previous, world.now)
    if admission.run is None:
        why = REASONS.get(admission.reason, admission.reason)
        text = f"does not enter {plan.scenario}: {why}"
        world.tell(Told(world.now, person.id, plan.scenario, text, why=why))
        if admission.reason == "audience" and candidate.event is None:
            lie_down(world, person, plan, version, candidate.place)
        return
    for run_id in admission.replaces:
        _replace(world, person, person.runs[run_id])
    run = replace(admission.run, id=world.numbers(), version=version)
    if candidate.occurrence is not None:
        person.occurrences[run.id] = candidate.occurrence
    _begin(world, person, run, plan, facts)


def _has_entered(person: Person, plan: Plan, occurrence: str) -> bool:
    """Whether the person entered an occurrence before."""
    standing = names_in(plan)
    return any(
        counts_as(occurrence, person.occurrences[run.id], standing)
        for run in person.of_scenario(plan.scenario)
        if run.id in person.occurrences
    )


def _previous(person: Person, scenario: str) -> Sequence[Previous]:
    return tuple(
        Previous(run.id, run.entered.at, run.status == "active", run.key, person.occurrences.get(run.id))
        for run in person.of_scenario(scenario)
    )


def _begin(world: VirtualWorld, person: Person, run: Run, plan: Plan, facts: Facts) -> None:
    asked = world.outside.holdout
    held_out = run.holdout if asked is None else asked and plan.holdout > 0
    run = replace(run, holdout=held_out)
    person.runs[run.id] = replace(run, listens_to=listens_to(plan, run, facts.world))
    person.due[run.id] = run.due_at or world.now


def _replace(world: VirtualWorld, person: Person, run: Run) -> None:
    """End a run in whose place a new one begins."""
    end_run(world, person, run, "restarted", "ended: a new entry took its place")


def end_run(world: VirtualWorld, person: Person, run: Run, reason: str, text: str) -> None:
    """End a run from outside; what it had reserved is given back."""
    for message in [each for each in person.reserved() if each.run_id == run.id]:
        ledger.release(world, person, message.id, reason)
    person.runs[run.id] = replace(
        run,
        status="ended",
        position=None,
        due_at=None,
        listens_to=(),
        ended_at=world.now,
        end_reason=reason,
        sequence=run.sequence + 1,
    )
    person.due.pop(run.id, None)
    person.wakes.pop(run.id, None)
    world.record(Happened(world.now, person.id, run.scenario, "exit", reason, text=text))
