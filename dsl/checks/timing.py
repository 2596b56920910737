"""Times: instants that may be past, waits against windows and periods."""

from collections.abc import Iterator

from dsl import scenario as s
from dsl.checks.draft import Draft
from dsl.diagnostics import Diagnostic, error, warning
from dsl.values import Duration


def check(draft: Draft) -> Iterator[Diagnostic]:
    """`if_past` where it is due and only there; goals and re-entry against the waits."""
    for scenario in draft.scenarios:
        for step in scenario.every_step:
            if isinstance(step, s.WaitStep):
                yield from _if_past(scenario, step)
        yield from _goal_window(scenario)
        yield from _reentry(scenario)


def _if_past(scenario: s.Scenario, step: s.WaitStep) -> Iterator[Diagnostic]:
    file, span, said = scenario.file, step.frame.span, step.if_past
    on_data = isinstance(step.until, s.UntilInstant)
    if on_data and said is None:
        yield error(
            file,
            "E402",
            "the wait does not say what happens when its instant is already past",
            step.until.span,
            "may be past when a run comes here",
            "add `if_past: now`, `if_past: exit`, or `if_past: skip` with the `steps` to skip",
        )
    elif not on_data and said is not None:
        remedy = "only `until` a date or an instant can"
        yield error(file, "E405", "this wait can never be past", said.span, "no effect", remedy)
    elif said is not None and said.value == "skip" and step.steps is None:
        remedy = "add `steps:` with what is skipped when the instant is past"
        yield error(file, "E405", "`if_past: skip` without steps to skip", said.span, remedy=remedy)
    elif step.steps is not None and (said is None or said.value != "skip"):
        remedy = "say `if_past: skip`, or move the steps after the wait"
        yield error(file, "E405", "`steps` of a wait without `if_past: skip`", span, remedy=remedy)


def _seconds(moment: s.Moment | None) -> int:
    """The least length of a wait that is known from the file."""
    return moment.duration.exact_seconds if isinstance(moment, s.After) else 0


def _goal_window(scenario: s.Scenario) -> Iterator[Diagnostic]:
    """A window that is over before the first message after the first wait could have an effect."""
    goal = scenario.goal
    first = next((step for step in scenario.steps if isinstance(step, s.WaitStep)), None)
    if goal is None or goal.within is None or first is None or first.frame.only_if:
        return
    if goal.within.exact_seconds < _seconds(first.until):
        yield warning(
            scenario.file,
            "W420",
            "the goal's window is over before the first wait is",
            goal.pattern.span,
            f"counted for {_words(goal.within)}",
            "make the window longer than the wait",
        )


def _reentry(scenario: s.Scenario) -> Iterator[Diagnostic]:
    """A person may enter again while an earlier run still waits, and is then ignored."""
    entry = scenario.entry
    if entry is None or entry.period is None or scenario.while_active != "ignore":
        return
    for step in scenario.every_step:
        if isinstance(step, s.WaitStep) and _seconds(step.until) > entry.period.exact_seconds:
            yield warning(
                scenario.file,
                "W421",
                "a wait that is longer than the period of re-entry",
                step.until.span,
                f"`entry` lets people in again after {_words(entry.period)}",
                "say `while_active: restart` or `parallel`, or make the period longer",
            )


def _words(length: Duration) -> str:
    parts = ((length.months, "month"), (length.days, "day"), (length.seconds // 3600, "hour"))
    return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n) or "less than an hour"
