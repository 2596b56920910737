"""What may still come on a run's way: steps that can be reached, and the messages among them."""

from collections.abc import Iterator

from dsl.plan import (
    Candidate,
    ChooseStep,
    ExitStep,
    MessageStep,
    Plan,
    RepeatStep,
    SplitStep,
    Step,
    WaitForStep,
    WaitStep,
)
from dsl.remembered import remembered


def targets(step: Step) -> tuple[str | None, ...]:
    """Every step that may follow a step; None among them is the end."""
    match step:
        case WaitStep(inner=inner, next=next_):
            return (inner, next_) if inner else (next_,)
        case WaitForStep():
            ways = [branch.then for branch in step.branches]
            ways += [step.then] if step.reply_to or step.condition else []
            ways += [step.timeout] if step.up_to else []
            return (*ways, step.next) if step.only_if else tuple(ways)
        case ChooseStep():
            ways = [*(target for _, target in step.cases), step.otherwise]
            return (*ways, step.next) if step.only_if else tuple(ways)
        case SplitStep():
            ways = [target for _, _, target in step.arms]
            return (*ways, step.next) if step.only_if else tuple(ways)
        case ExitStep():
            return (step.next,) if step.only_if else ()
        case RepeatStep(body=body, next=next_):
            return (body, next_)
        case _:
            return (step.next,)


def reachable_from(plan: Plan, start: str | None) -> Iterator[Step]:
    """The step `start` and all that can be reached from it, each once."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name is None or name in seen:
            continue
        seen.add(name)
        step = plan.by_id[name]
        yield step
        waiting.extend(targets(step))


@remembered
def messages_from(plan: Plan, start: str | None) -> tuple[Candidate, ...]:
    """Every way to say a message that a run at `start` may still come to, that step's included."""
    steps = (step for step in reachable_from(plan, start) if isinstance(step, MessageStep))
    return tuple(candidate for step in steps for candidate in step.candidates)
