"""People in flight at a new version: they finish, leave, begin again, or go on at the step of that id."""

from collections.abc import Iterable
from dataclasses import replace

from dsl.plan import Plan
from engine.listening import listens_to
from engine.state import Run
from engine.virtual import ledger
from engine.virtual.entries import end_run
from engine.virtual.person import Person
from engine.virtual.world import Told, VirtualWorld

EDITED = "stopped"
"""Why a run ends that a new version does not take over."""


def edit(world: VirtualWorld, person: Person, plan: Plan) -> None:
    """Do with each run of the scenario what its new version says."""
    for run in _in_flight(world, person, plan):
        match plan.on_edit:
            case "exit":
                end_run(world, person, run, EDITED, "ended: a new version was published")
            case "restart":
                _restart(world, person, run, plan)
            case "move_exit" | "move_finish":
                _move(world, person, run, plan)


def _in_flight(world: VirtualWorld, person: Person, plan: Plan) -> Iterable[Run]:
    version = world.current[plan.scenario][0]
    return [
        run for run in person.of_scenario(plan.scenario) if run.status == "active" and run.version != version
    ]


def _restart(world: VirtualWorld, person: Person, run: Run, plan: Plan) -> None:
    """The old run ends, and a new one begins now with what started the old one; nobody is asked again."""
    end_run(world, person, run, "restarted", "ended: a new version begins anew")
    fresh = Run(
        id=world.numbers(),
        scenario=run.scenario,
        version=world.current[plan.scenario][0],
        contact_id=run.contact_id,
        entered=replace(run.entered, at=world.now),
        position=plan.start,
        began=replace(run.entered, at=world.now),
        key=run.key,
        trigger_event=run.trigger_event,
        item=run.item,
        due_at=world.now,
        holdout=run.holdout,
    )
    person.runs[fresh.id] = replace(fresh, listens_to=listens_to(plan, fresh, world.rules))
    person.due[fresh.id] = world.now


def _move(world: VirtualWorld, person: Person, run: Run, plan: Plan) -> None:
    """Go on at the step of the same id; its wait is computed again from when it began."""
    if run.position not in plan.by_id:
        if plan.on_edit == "move_exit":
            end_run(world, person, run, EDITED, f"ended: the new version has no step {run.position}")
        return
    for message in [each for each in person.reserved() if each.run_id == run.id]:
        ledger.release(world, person, message.id, "a new version was published")
    moved = replace(run, version=world.current[plan.scenario][0], waits_until=None, pending=None)
    person.runs[run.id] = replace(moved, listens_to=listens_to(plan, moved, world.rules))
    person.due[run.id] = world.now
    text = f"goes on at {run.position} of version {moved.version}"
    world.tell(Told(world.now, person.id, run.scenario, text))
