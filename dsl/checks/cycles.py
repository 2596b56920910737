"""Scenarios that start one another without end, through events, attributes and consents."""

from collections.abc import Iterator

from dsl import scenario as s
from dsl.checks.draft import Draft
from dsl.dependence import conjuncts
from dsl.diagnostics import Diagnostic, Related
from dsl.frozen import dataclass
from dsl.needs import mentions_of
from dsl.nodes import Choice, Compare, Expression, Field
from dsl.policy import Formula
from dsl.source import Span


@dataclass(frozen=True)
class _Effect:
    """What a step does that may start a scenario: an event raised, or an attribute changed."""

    event: str
    attribute: str | None
    span: Span


def check(draft: Draft) -> Iterator[Diagnostic]:
    """A circle of scenarios in which nobody is kept from entering again."""
    effects = {each.name.value: _effects(each) for each in draft.scenarios}
    open_ones = [each for each in draft.scenarios if each.entry and each.entry.rule == "always"]
    links = {
        one.name.value: {
            other.name.value: effect
            for other in open_ones
            for effect in effects[one.name.value]
            if _starts(effect, other, draft)
        }
        for one in open_ones
    }
    by_name = {each.name.value: each for each in open_ones}
    reported: set[str] = set()
    for name in links:
        circle = _circle(name, links)
        if circle and reported.isdisjoint(circle):
            reported.update(circle)
            yield _endless([by_name[each] for each in circle], links)


def _effects(scenario: s.Scenario) -> list[_Effect]:
    found: list[_Effect] = []
    for step in scenario.every_step:
        match step:
            case s.EmitStep(event=event):
                found.append(_Effect(event.value, None, event.span))
            case s.GrantStep():
                found.append(_Effect("consent.granted", None, step.frame.span))
            case s.SetStep(assignments=lines):
                found += [
                    _Effect("contact.changed", line.name.value, line.name.span)
                    for line in lines
                    if line.scope == "contact"
                ]
    return found


def _starts(effect: _Effect, scenario: s.Scenario, draft: Draft) -> bool:
    return any(_is_started(effect, trigger, scenario, draft) for trigger in scenario.triggers)


def _is_started(effect: _Effect, trigger: s.Trigger, scenario: s.Scenario, draft: Draft) -> bool:
    match trigger:
        case s.EventTrigger(pattern=pattern) if pattern.event.value == effect.event:
            meaning = draft.meanings[scenario.file.path].of.get(pattern.where) if pattern.where else None
            named = _attributes(meaning.expression) if meaning else None
            return effect.attribute is None or named is None or effect.attribute in named
        case s.ChangeTrigger(attribute=attribute):
            return effect.attribute == attribute.value
        case s.SegmentTrigger(segment=segment):
            return effect.attribute in _attributes_of_segment(segment.value, draft)
    return False


def _attributes(where: Expression) -> set[str] | None:
    """The attributes that a `where` over `contact.changed` lets through; None for any."""
    for condition in conjuncts(where):
        if isinstance(condition, Compare) and condition.op == "==":
            sides = (condition.left, condition.right)
            names = {side.value for side in sides if isinstance(side, Choice)}
            if names and any(isinstance(side, Field) and side.path == ("attribute",) for side in sides):
                return names
    return None


def _attributes_of_segment(name: str, draft: Draft) -> frozenset[str]:
    formula: Formula | None = draft.segments.get(name)
    if formula is None:
        return frozenset()
    return mentions_of([formula.root], draft.catalog.attributes, draft.segments).attributes


def _circle(start: str, links: dict[str, dict[str, _Effect]]) -> list[str]:
    """The shortest way from a scenario back to itself, without the last step; empty where there is none."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for name in links[way[-1]]:
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _endless(circle: list[s.Scenario], links: dict[str, dict[str, _Effect]]) -> Diagnostic:
    names = [each.name.value for each in circle]
    following = [*names[1:], names[0]]
    effects = [links[name][other] for name, other in zip(names, following, strict=True)]
    related = [
        Related(scenario.file, effect.span, f"starts `{other}` again")
        for scenario, effect, other in zip(circle[1:], effects[1:], following[1:], strict=True)
    ]
    way = " -> ".join([*names, names[0]])
    return Diagnostic(
        "E406",
        "error",
        "scenarios start one another without end",
        circle[0].file,
        effects[0].span,
        label=f"starts `{following[0]}`",
        help="give one of them `entry: once` or `entry: once per 30 days`",
        note=f"the circle is {way}",
        related=tuple(related),
    )
