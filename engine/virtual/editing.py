"""People in flight at a new version, in a virtual world: the rule of production, written in memory."""

from dataclasses import replace

from dsl.plan import Plan
from engine import editing
from engine.state import Run
from engine.virtual import ledger
from engine.virtual.entries import end_run
from engine.virtual.person import Person
from engine.virtual.world import Told, VirtualWorld


def edit(world: VirtualWorld, person: Person, plan: Plan) -> None:
    """Do with each run of the scenario what its new version says."""
    version = world.current[plan.scenario][0]
    for run in person.of_scenario(plan.scenario):
        if run.status != "active" or run.version == version:
            continue
        edited = editing.edit(run, world.plan_of(run), plan, version, world.rules, world.now)
        if edited is None:
            continue
        if edited.run.status == "ended":
            end_run(world, person, run, str(edited.run.end_reason), edited.trail.text)
        else:
            _move(world, person, edited)
        if edited.fresh is not None:
            _begin(world, person, edited.fresh)


def _begin(world: VirtualWorld, person: Person, run: Run) -> None:
    run = replace(run, id=world.numbers())
    person.runs[run.id] = run
    person.due[run.id] = world.now


def _move(world: VirtualWorld, person: Person, edited: editing.Edited) -> None:
    run = edited.run
    for message in [each for each in person.reserved() if each.run_id == run.id]:
        ledger.release(world, person, message.id, edited.given_back)
    person.runs[run.id] = replace(run, sequence=run.sequence + 1)
    person.due[run.id] = world.now
    world.tell(Told(world.now, person.id, run.scenario, edited.trail.text, edited.trail, run))
