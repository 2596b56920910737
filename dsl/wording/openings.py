"""What starts a run, for whom, how often, and what ends it, in sentences."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dsl import plan as p
from dsl.english import English
from dsl.values import Duration
from dsl.wording.constants import MONTHS, WEEKDAYS, clock, duration, is_before, percent
from dsl.wording.speech import capital, event_name, listed, quoted, spaced

BUILT_IN = {
    "contact.created": "a person is first known to us",
    "consent.granted": "the person gives consent",
    "consent.withdrawn": "the person withdraws consent",
    "consent.confirmed": "the person confirms consent",
    "task.done": "a task about the person is done",
}
ON_EDIT = {
    "finish": "People in it when a new version is published finish the version they began.",
    "restart": "People in it when a new version is published begin again with the new one.",
    "exit": "People in it when a new version is published leave.",
    "move_exit": "People in it go on at the same step of a new version; where that step is gone, they leave.",
    "move_finish": (
        "People in it go on at the same step of a new version; "
        "where that step is gone, they finish the old one."
    ),
}
WHILE_ACTIVE = {
    "ignore": "Nobody is in it twice at the same time{}: a second start is ignored.",
    "restart": "Nobody is in it twice at the same time{}: a second start ends the first and begins again.",
    "parallel": "The same person may be in it several times at once{}.",
}


def happening(pattern: p.Pattern, english: English) -> str:
    """`“order placed” happens, where its total is more than 50 EUR`."""
    what = BUILT_IN.get(pattern.event, f"{event_name(pattern.event)} happens")
    if pattern.where is None:
        return what
    return f"{what}, where {english.about(pattern.event).clause(pattern.where.root)}"


def starts(plan: p.Plan, english: English) -> tuple[str, ...]:
    """A sentence for each trigger."""
    return tuple(capital(TRIGGERS[type(each)](each, english)) + "." for each in plan.triggers)


def _event(trigger: p.EventTrigger, english: English) -> str:
    each = f", once for each of {english.value(trigger.for_each.root)}" if trigger.for_each else ""
    return f"when {happening(trigger.pattern, english)}{each}"


def _reach(trigger: p.ReachTrigger, english: English) -> str:
    who = english.clause(trigger.reaches.root)
    return f"when {happening(trigger.pattern, english)}: for everyone of whom this is true: {who}"


def _date(trigger: p.DateTrigger, english: English) -> str:
    offset = trigger.offset
    side = (
        f"{duration(offset)} {'before' if is_before(offset) else 'after'} " if offset.exact_seconds else "on "
    )
    yearly = "every year, " if trigger.yearly else ""
    anniversary = "the day of " if trigger.yearly else ""
    late = {
        "skip": "whoever is known later than that is left out",
        "enter": "whoever is known later that same day still enters",
    }[trigger.if_past]
    return f"{yearly}{side}{anniversary}{english.value(trigger.date.root)}, at {clock(trigger.at)}; {late}"


def _scan(trigger: p.ScanTrigger, english: English) -> str:
    del english
    match trigger.every:
        case "day":
            day = "every day"
        case "week":
            day = f"every {WEEKDAYS[trigger.on or 0]}"
        case "month":
            day = f"on day {trigger.on} of every month"
    return f"{day} at {clock(trigger.at)}, for everybody in the audience{_spread(trigger.spread_seconds)}"


def _spread(seconds: int) -> str:
    return f", spread over {duration(Duration(seconds=seconds))}" if seconds else ""


def _segment(trigger: p.SegmentTrigger, english: English) -> str:
    del english
    verb = "comes into" if trigger.direction == "entered" else "leaves"
    checked = f" (looked at every day at {clock(trigger.checked_at)})" if trigger.checked_at else ""
    return f"when a person {verb} the segment {quoted(spaced(trigger.segment))}{checked}"


def _change(trigger: p.ChangeTrigger, english: English) -> str:
    where = f", and {english.clause(trigger.where.root)}" if trigger.where else ""
    imports = "imports count too" if trigger.include_imports else "imports do not count"
    return f"when the person's {spaced(trigger.attribute)} changes{where} ({imports})"


def _campaign(trigger: p.CampaignTrigger, english: English) -> str:
    del english
    at = trigger.at
    day = f"{WEEKDAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at.year}"
    late = "nobody enters" if trigger.if_past == "skip" else "people still enter until the end of that day"
    spread = _spread(trigger.spread_seconds)
    return f"once, on {day} at {at:%H:%M}{spread}; where that is already past, {late}"


def _api(trigger: p.ApiTrigger, english: English) -> str:
    del english
    given = f", which gives {listed(spaced(name) for name, _ in trigger.inputs)}" if trigger.inputs else ""
    return f"when another system asks for it{given}"


TRIGGERS: dict[type[Any], Callable[[Any, English], str]] = {
    p.EventTrigger: _event,
    p.ReachTrigger: _reach,
    p.DateTrigger: _date,
    p.ScanTrigger: _scan,
    p.SegmentTrigger: _segment,
    p.ChangeTrigger: _change,
    p.CampaignTrigger: _campaign,
    p.ApiTrigger: _api,
}


def entry(plan: p.Plan, english: English) -> Iterator[str]:
    """How often one person may enter, what a second start does, who stays out, and what an edit does."""
    key = english.value(plan.key.root) if plan.key else ""
    who = f"For each value of {key}, a person" if key else "A person"
    match plan.entry:
        case p.Entry(rule="once_per", period=period) if period:
            yield f"{who} enters at most once per {duration(period).removeprefix('1 ')}."
        case p.Entry(rule="once"):
            yield f"{who} enters once, ever."
        case _:
            yield f"{who} enters every time."
    yield WHILE_ACTIVE[plan.while_active].format(f" for the same value of {key}" if key else "")
    if any(isinstance(each, p.SegmentTrigger) for each in plan.triggers):
        already = "enters" if plan.existing == "include" else "does not enter"
        yield f"Whoever is in the segment when this is first published {already}."
    if plan.holdout:
        held = f"{percent(plan.holdout)} % of people, always the same ones,"
        yield f"{held} go through it without getting any message or task."
    yield ON_EDIT[plan.on_edit]


def goal(plan: p.Plan, english: English) -> str | None:
    """The conversion."""
    if plan.goal is None:
        return None
    within = f", within {duration(plan.goal.within)} of the entry," if plan.goal.within else ""
    ends = "The scenario then ends at once." if plan.goal.exits else "The scenario goes on all the same."
    return f"Reached when{within} {happening(plan.goal.pattern, english)}. {ends}"


def exits(plan: p.Plan, english: English) -> Iterator[str]:
    """What ends a run at once, wherever it is; the law's own reasons last."""
    if plan.goal and plan.goal.exits:
        yield "When the goal is reached."
    for each in plan.exits:
        called = f" (noted as {quoted(spaced(each.reason))})"
        if each.pattern is not None:
            yield f"When {happening(each.pattern, english)}{called}."
        elif each.condition is not None:
            yield f"When {english.clause(each.condition.root)}{called}; asked before every message."
    if any(isinstance(step, p.MessageStep) for step in plan.steps):
        yield "When no message that is left may reach the person any more: unsubscribed, objected, erased."


def handlers(plan: p.Plan, english: English) -> Iterator[str]:
    """What events change in a run that is under way."""
    for each in plan.handlers:
        inner = english.about(each.pattern.event)
        yield f"When {happening(each.pattern, english)}: {listed(assignments(each.assignments, inner))}."


def assignments(lines: Iterable[p.Assignment], english: English) -> Iterator[str]:
    """`the person's tier becomes “gold”`, for each line of `set` and `add`."""
    for line in lines:
        scope, name = line.target
        what = f"the person's {spaced(name)}" if scope == "contact" else f"the noted {quoted(spaced(name))}"
        if line.value is None:
            yield f"{what} is cleared"
        elif line.op == "add":
            yield f"{english.value(line.value.root)} is added to {what}"
        else:
            yield f"{what} becomes {english.value(line.value.root)}"
