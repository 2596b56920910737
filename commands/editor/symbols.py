"""The names that a scenario speaks of, each with its kind and its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dsl import nodes
from dsl import scenario as s
from dsl.environment import Environment
from dsl.meaning import Meanings
from dsl.nodes import Expression
from dsl.source import Span
from dsl.traversal import walk

SymbolKind = Literal[
    "attribute", "event", "property", "segment", "topic", "channel", "webhook", "pool", "text", "step",
    "message", "function", "value", "variable", "verb", "scenario",
]  # fmt: skip


@dataclass(frozen=True)
class Symbol:
    """A name at a place.

    `channel`: of a message. `env`: of the expression that it stands in. `defines`: a step says its id here.
    """

    kind: SymbolKind
    name: str
    span: Span
    channel: str = ""
    env: Environment | None = None
    defines: bool = False


def symbols_of(scenario: s.Scenario, meanings: Meanings) -> Iterator[Symbol]:
    """Every name of a scenario, in no order."""
    for written, env in meanings.environments.items():
        if written.tree is not None:
            yield from of_expression(written.tree, env)
    yield from _of_head(scenario)
    for step in s.walk(scenario.steps):
        yield Symbol("verb", step_verb(scenario, step), step.frame.span)
        yield from _given("step", step.frame.given_id, defines=True)
        yield from _of_step(step)


def step_verb(scenario: s.Scenario, step: s.Step) -> str:
    """The verb of a step as it is written."""
    return scenario.file.text[step.frame.span.start : step.frame.span.end].strip("\"'")


def _given(kind: SymbolKind, given: s.Given[str] | None, *, defines: bool = False) -> Iterator[Symbol]:
    if given is not None and given.value:
        yield Symbol(kind, given.value, given.span, defines=defines)


def _pattern(pattern: s.Pattern | None) -> Iterator[Symbol]:
    if pattern is not None:
        yield from _given("event", pattern.event)


# Above the steps


def _of_head(scenario: s.Scenario) -> Iterator[Symbol]:
    yield from _given("topic", scenario.topic)
    for trigger in scenario.triggers:
        match trigger:
            case s.EventTrigger(pattern=pattern):
                yield from _pattern(pattern)
            case s.SegmentTrigger(segment=segment):
                yield from _given("segment", segment)
            case s.ChangeTrigger(attribute=attribute):
                yield from _given("attribute", attribute)
    yield from _pattern(scenario.goal.pattern if scenario.goal else None)
    for end in scenario.exits:
        yield from _pattern(end.pattern)
    for handler in scenario.handlers:
        yield from _pattern(handler.pattern)
        yield from _assigned(handler.assignments)


# Steps


def _of_step(step: s.Step) -> Iterator[Symbol]:
    match step:
        case s.MessageStep(forms=forms):
            yield from (symbol for form in forms for symbol in _of_form(form))
        case s.WaitForStep():
            yield from _of_wait(step)
        case s.SetStep(assignments=assignments):
            yield from _assigned(assignments)
        case s.GrantStep(topic=topic, channel=channel, text=text):
            yield from _given("topic", topic)
            yield from _given("channel", channel)
            yield from _given("text", text)
        case s.SuppressStep(topic=topic, channel=channel):
            yield from _given("topic", topic)
            yield from _given("channel", channel)
        case s.EmitStep(event=event):
            yield from _given("event", event)
        case s.CallStep(webhook=webhook):
            yield from _given("webhook", webhook)


def _of_form(form: s.MessageForm) -> Iterator[Symbol]:
    yield Symbol("message", form.message.value, form.message.span, form.channel.value)
    yield from _given("topic", form.topic)


def _of_wait(step: s.WaitForStep) -> Iterator[Symbol]:
    for branch in step.branches:
        yield from _pattern(branch.pattern)
        if branch.id is not step.frame.given_id:
            yield from _given("step", branch.id, defines=True)
    yield from _given("step", step.reply)


def _assigned(assignments: tuple[s.Assignment, ...]) -> Iterator[Symbol]:
    for line in assignments:
        yield from _given("attribute" if line.scope == "contact" else "variable", line.name)


# Expressions


def of_expression(tree: Expression, env: Environment) -> Iterator[Symbol]:
    """Every name of an expression that stands in an environment."""
    for node in walk(tree):
        yield from _of_node(node, env)


def _of_node(node: Expression, env: Environment) -> Iterator[Symbol]:
    match node:
        case nodes.Name():
            yield _of_name(node, env)
        case nodes.InSegment(segment=segment, span=span):
            yield Symbol("segment", segment, Span(span.end - len(segment), span.end))
        case nodes.History(event=event, name_span=span, window=window):
            yield Symbol("event", event, Span(span.start, span.start + len(event)))
            if window.anchor is not None and window.anchor != "entry":
                end = window.span.end
                yield Symbol("step", window.anchor, Span(end - len(window.anchor), end))
        case nodes.MessageTest(step=step, name_span=span):
            yield Symbol("step", step, span)
        case nodes.CanReceive(channel=channel, topic=topic, name_span=span, topic_span=topic_span):
            yield Symbol("channel", channel, span)
            if topic is not None:
                yield Symbol("topic", topic, topic_span)
    yield from _function(node)


def _function(node: Expression) -> Iterator[Symbol]:
    match node:
        case nodes.History(function=name, span=span) | nodes.MessageTest(function=name, span=span):
            yield Symbol("function", name, Span(span.start, span.start + len(name)))
        case nodes.CanReceive(span=span):
            yield Symbol("function", "can_receive", Span(span.start, span.start + len("can_receive")))
        case nodes.CanTrack(span=span):
            yield Symbol("function", "can_track", Span(span.start, span.start + len("can_track")))
        case nodes.Call(function=name, name_span=span):
            yield Symbol("function", name, span)


def _of_name(node: nodes.Name, env: Environment) -> Symbol:
    """What a dotted name is, by where it stands; a word that means nothing there is a value."""
    root, name = node.path[0], ".".join(node.path)
    if env.looked_at is not None and env.looked_at.field(root) is not None:
        return Symbol("property", name, node.span, env=env)
    if root == "contact" and len(node.path) > 1:
        return Symbol("attribute", node.path[1], node.span, env=env)
    if root in env.bound:
        return Symbol("step", root, Span(node.span.start, node.span.start + len(root)), env=env)
    if len(node.path) > 1:
        return Symbol("property", name, node.span, env=env)
    if root in env.catalog.codes:
        return Symbol("pool", root, node.span, env=env)
    return Symbol("value", root, node.span, env=env)
