"""How runs go through the steps of a scenario: how many messages at most, and what nobody reaches."""

from collections.abc import Iterable

from dsl import scenario as s


def most_messages(steps: tuple[s.Step, ...], after: int = 0) -> int:
    """The largest number of messages of a way through the steps, `after` being what follows them."""
    most = after
    for step in reversed(steps):
        through = _through(step, most)
        most = max(through, most) if step.frame.only_if else through
    return most


def _through(step: s.Step, after: int) -> int:
    match step:
        case s.MessageStep():
            return 1 + after
        case s.ExitStep():
            return 0
        case s.WaitStep(steps=steps) if steps is not None:
            return max(after, most_messages(steps, after))
        case s.WaitForStep() | s.ChooseStep() | s.SplitStep():
            return max(most_messages(body, after) for body in ways(step))
        case s.RepeatStep(steps=steps, at_most=at_most):
            most = after
            for _ in range(at_most):
                most = max(after, most_messages(steps, most))
            return most
    return after


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
