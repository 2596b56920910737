"""How runs go through the steps of a scenario: how many messages at most, and what nobody reaches."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from dsl import scenario as s

NOWHERE = -1
"""As a number of messages: no run goes this way."""

Weigh: TypeAlias = Callable[[s.MessageStep], int]
"""What a message counts for."""


def most_messages(steps: tuple[s.Step, ...], weigh: Weigh = lambda _: 1) -> int:
    """The largest number of messages of a way through the steps, or the most that they weigh."""
    return max(_most(steps, weigh))


def _most(steps: tuple[s.Step, ...], weigh: Weigh) -> tuple[int, int]:
    """The most messages of the ways that come out at the end, and of those that end on the way."""
    out, ended = 0, NOWHERE
    for step in steps:
        if out == NOWHERE:
            break
        through, stops = _through(step, weigh)
        if step.frame.only_if:
            through = max(through, 0)
        ended = max(ended, NOWHERE if stops == NOWHERE else out + stops)
        out = NOWHERE if through == NOWHERE else out + through
    return out, ended


def _through(step: s.Step, weigh: Weigh) -> tuple[int, int]:
    match step:
        case s.MessageStep():
            return weigh(step), NOWHERE
        case s.ExitStep():
            return NOWHERE, 0
        case s.WaitStep(steps=steps) if steps is not None:
            out, ended = _most(steps, weigh)
            return max(out, 0), ended
        case s.WaitForStep() | s.ChooseStep() | s.SplitStep():
            bodies = [_most(body, weigh) for body in ways(step)]
            return max(out for out, _ in bodies), max(ended for _, ended in bodies)
        case s.RepeatStep(steps=steps, at_most=at_most):
            out, ended = _most(steps, weigh)
            if out == NOWHERE:
                return 0, ended
            last = NOWHERE if ended == NOWHERE else out * (at_most - 1) + ended
            return out * at_most, last
    return 0, NOWHERE


def ways(step: s.WaitForStep | s.ChooseStep | s.SplitStep) -> Iterable[tuple[s.Step, ...]]:
    """The bodies of which a run takes exactly one."""
    if not isinstance(step, s.WaitForStep):
        return s.inner(step)
    alone = step.then if len(step.branches) == 1 else ()
    bodies = [(*branch.then, *alone) for branch in step.branches] or [step.then]
    if step.up_to is not None:
        bodies.append(step.timeout or ())
    return bodies


def ends(steps: tuple[s.Step, ...]) -> bool:
    """Whether no run comes out at the end of the steps."""
    return any(_never_passed(step) for step in steps)


def _never_passed(step: s.Step) -> bool:
    if step.frame.only_if:
        return False
    match step:
        case s.ExitStep():
            return True
        case s.WaitForStep() | s.ChooseStep() | s.SplitStep():
            return all(ends(body) for body in ways(step))
    return False
