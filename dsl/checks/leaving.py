"""Messages that time keeps from leaving: hours that open too late, limits that the scenario has filled."""

from collections.abc import Iterator
from datetime import time
from itertools import pairwise

from dsl import scenario as s
from dsl.checks.draft import Draft, class_of_message, is_limited
from dsl.diagnostics import Diagnostic, Related
from dsl.policy import ALL_DAYS, Hours, Limit, OnCap
from dsl.proofs.pace import DAY, HOUR, WEEK_DAYS, most_days
from dsl.values import Duration

LENIENT = 2 * HOUR
"""Clocks that change and a person's own zone move hours against waits; what is nearer is left alone."""

_AT_ONCE = s.SetStep | s.EmitStep | s.GrantStep | s.SuppressStep | s.TaskStep


def check(draft: Draft) -> Iterator[Diagnostic]:
    """What is reached when its hours are shut for longer than it lives, and what cannot follow its own."""
    for scenario in draft.scenarios:
        bodies = [scenario.steps, *(body for step in scenario.every_step for body in s.inner(step))]
        for body in bodies:
            for before, step in pairwise(body) if scenario.zone is None else ():
                if isinstance(before, s.WaitStep) and isinstance(step, s.MessageStep):
                    yield from _too_late(draft, scenario, before, step)
            for place, step in enumerate(body):
                if isinstance(step, s.MessageStep) and len(step.forms) == 1:
                    yield from _after_its_own(draft, scenario, body[:place], step.forms[0])


def _too_late(
    draft: Draft, scenario: s.Scenario, wait: s.WaitStep, step: s.MessageStep
) -> Iterator[Diagnostic]:
    until = wait.until
    if isinstance(until, s.UntilInstant) or until.at is None or wait.frame.only_if is not None:
        return
    days = ALL_DAYS if isinstance(until, s.After) or until.weekday is None else (until.weekday,)
    for form in step.forms:
        shut = _shut_for(_hours_of(draft, scenario, form), until.at, days)
        lives = _lives(draft, form)
        if shut is not None and shut - LENIENT > lives:
            place = form.expires or form.on_cap or form.hours or form.channel
            yield Diagnostic(
                "W431",
                "warning",
                "the hours of this message open after it is too late for it",
                scenario.file,
                place.span,
                "never leaves",
                "wait until an hour at which it may leave, or let it live longer",
                f"at {until.at:%H:%M} its hours are shut for {shut // HOUR} hours or more",
                (Related(scenario.file, until.span, "it is reached at the end of this wait"),),
            )


def _hours_of(draft: Draft, scenario: s.Scenario, form: s.MessageForm) -> list[Hours]:
    own = [form.hours.value] if form.hours else []
    policy = draft.policy.hours.get(form.channel.value)
    if policy is None or class_of_message(form, scenario, draft.catalog) == "transactional":
        return own
    return [policy, *own]


def _lives(draft: Draft, form: s.MessageForm) -> int:
    """Seconds for which it may be held back."""
    length = (form.expires.value if form.expires else draft.policy.expires).exact_seconds
    on_cap = _on_cap(draft, form)
    return min(length, on_cap.up_to.exact_seconds) if on_cap.action == "delay" else length


def _on_cap(draft: Draft, form: s.MessageForm) -> OnCap:
    return form.on_cap.value if form.on_cap else draft.policy.pressure.on_cap


def _shut_for(hours: list[Hours], at: time, weekdays: tuple[int, ...]) -> int | None:
    """Seconds from a local time to the next opening at the least, over weekdays; None where never open."""
    start, end = max((h.start for h in hours), default=time(0)), min((h.end for h in hours), default=time.max)
    days = set(ALL_DAYS).intersection(*(h.days for h in hours))
    if start >= end or not days:
        return None
    found = []
    for weekday in weekdays:
        if weekday in days and start <= at and (at < end or end == time.max):
            return 0
        ahead = (n for n in range(WEEK_DAYS + 1) if (weekday + n) % WEEK_DAYS in days)
        found.append(next(n * DAY + _seconds(start) - _seconds(at) for n in ahead if n or at < start))
    return min(found)


def _seconds(at: time) -> int:
    return at.hour * HOUR + at.minute * 60 + at.second


# limits that the scenario itself has filled


def _after_its_own(
    draft: Draft, scenario: s.Scenario, before: tuple[s.Step, ...], form: s.MessageForm
) -> Iterator[Diagnostic]:
    """One warning for the first limit that the message right before it fills for longer than it may wait."""
    earlier = _sent_before(before)
    if earlier is None:
        return
    days, its = earlier
    for limit in draft.policy.pressure.limits:
        both = all(is_limited(draft, limit, each, scenario) for each in (form, its))
        if limit.when is not None or limit.at_most != 1 or not both:
            continue
        held = _held_for(draft, scenario, form, its, days)
        if held is not None and days + held < limit.days:
            yield _cannot_follow(scenario, form, its, limit)
            return


def _sent_before(steps: tuple[s.Step, ...]) -> tuple[int, s.MessageForm] | None:
    """The message that surely comes before, with the days from its leaving to here at the most."""
    days = 0
    for step in reversed(steps):
        match step:
            case s.MessageStep(forms=(form,)) if step.frame.only_if is None:
                return days, form
            case s.WaitStep(until=s.After(duration=length), steps=None):
                days += most_days(length)
            case _ if not isinstance(step, _AT_ONCE):
                return None
    return None


def _held_for(
    draft: Draft, scenario: s.Scenario, form: s.MessageForm, its: s.MessageForm, days: int
) -> int | None:
    """Days for which it may be held back once it is reached; None where its hours may add to them."""
    if _on_cap(draft, form).action == "delay":
        return most_days(Duration(seconds=_lives(draft, form)))
    alike = _hours_of(draft, scenario, form) == _hours_of(draft, scenario, its)
    return 0 if alike and not days else None


def _cannot_follow(scenario: s.Scenario, form: s.MessageForm, its: s.MessageForm, limit: Limit) -> Diagnostic:
    return Diagnostic(
        "W433",
        "warning",
        f"a limit never lets this message follow `{its.message.value}`",
        scenario.file,
        form.on_cap.span if form.on_cap else form.channel.span,
        "never leaves after it",
        "wait longer between them, delay it for longer, or send one of the two",
        f"policy says {limit.text}",
        (Related(scenario.file, its.channel.span, "this one fills the limit"),),
    )
