"""Whether messages can leave at all: hours, limits and topics; and branches on what may not be observed."""

from collections.abc import Iterable, Iterator
from datetime import time
from itertools import chain

from dsl import scenario as s
from dsl.catalog import TRACKED_EVENTS
from dsl.checks.draft import Draft, class_of_message, is_limited
from dsl.diagnostics import Diagnostic, error, warning
from dsl.nodes import CanTrack, Expression, History, MessageTest
from dsl.policy import ALL_DAYS, Hours
from dsl.source import Span

WATCHED_TESTS = {"opened": "opens", "clicked": "clicks"}


def check(draft: Draft) -> Iterator[Diagnostic]:
    """Hours wider than policy's, messages that can never leave, branches on opens and clicks."""
    yield from _policy(draft)
    for scenario in draft.scenarios:
        for step in scenario.every_step:
            if isinstance(step, s.MessageStep):
                yield from _once_a_place(_message(draft, scenario, form) for form in step.forms)
            for case in step.cases if isinstance(step, s.ChooseStep) else ():
                yield from _watched(draft, scenario, case)


def _once_a_place(found: Iterable[Iterable[Diagnostic]]) -> Iterator[Diagnostic]:
    """What `first_of` says for several messages is one mistake."""
    seen: set[tuple[str, Span]] = set()
    for each in chain.from_iterable(found):
        if (each.code, each.span) not in seen:
            seen.add((each.code, each.span))
            yield each


def _policy(draft: Draft) -> Iterator[Diagnostic]:
    """A message delayed by a limit would be dropped before its last day."""
    on_cap = draft.policy.pressure.on_cap
    late = on_cap.up_to.exact_seconds > draft.policy.expires.exact_seconds
    place = draft.policy_places.get("expires") or draft.policy_places.get("pressure")
    if on_cap.action == "delay" and late and place is not None:
        yield error(
            draft.policy_file,
            "E703",
            "messages expire before `on_cap` is done delaying them",
            place,
            remedy="make `expires` at least as long as `delay up to`",
        )


def _message(draft: Draft, scenario: s.Scenario, form: s.MessageForm) -> Iterator[Diagnostic]:
    class_ = class_of_message(form, scenario, draft.catalog)
    policy = draft.policy.hours.get(form.channel.value)
    if form.hours and policy and class_ != "transactional":
        yield from _hours(scenario, form.hours, policy)
    topic = draft.catalog.topics.get((form.topic or scenario.topic or form.message).value)
    if class_ == "marketing" and topic and topic.channels and form.channel.value not in topic.channels:
        yield warning(
            scenario.file,
            "W430",
            f"nobody can have agreed to `{topic.name}` by {form.channel.value}",
            form.channel.span,
            "never leaves",
            f"`{topic.name}` is for {', '.join(topic.channels)}; add the channel to it in catalog.yaml",
        )
    yield from _limited_to_none(draft, scenario, form)


def _limited_to_none(draft: Draft, scenario: s.Scenario, form: s.MessageForm) -> Iterator[Diagnostic]:
    for limit in draft.policy.pressure.limits:
        none = limit.at_most == 0 and limit.when is None
        if none and is_limited(draft, limit, form, scenario):
            message = f"a limit lets no {form.channel.value} through"
            yield warning(
                scenario.file, "W431", message, form.channel.span, "never leaves", f"policy says {limit.text}"
            )
            return


def _hours(scenario: s.Scenario, given: s.Given[Hours], policy: Hours) -> Iterator[Diagnostic]:
    hours = given.value
    said_days = hours.days != ALL_DAYS
    wider = (
        (hours.start != time(0) and hours.start < policy.start)
        or (hours.end != time.max and hours.end > policy.end)
        or (said_days and not set(hours.days) <= set(policy.days))
    )
    never = hours.start >= policy.end or hours.end <= policy.start or not set(hours.days) & set(policy.days)
    if never:
        yield warning(
            scenario.file, "W431", "these hours and policy's never meet", given.span, "never leaves"
        )
    elif wider:
        window = f"{policy.start:%H:%M}-{'24:00' if policy.end == time.max else format(policy.end, '%H:%M')}"
        yield error(
            scenario.file,
            "E412",
            "hours that are wider than policy's",
            given.span,
            f"policy allows {window}",
            "a message may only narrow them",
        )


def _watched(draft: Draft, scenario: s.Scenario, case: s.Case) -> Iterator[Diagnostic]:
    """People who may not be tracked go the other way, whatever they do: somebody must have meant that."""
    meanings = draft.meanings[scenario.file.path].of
    meaning = meanings.get(case.when)
    if meaning is None:
        return
    watched = {what for node in meaning.nodes if (what := _what(node))}
    if not watched:
        return
    audience = meanings.get(scenario.audience) if scenario.audience is not None else None
    in_sight = (*meaning.nodes, *(audience.nodes if audience else ()))
    asked = {node.what for node in in_sight if isinstance(node, CanTrack)}
    for what in sorted(watched - asked):
        yield Diagnostic(
            "W432",
            "warning",
            f"a branch on {what} without consent in sight",
            scenario.file,
            case.when.span,
            label=f"unknown for who may not be tracked by {what}",
            help=f"add `can_track({what}) and`, or branch on something that they do",
            note="what is unknown is no: they all take the other branch",
        )


def _what(node: Expression) -> str | None:
    if isinstance(node, MessageTest):
        return WATCHED_TESTS.get(node.function)
    return TRACKED_EVENTS.get(node.event) if isinstance(node, History) else None
