"""What a careful project has: purposes for personal data, histories within retention, stories."""

from collections.abc import Iterator
from typing import TypeAlias

from dsl import scenario as s
from dsl.checks.draft import Draft
from dsl.diagnostics import Diagnostic, warning
from dsl.needs import Mentions, mentions_of
from dsl.nodes import History, Window
from dsl.source import Span
from dsl.values import Duration
from dsl.wording.constants import duration


def check(draft: Draft) -> Iterator[Diagnostic]:
    """Personal data without a purpose or for another, windows beyond retention, scenarios without a story."""
    mentioned = [(each, _mentions(draft, each)) for each in draft.scenarios]
    yield from _purposes(draft, mentioned)
    yield from _behaviour(draft, mentioned)
    for scenario in draft.scenarios:
        yield from _retention(draft, scenario)
        if scenario.name.value not in draft.told:
            yield warning(
                scenario.file,
                "W442",
                f"no story tells what `{scenario.name.value}` does",
                scenario.name.span,
                remedy=f"write one in {scenario.file.path.removesuffix('.yaml')}.test.yaml",
            )


OBSERVED = frozenset(
    {"browsed", "clicked", "hovered", "listened", "located", "opened", "played", "read"}
    | {"scrolled", "searched", "seen", "swiped", "viewed", "visited", "watched"}
)
"""Verbs of events that are observed, and not done with the brand: art. 82 of the French law on data."""

Mentioned: TypeAlias = list[tuple[s.Scenario, Mentions]]


def _purposes(draft: Draft, mentioned: Mentioned) -> Iterator[Diagnostic]:
    """GDPR, art. 5(1)(b): data is collected for specified purposes. Asked of what a scenario uses."""
    attributes = draft.catalog.attributes
    used: dict[str, list[s.Scenario]] = {}
    for scenario, mentions in mentioned:
        for name in mentions.attributes:
            used.setdefault(name, []).append(scenario)
    for name, scenarios in sorted(used.items()):
        attribute = attributes.get(name)
        place = draft.catalog_places.get(("contact", name))
        if not attribute or not attribute.personal or not place:
            continue
        if attribute.purpose is None:
            yield warning(
                draft.catalog_file,
                "W440",
                f"the personal attribute `{name}` has no purpose",
                place,
                f"used by `{scenarios[0].name.value}`",
                "say what it is kept for: `purpose: ...`",
            )
        else:
            yield from _for_another(draft, name, attribute.purpose, place, scenarios)


def _mentions(draft: Draft, scenario: s.Scenario) -> Mentions:
    expressions = [each.expression for each in draft.meanings[scenario.file.path].of.values()]
    return mentions_of(expressions, draft.catalog.attributes, draft.segments)


def _for_another(
    draft: Draft, name: str, purpose: str, place: Span, scenarios: list[s.Scenario]
) -> Iterator[Diagnostic]:
    """Where the purpose is one of the topics by name or title: words of any other kind are left alone."""
    named = {each.casefold(): each for each in draft.catalog.topics}
    for key, topic in draft.catalog.topics.items():
        named |= {title.casefold(): key for title in (topic.title, *topic.titles.values())}
    told = {named.get(part.strip().casefold()) for part in purpose.split(",")}
    for scenario in scenarios if None not in told else ():
        topics = _topics(scenario)
        if topics and topics.isdisjoint(told):
            yield warning(
                draft.catalog_file,
                "W444",
                f"the personal attribute `{name}` is used for another purpose than its own",
                place,
                f"`{scenario.name.value}` uses it for `{min(topics)}`",
                "name that purpose too, once people were told of it, or leave the attribute out",
            )
            return


def _topics(scenario: s.Scenario) -> set[str]:
    steps = (step for step in scenario.every_step if isinstance(step, s.MessageStep))
    forms = [form for step in steps for form in step.forms]
    said = [scenario.topic, *(form.topic for form in forms)] if forms else []
    return {each.value for each in said if each is not None}


def _behaviour(draft: Draft, mentioned: Mentioned) -> Iterator[Diagnostic]:
    """What people look at is collected for a purpose too."""
    used: dict[str, str] = {}
    for scenario, mentions in mentioned:
        for name in (*mentions.events, *_patterns(scenario)):
            used.setdefault(name, scenario.name.value)
    for name, scenario_name in sorted(used.items()):
        event = draft.catalog.events.get(name)
        place = draft.catalog_places.get(("events", name))
        observed = event is not None and not event.built_in and name.rpartition(".")[2] in OBSERVED
        if observed and event is not None and event.purpose is None and place:
            yield warning(
                draft.catalog_file,
                "W443",
                f"the behaviour that `{name}` records has no purpose",
                place,
                f"used by `{scenario_name}`",
                "say what it is collected for: `_purpose: ...`",
            )


def _patterns(scenario: s.Scenario) -> Iterator[str]:
    """The events that start a scenario, or that its runs listen to."""
    ends = [scenario.goal, *scenario.exits, *scenario.handlers]
    waits = (step for step in scenario.every_step if isinstance(step, s.WaitForStep))
    triggers = (trigger for trigger in scenario.triggers if isinstance(trigger, s.EventTrigger))
    holders = (*triggers, *ends, *(branch for step in waits for branch in step.branches))
    for holder in holders:
        if holder is not None and holder.pattern is not None:
            yield holder.pattern.event.value


def _retention(draft: Draft, scenario: s.Scenario) -> Iterator[Diagnostic]:
    kept = draft.policy.retention.get("events")
    for meaning in draft.meanings[scenario.file.path].of.values():
        for node in meaning.nodes:
            if isinstance(node, History) and kept and _is_beyond(node.window, kept):
                ever = node.window.form == "ever"
                yield warning(
                    scenario.file,
                    "W441",
                    "a history that reaches further back than events are kept",
                    node.window.span if node.window.span.end else node.span,
                    "reaches as far as retention does" if ever else "",
                    "policy.yaml keeps events for " + duration(kept),
                )


def _is_beyond(window: Window, kept: Duration) -> bool:
    if window.form == "ever":
        return True
    if window.form != "last" or window.amount is None:
        return False
    return _days(window.amount) > _days(kept)


def _days(length: Duration) -> int:
    """Days, with years of 365, so that `365 days` and `1 year` are the same."""
    return length.months * 365 // 12 + length.days
