"""What a run does next: the one pure function that production, simulation, stories and replay share.

It does no I/O and reads no clock. A run walks from step to step until it must wait, for an instant or for
an event, or until it ends. Looked at again with nothing new, it is left as it is.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from dsl.plan import (
    CallStep,
    ChooseStep,
    EmitStep,
    ExitStep,
    GrantStep,
    MessageStep,
    Plan,
    RepeatStep,
    SetStep,
    SplitStep,
    Step,
    SuppressStep,
    TaskStep,
    WaitForStep,
    WaitStep,
)
from engine import doing, moving, sending
from engine.decision import Decision
from engine.interrupts import check_conditions, check_consent, hear
from engine.listening import listening
from engine.naming import Named
from engine.state import Facts, Run, Wake
from engine.walk import Walk

HANDLERS: dict[type, Callable[[Walk, Any], None]] = {
    MessageStep: sending.message,
    WaitStep: moving.wait,
    WaitForStep: moving.wait_for,
    ChooseStep: moving.choose,
    SplitStep: moving.split,
    RepeatStep: moving.repeat,
    ExitStep: moving.leave,
    SetStep: doing.set_values,
    GrantStep: doing.grant,
    SuppressStep: doing.suppress,
    EmitStep: doing.emit,
    CallStep: doing.call,
    TaskStep: doing.open_task,
}


def decide(plan: Plan, run: Run, wake: Wake, facts: Facts, now: datetime) -> Decision:
    """The run after all that can be done by `now`, what to do about it, and why.

    `wake` holds the events since the run was last looked at; `facts` know what is committed. Messages are
    reserved and never planned before `now`; steps begin when what came before them ended, which may lie
    before `now`. Raises KeyError where the run is at a step that the plan does not have.
    """
    if run.status != "active":
        return Decision(run)
    walk = Walk(plan, run, facts, now, wake.events)
    if facts.erased:
        walk.end("erased", now)
        return walk.decision()
    if not run.passes:
        walk.tell("entered", f"entered {plan.title or plan.scenario}", holdout=run.holdout, key=run.key)
    hear(walk)
    if walk.active:
        check_consent(walk)
    came_from = walk.run.position
    while walk.active and not walk.resting:
        if walk.readdressed:
            walk.rest(now)
        else:
            _step(walk)
    if walk.active and walk.run.position != came_from:
        # Of the messages that lie ahead now, and not at some later look that nobody planned.
        check_consent(walk)
    if walk.active:
        walk.run = listening(plan, walk.run, walk.facts.world)
    return walk.decision()


def listen(plan: Plan, run: Run, wake: Wake, facts: Facts, now: datetime) -> Decision:
    """The end of a run that stands still, where an event brings it; else the very run that came in.

    A pause holds back what a run does and not what happens: goals and exits act at once, so that a trigger
    finds nobody under way who is not. Everything else that the events do is done at the resume.
    """
    walk = Walk(plan, run, facts, now, wake.events)
    if walk.active and not facts.erased:
        hear(walk)
        if walk.active:
            check_consent(walk)
        if walk.active:
            return Decision(run)
    return decide(plan, run, wake, facts, now)


def _step(walk: Walk) -> None:
    if walk.run.position is None:
        walk.go(None)
        return
    step = walk.plan.by_id[walk.run.position]
    if not walk.is_begun and step.id not in walk.run.loops:
        walk.begin()
        if not walk.holds(step.only_if):
            assert step.only_if is not None
            walk.tell("skipped", f"skipped: {step.only_if.text} does not hold", condition=step.only_if.text)
            walk.go(step.next)
            return
        if step.id in walk.run.done and not walk.run.loops:
            walk.tell("skipped", "skipped: it was done already, before the run was moved to this version")
            walk.go(step.next)
            return
    before = walk.run.variables
    HANDLERS[type(step)](walk, step)
    _remember(walk, step)
    if walk.active and isinstance(step, SetStep | GrantStep | SuppressStep):
        _look_again(walk, step)
    elif walk.active and walk.run.variables is not before:
        # What a call answered, or a wait took in.
        check_conditions(walk, lambda names: names.run)


def _remember(walk: Walk, step: Step) -> None:
    """Keep what must not be done twice; to set something twice is to set it."""
    if not walk.active or walk.resting or step.id in walk.run.done:
        return
    adds = isinstance(step, SetStep) and any(each.op == "add" for each in step.assignments)
    if adds or isinstance(step, GrantStep | SuppressStep | EmitStep | CallStep | TaskStep):
        walk.change(done=(*walk.run.done, step.id))


def _look_again(walk: Walk, step: SetStep | GrantStep | SuppressStep) -> None:
    """What the run itself has changed may end it."""
    match step:
        case SetStep(assignments=assignments):
            written = {a.target for a in assignments}
            attributes = {name for root, name in written if root == "contact"}

            def changed(names: Named) -> bool:
                return bool(names.attributes & attributes) or (names.run and len(attributes) < len(written))

            check_conditions(walk, changed)
        case GrantStep():
            check_conditions(walk, lambda names: "consent.granted" in names.events)
        case SuppressStep():
            check_conditions(walk, lambda names: "consent.withdrawn" in names.events)
            if walk.active:
                check_consent(walk)
