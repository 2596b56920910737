"""What each step does, in a sentence, and how the ways out of a branch are called."""

from collections.abc import Callable, Iterable
from typing import Any

from dsl import plan as p
from dsl.english import English
from dsl.policy import Formula
from dsl.wording.constants import WEEKDAYS, clock, duration, percent
from dsl.wording.openings import assignments, happening
from dsl.wording.speech import capital, channel_name, event_name, listed, quoted, spaced

IF_PAST = {
    "now": "; if that is already past, goes on at once",
    "skip": "; if that is already past, the steps that hang on it are skipped",
    "exit": "; if that is already past, leaves",
}


def sentence(step: p.Step, english: English) -> str:
    """What a step does, with its condition first."""
    said = capital(SENTENCES[type(step)](step, english))
    if step.only_if is not None:
        said = f"Only if {english.clause(step.only_if.root)}: {said[:1].lower()}{said[1:]}"
    return f"{said}."


def called(step: p.MessageStep) -> str:
    """A message by its title, else by the name of what it sends."""
    return step.title or capital(spaced(step.candidates[0].message))


def _message(step: p.MessageStep, english: English) -> str:
    del english
    what = quoted(called(step))
    if len(step.candidates) == 1:
        only = step.candidates[0]
        return f"sends the {channel_name(only.channel)} {what} ({only.message})"
    ways = [f"{channel_name(each.channel)} ({each.message})" for each in step.candidates]
    place = any(each.on_cap and each.on_cap.action == "next" for each in step.candidates)
    can = "can receive" + (" and that the limits leave room for" if place else "")
    return f"sends {what}, the first of these that the person {can}: {listed(ways, 'then')}"


def _wait(step: p.WaitStep, english: English) -> str:
    past = IF_PAST[step.if_past] if isinstance(step.until, p.UntilInstant) else ""
    return f"waits {moment(step.until, english)}{past}"


def moment(until: p.Moment, english: English) -> str:
    """`3 days, then until 10:00`, `until the next Monday at 09:00`."""
    match until:
        case p.AfterDuration(duration=length, at=None):
            exact = " exactly" if length.seconds else ", to the same time of day"
            return f"{duration(length)}{exact}"
        case p.AfterDuration(duration=length, at=at) if at:
            return f"{duration(length)}, to {clock(at)} of that day"
        case p.UntilTime(weekday=None, at=at):
            return f"until the next {clock(at)}"
        case p.UntilTime(weekday=weekday, at=at):
            return f"until the next {WEEKDAYS[weekday or 0]} at {clock(at)}"
        case p.UntilInstant(instant=instant, at=at):
            return f"until {english.value(instant.root)}" + (f", at {clock(at)}" if at else "")
    raise TypeError(f"no words for {type(until).__name__}")


def _wait_for(step: p.WaitForStep, english: English) -> str:
    if step.reply_to:
        what = f"a reply to {quoted(english.names.steps.get(step.reply_to, spaced(step.reply_to)))}"
    elif step.condition:
        what = f"this to be true: {english.clause(step.condition.root)}"
    elif len(step.branches) == 1:
        what = f"{event_name(step.branches[0].pattern.event)}"
        where = step.branches[0].pattern.where
        what += f", where {_where(step.branches[0].pattern, where, english)}" if where else ""
    else:
        what = f"the first of {listed(event_name(each.pattern.event) for each in step.branches)}"
    limit = f", at most {_limit(step.up_to, english)}" if step.up_to else ", without limit"
    return f"waits for {what}{limit}"


def _where(pattern: p.Pattern, where: Formula, english: English) -> str:
    return english.about(pattern.event).clause(where.root)


def _limit(up_to: p.Moment, english: English) -> str:
    if isinstance(up_to, p.AfterDuration) and up_to.at is None:
        return duration(up_to.duration)
    return moment(up_to, english)


def _choose(step: p.ChooseStep, english: English) -> str:
    if len(step.cases) == 1:
        return f"asks whether {english.clause(step.cases[0][0].root)}"
    return "takes the first way whose condition holds"


def _split(step: p.SplitStep, english: English) -> str:
    del english
    experiment = ", as an experiment whose ways are compared by the goal" if step.experiment else ""
    return f"divides people by chance, each person always the same way{experiment}"


def _set(step: p.SetStep, english: English) -> str:
    return listed(assignments(step.assignments, english))


def _grant(step: p.GrantStep, english: English) -> str:
    text = english.names.catalog.texts.get(step.text, "")
    proof = f"; proof: {step.proof}" if step.proof else ""
    by = channel_name(step.channel)
    return (
        f"records consent to {topic(step.topic, english)} by {by}, "
        f"given to the text {step.text} {quoted(text)}{proof}"
    )


def _suppress(step: p.SuppressStep, english: English) -> str:
    what = f"{topic(step.topic, english)} by {channel_name(step.channel)}"
    return f"stops {what} for this person on our own decision, not at the person's wish ({step.reason})"


def topic(name: str, english: English) -> str:
    """A topic by its title."""
    declared = english.names.catalog.topics.get(name)
    return quoted(declared.title_in("en") if declared else spaced(name))


def _emit(step: p.EmitStep, english: English) -> str:
    return f"raises the event {event_name(step.event)}{_with(step.with_, english)}"


def _with(lines: Iterable[tuple[str, Formula]], english: English) -> str:
    said = filled(lines, english)
    return f" with {listed(said)}" if said else ""


def filled(lines: Iterable[tuple[str, Formula]], english: English) -> tuple[str, ...]:
    """`valid until: 30 days after today`, for each line of `with`."""
    return tuple(f"{spaced(name)}: {english.value(value.root)}" for name, value in lines)


def _call(step: p.CallStep, english: English) -> str:
    kept = f", notes the answer as {quoted(spaced(step.save))}" if step.save else ""
    fails = "leaves" if step.on_error == "exit" else "goes on"
    return (
        f"calls the outside service {quoted(spaced(step.webhook))}{_with(step.with_, english)}{kept}; "
        f"without an answer after {duration(step.up_to)} it {fails}"
    )


def _task(step: p.TaskStep, english: English) -> str:
    del english
    due = f", due within {duration(step.due)}" if step.due else ""
    return f"gives the team {step.team} the task {quoted(step.task)}{due}"


def _repeat(step: p.RepeatStep, english: English) -> str:
    until = f", until {english.clause(step.until.root)}" if step.until else ""
    return f"repeats every {duration(step.every)}, at most {step.at_most} times{until}"


def _exit(step: p.ExitStep, english: English) -> str:
    del english
    return f"leaves the scenario (noted as {quoted(spaced(step.reason))})"


SENTENCES: dict[type[Any], Callable[[Any, English], str]] = {
    p.MessageStep: _message,
    p.WaitStep: _wait,
    p.WaitForStep: _wait_for,
    p.ChooseStep: _choose,
    p.SplitStep: _split,
    p.SetStep: _set,
    p.GrantStep: _grant,
    p.SuppressStep: _suppress,
    p.EmitStep: _emit,
    p.CallStep: _call,
    p.TaskStep: _task,
    p.RepeatStep: _repeat,
    p.ExitStep: _exit,
}


def ways(step: p.Step, english: English) -> tuple[str, ...]:
    """How the ways out of a branch are called, in the order of the file."""
    match step:
        case p.ChooseStep(cases=cases) if len(cases) == 1:
            return ("If so", "If not")
        case p.ChooseStep(cases=cases):
            return (*(f"If {english.clause(formula.root)}" for formula, _ in cases), "Otherwise")
        case p.SplitStep(arms=arms):
            return tuple(f"Way {quoted(name)}, {percent(share)} % of people" for name, share, _ in arms)
        case p.WaitForStep():
            return _wait_for_ways(step, english)
        case p.WaitStep(inner=inner) if inner is not None:
            return ("In time", "Too late")
    return ()


def _wait_for_ways(step: p.WaitForStep, english: English) -> tuple[str, ...]:
    if step.reply_to or step.condition:
        came: tuple[str, ...] = ("If a reply comes" if step.reply_to else "As soon as it is true",)
    elif len(step.branches) == 1:
        came = ("If it happens",)
    else:
        came = tuple(f"If {happening(each.pattern, english)}" for each in step.branches)
    return (*came, "If the time is over") if step.up_to else came
