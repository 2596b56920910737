"""Steps that only wait or choose the way: `wait`, `wait_for`, `if`, `choose`, `split`, `repeat`, `exit`."""

from datetime import datetime

from dsl.local_time import add
from dsl.plan import (
    ChooseStep,
    ExitStep,
    Pattern,
    RepeatStep,
    SplitStep,
    UntilInstant,
    WaitBranch,
    WaitForStep,
    WaitStep,
)
from dsl.scope import EventFact, Mark
from engine import words
from engine.moments import Due, due
from engine.scopes import is_of_step
from engine.shares import arm_of
from engine.state import Loop
from engine.walk import Walk, iso

REPLIED = "message.replied"


def wait(walk: Walk, step: WaitStep) -> None:
    """`wait:` ends at its instant, computed again at each look where it names data."""
    moment = due(step.until, walk.scope(), walk.began)
    if _is_missed(walk, step, moment):
        _missed(walk, step, moment)
        return
    instant = max(moment.instant or walk.began, walk.began)
    if instant <= walk.now:
        walk.go(step.inner or step.next, _mark(walk, instant))
        return
    if instant != walk.run.waits_until:
        moved = "now " if walk.run.waits_until else ""
        walk.tell("waiting", f"{moved}waiting until {words.at(instant, walk.facts.zone)}", until=iso(instant))
        walk.change(waits_until=instant)
    walk.rest(instant)


def _is_missed(walk: Walk, step: WaitStep, moment: Due) -> bool:
    """Whether an instant of data was past when the wait began, or was moved into the past since."""
    if not isinstance(step.until, UntilInstant):
        return False
    if walk.run.waits_until is None:
        return moment.is_past(walk.began)
    return moment.instant != walk.run.waits_until and moment.is_past(walk.now)


def _missed(walk: Walk, step: WaitStep, moment: Due) -> None:
    was = words.at(moment.instant, walk.facts.zone) if moment.instant else "unknown"
    data = {"instant": iso(moment.instant), "if_past": step.if_past}
    if step.if_past == "exit":
        walk.tell("past", f"the instant waited for is past ({was})", data)
        walk.end("if_past", walk.now, f"ended because the instant waited for is past ({was})")
        return
    begun_now = walk.run.waits_until is None
    mark = walk.run.began if begun_now else Mark(walk.now)
    if step.if_past == "skip":
        walk.tell("past", f"the instant waited for is past ({was}), what follows it is skipped", data)
        walk.go(step.next, mark)
    else:
        walk.tell("past", f"the instant waited for is past ({was}), so it goes on at once", data)
        walk.go(step.inner or step.next, mark)


def _mark(walk: Walk, instant: datetime) -> Mark:
    """Where the next step begins: a wait of no length keeps its place among events of the same instant."""
    return walk.run.began if instant == walk.began else Mark(instant)


def wait_for(walk: Walk, step: WaitForStep) -> None:
    """`wait_for:` ends at the first event since it began, or when its condition holds, else at `up_to`."""
    deadline = _deadline(walk, step)
    if any(take_branch(walk, step, event) for event in walk.known.events):
        return
    in_time = deadline is None or walk.now < deadline
    if step.condition and in_time and walk.holds(step.condition):
        walk.tell("branch", f"{step.condition.text}: it holds", condition=step.condition.text)
        walk.go(step.then, _mark_of_condition(walk))
    elif deadline is not None and deadline <= walk.now:
        walk.tell("branch", f"no {_awaited(step)} in time", timeout=True)
        walk.go(step.timeout, _mark(walk, deadline))
    else:
        if walk.just_begun or deadline != walk.run.waits_until:
            until = f" until {words.at(deadline, walk.facts.zone)}" if deadline else ""
            walk.tell("waiting", f"waiting for {_awaited(step)}{until}", until=iso(deadline))
            walk.change(waits_until=deadline)
        walk.rest(deadline)


def take_branch(walk: Walk, step: WaitForStep, event: EventFact) -> bool:
    """Go on where an event leads, if it ends the wait: it must lie between its start and its `up_to`.

    At the very instant of `up_to` the wait is over, so that it is the same whether the timer or the event is
    seen first.
    """
    began = walk.run.began
    if (event.at, event.seq) <= (began.at, began.seq):
        return False
    found = _branch_of(walk, step, event)
    if found is None:
        return False
    deadline = _deadline(walk, step)
    if deadline is not None and event.at >= deadline:
        return False
    walk.tell("branch", f"{event.name} came", event=event.name, seq=event.seq, at=iso(event.at))
    properties = {"at": event.at, **event.properties}
    walk.change(bound={**walk.run.bound, found.id or step.id: properties})
    walk.go(found.then, Mark(event.at, event.seq))
    return True


def _branch_of(walk: Walk, step: WaitForStep, event: EventFact) -> WaitBranch | None:
    if step.reply_to and event.name == REPLIED and is_of_step(event, walk.run, step.reply_to):
        return WaitBranch(Pattern(REPLIED), step.then)
    return next((branch for branch in step.branches if walk.matches(branch.pattern, event)), None)


def _deadline(walk: Walk, step: WaitForStep) -> datetime | None:
    """When `up_to` is over, never before the wait began; None: never. An unknown instant is past."""
    if step.up_to is None:
        return None
    return max(due(step.up_to, walk.scope(), walk.began).instant or walk.began, walk.began)


def _mark_of_condition(walk: Walk) -> Mark:
    """A condition that holds from the start takes no time; else what came last made it hold."""
    if walk.just_begun:
        return walk.run.began
    last = walk.new[-1] if walk.new else None
    return Mark(last.at, last.seq) if last and last.at > walk.began else Mark(walk.now)


def _awaited(step: WaitForStep) -> str:
    if step.reply_to:
        return f"reply to {step.reply_to}"
    if step.condition:
        return step.condition.text
    return words.either(dict.fromkeys(branch.pattern.event for branch in step.branches))


def choose(walk: Walk, step: ChooseStep) -> None:
    """`if` and `choose`: the first case that is true."""
    for formula, target in step.cases:
        if walk.holds(formula):
            walk.tell("branch", f"{formula.text}: yes", condition=formula.text, holds=True)
            walk.go(target)
            return
    asked = words.either(formula.text for formula, _ in step.cases)
    walk.tell("branch", f"{asked}: no", condition=asked, holds=False)
    walk.go(step.otherwise)


def split(walk: Walk, step: SplitStep) -> None:
    """`split`: the arm of this person, the same one every time."""
    fixed = walk.facts.arms.get(step.id)
    shares = [(name, share) for name, share, _ in step.arms]
    arm = fixed or arm_of(walk.run.contact_id, walk.run.scenario, step.id, shares)
    walk.tell("branch", f"takes arm {arm}", arm=arm, experiment=step.experiment)
    walk.go({name: target for name, _, target in step.arms}[arm])


def repeat(walk: Walk, step: RepeatStep) -> None:
    """`repeat`: a pass begins `every` after the one before began, the first at once."""
    loop = walk.run.loops.get(step.id)
    if loop is None:
        _begin_pass(walk, step, Loop(1, walk.run.began))
        return
    if loop.number >= step.at_most:
        _leave(walk, step, walk.run.began, f"{loop.number} of {step.at_most} are done")
        return
    instant = add(loop.began.at, step.every, walk.scope().zone)
    mark = walk.run.began if instant <= walk.began else Mark(instant)
    if mark.at <= walk.now:
        _begin_pass(walk, step, Loop(loop.number + 1, mark))
        return
    if instant != walk.run.waits_until:
        text = f"waiting until {words.at(instant, walk.facts.zone)} for pass {loop.number + 1}"
        walk.tell("waiting", text, until=iso(instant))
        walk.change(waits_until=instant)
    walk.rest(instant)


def _begin_pass(walk: Walk, step: RepeatStep, loop: Loop) -> None:
    """`until` is asked before each pass."""
    if step.until and walk.holds(step.until):
        _leave(walk, step, loop.began, f"{step.until.text}: it holds")
        return
    walk.change(loops={**walk.run.loops, step.id: loop})
    walk.tell("branch", f"pass {loop.number} of at most {step.at_most}", number=loop.number)
    walk.go(step.body, loop.began)


def _leave(walk: Walk, step: RepeatStep, mark: Mark, text: str) -> None:
    walk.tell("branch", f"no further pass: {text}")
    walk.change(loops={name: loop for name, loop in walk.run.loops.items() if name != step.id})
    walk.go(step.next, mark)


def leave(walk: Walk, step: ExitStep) -> None:
    """`exit: reason`."""
    walk.end(step.reason, min(walk.began, walk.now), f"exit: {step.reason}")
