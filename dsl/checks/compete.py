"""Scenarios that want the same place: the same people, at the same moment, under a limit of one."""

from collections.abc import Iterator

from dsl import scenario as s
from dsl.checks.draft import Draft, is_limited
from dsl.dependence import conjuncts
from dsl.diagnostics import Diagnostic, Related
from dsl.frozen import dataclass
from dsl.policy import Limit
from dsl.proofs.claims import NOT_YES, YES, Claim
from dsl.proofs.solver import impossible
from dsl.proofs.terms import Definitions

COMPARED = 10
"""With so many scenarios of its moment one is compared: who has more of them is told soon enough."""


def check(draft: Draft) -> Iterator[Diagnostic]:
    """Scenarios of one priority that begin with a message, of which one takes all people of the other."""
    groups: dict[object, list[_Rival]] = {}
    for scenario in draft.scenarios:
        first = _first(scenario)
        started = _started(draft, scenario)
        asked = _asked(draft, scenario) if first is not None and started is not None else None
        if first is not None and asked is not None:
            group = groups.setdefault((scenario.priority, started), [])
            rival = _Rival(scenario, first, asked)
            yield from _with_one(draft, group[-COMPARED:], rival)
            group.append(rival)


@dataclass(frozen=True, slots=True, eq=False)
class _Rival:
    """A scenario, the message with which it begins, and what is true of whoever enters."""

    scenario: s.Scenario
    form: s.MessageForm
    asked: list[Claim]


def _with_one(draft: Draft, group: list[_Rival], other: _Rival) -> Iterator[Diagnostic]:
    """One warning for the first that it competes with."""
    for one in group:
        limit = _limit(draft, one, other)
        apart = one.scenario.name.value != other.scenario.name.value
        if apart and limit is not None and _share(draft, one.asked, other.asked):
            yield _told(one.scenario, other.scenario, other.form, limit)
            return


def _first(scenario: s.Scenario) -> s.MessageForm | None:
    """The message with which every run begins."""
    match scenario.steps:
        case (s.MessageStep(forms=(form,)) as step, *_) if step.frame.only_if is None:
            return form
    return None


def _started(draft: Draft, scenario: s.Scenario) -> object:
    """What starts it, equal for scenarios that start at the same moment; None where that is not sure."""
    match scenario.triggers:
        case (s.EventTrigger(pattern=pattern, for_each=None, reaches=None),):
            return ("event", pattern.event.value) if scenario.zone is None else None
        case (s.ScanTrigger(every=every, on=on, spread=None),) if every != "day":
            return ("scan", every, on)
        case (s.CampaignTrigger(at=at),):
            return ("campaign", at.date())
        case (s.DateTrigger(date=date, yearly=yearly, offset=offset),):
            meaning = draft.meanings[scenario.file.path].of.get(date)
            return ("date", meaning.expression, yearly, offset) if meaning else None
    return None


def _limit(draft: Draft, one: _Rival, other: _Rival) -> Limit | None:
    """A limit that lets one of two messages through on a day, and is asked for both."""
    limits = (each for each in draft.policy.pressure.limits if each.at_most == 1 and each.when is None)
    both = (one, other)
    return next(
        (each for each in limits if all(is_limited(draft, each, r.form, r.scenario) for r in both)), None
    )


def _share(draft: Draft, mine: list[Claim], its: list[Claim]) -> bool:
    """Whether all people of one are proven to be people of the other, and one has any."""
    known = Definitions(draft.catalog.attributes, draft.segments)
    within = _within(mine, its, known) or _within(its, mine, known)
    return within and not impossible([*mine, *its], known)


def _within(mine: list[Claim], its: list[Claim], known: Definitions) -> bool:
    """Whether whoever fits the first claims fits the others too."""
    said = [each.expression for each in mine]
    return all(
        each.expression in said
        or impossible([*mine, Claim(each.expression, NOT_YES, each.environment)], known)
        for each in its
    )


def _asked(draft: Draft, scenario: s.Scenario) -> list[Claim] | None:
    """What the trigger and the audience ask; None where a part of it has no meaning."""
    trigger = scenario.triggers[0]
    where = trigger.pattern.where if isinstance(trigger, s.EventTrigger) else None
    claims = []
    for written in (where, scenario.audience):
        if written is None:
            continue
        meaning = draft.meanings[scenario.file.path].of.get(written)
        if meaning is None:
            return None
        claims += [Claim(part, YES, meaning.environment) for part in conjuncts(meaning.expression)]
    return claims


def _told(one: s.Scenario, other: s.Scenario, form: s.MessageForm, limit: Limit) -> Diagnostic:
    return Diagnostic(
        "W434",
        "warning",
        f"`{one.name.value}` and `{other.name.value}` compete for the same people",
        other.file,
        form.channel.span,
        "which of the two leaves first is not said",
        "give the one that matters more a higher `priority`, or keep their audiences apart",
        f"both start at the same moment with priority {one.priority}, and policy says {limit.text}",
        (Related(one.file, one.name.span, "the other"),),
    )
