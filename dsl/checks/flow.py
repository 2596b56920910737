"""The way through the steps: what nobody reaches, waits without end, options without effect."""

from collections.abc import Iterator
from itertools import pairwise

from dsl import scenario as s
from dsl.checks.draft import Draft
from dsl.diagnostics import Diagnostic, error
from dsl.flow import ends

MOST_PASSES = 1_000


def check(draft: Draft) -> Iterator[Diagnostic]:
    """Steps that no run reaches, `wait_for` that may never end, `repeat` and `on_cap` that make no sense."""
    for scenario in draft.scenarios:
        yield from _after_the_end(scenario, scenario.steps)
        for step in scenario.every_step:
            for body in s.inner(step):
                yield from _after_the_end(scenario, body)
            yield from _step(scenario, step)


def _after_the_end(scenario: s.Scenario, steps: tuple[s.Step, ...]) -> Iterator[Diagnostic]:
    """One error for the first step that follows what every run ends at."""
    for before, step in pairwise(steps):
        if ends((before,)):
            yield Diagnostic(
                "E403",
                "error",
                "no run reaches this step",
                scenario.file,
                step.frame.span,
                label="unreachable",
                help="move it before the exit, or delete it",
                note="every run ends at the step before it",
            )
            return


def _step(scenario: s.Scenario, step: s.Step) -> Iterator[Diagnostic]:
    match step:
        case s.WaitForStep():
            yield from _wait_for(scenario, step)
        case s.MessageStep(first_of=False, forms=(form,)) if (
            form.on_cap and form.on_cap.value.action == "next"
        ):
            yield error(
                scenario.file,
                "E413",
                "`on_cap: next` outside `first_of`",
                form.on_cap.span,
                "there is no next message",
                "put the message in `first_of`, or say `drop` or `delay up to 3 days`",
            )
        case s.RepeatStep(at_most=at_most) if at_most > MOST_PASSES:
            message = f"`repeat` goes round {at_most} times"
            remedy = f"at most {MOST_PASSES}"
            yield error(scenario.file, "E401", message, step.frame.span, remedy=remedy)
        case s.RepeatStep(steps=()):
            yield error(
                scenario.file, "E403", "`repeat` has no steps", step.frame.span, remedy="add `steps:`"
            )


def _wait_for(scenario: s.Scenario, step: s.WaitForStep) -> Iterator[Diagnostic]:
    if step.up_to is not None:
        return
    if step.timeout is not None and step.timeout_span is not None:
        yield error(
            scenario.file,
            "E404",
            "`timeout` without `up_to`",
            step.timeout_span,
            "never reached",
            "say how long the wait is: `up_to: 7 days`",
        )
    elif not scenario.exits and not (scenario.goal and scenario.goal.exits):
        yield error(
            scenario.file,
            "E404",
            "a wait without end",
            step.frame.span,
            remedy="say `up_to: 7 days`; only a goal or `exit_when` could end a run that waits for ever",
        )
