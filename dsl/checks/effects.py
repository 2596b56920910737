"""What scenarios and their handlers do that may start a scenario or call a handler: events, and changes.

A message is sent, arrives or comes back without anybody's doing, which is why its events are effects of the
step; that it is read and answered is up to a person, who is no part of a circle.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from dsl import scenario as s
from dsl.catalog import OURS
from dsl.checks.draft import Draft, class_of_message
from dsl.dependence import conjuncts
from dsl.frozen import dataclass
from dsl.meaning import Meaning
from dsl.needs import mentions_of
from dsl.nodes import Choice, Compare, Constant, Expression, Field, IsKnown, Unknown
from dsl.policy import Formula
from dsl.proofs.claims import YES, Claim
from dsl.proofs.solver import impossible
from dsl.proofs.terms import Definitions
from dsl.source import Span
from dsl.values import Value

_Known: TypeAlias = dict[str, Constant | Choice | None]
_Wanted: TypeAlias = tuple[str, str] | None
_WRITTEN = (Constant, Choice, Unknown)
_BY_ITSELF = sorted(OURS, reverse=True)


@dataclass(frozen=True, eq=False)
class Part:
    """What an effect can set going: a scenario, or one of its handlers."""

    scenario: s.Scenario
    handler: s.Handler | None = None

    @property
    def name(self) -> str:
        """As diagnostics call it."""
        name = self.scenario.name.value
        return name if self.handler is None else f"a handler of {name}"


@dataclass(frozen=True, eq=False)
class Effect:
    """An event that is raised; with `attribute` one that tells of its change.

    `known` are the properties of which the value is sure, None where it is unknown; `given` the expressions
    of the others. `step`: the one that does it, None for a handler.
    """

    event: str
    span: Span
    step: s.Step | None
    known: _Known
    given: dict[str, s.Written]
    attribute: str | None = None


def _parts_of(draft: Draft) -> list[Part]:
    """Scenarios, and handlers that change attributes: others raise nothing."""
    parts: list[Part] = []
    for scenario in draft.scenarios:
        parts.append(Part(scenario))
        parts += [
            Part(scenario, handler)
            for handler in scenario.handlers
            if any(line.scope == "contact" for line in handler.assignments)
        ]
    return parts


def assignments_of(scenario: s.Scenario) -> Iterator[s.Assignment]:
    """All lines of `set` and `add`, of steps and handlers."""
    for step in scenario.every_step:
        if isinstance(step, s.SetStep):
            yield from step.assignments
    for handler in scenario.handlers:
        yield from handler.assignments


class Effects:
    """The effects of the parts of a project, and what they set going."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._known = Definitions(draft.catalog.attributes, draft.segments)
        self._settled = self._settled_attributes()
        self._answers: dict[tuple[object, ...], bool] = {}
        self._listening: dict[str, dict[_Wanted, list[Part]]] = {}
        self.parts = _parts_of(draft)
        for part in self.parts:
            for event, wanted in self._heard_by(part):
                self._listening.setdefault(event, {}).setdefault(wanted, []).append(part)

    def meaning(self, part: Part, written: s.Written | None) -> Expression | None:
        """A resolved expression; None where there is none, or where it has an error of its own."""
        found = self.draft.meanings[part.scenario.file.path].of.get(written) if written else None
        return found.expression if found else None

    def of(self, part: Part) -> list[Effect]:
        """All that a part does, in the order of the file."""
        if part.handler is not None:
            return list(self._changes(part, part.handler.assignments, None))
        return [effect for step in part.scenario.every_step for effect in self._of_step(part, step)]

    def _of_step(self, part: Part, step: s.Step) -> Iterable[Effect]:
        match step:
            case s.EmitStep():
                yield self._emitted(part, step)
            case s.GrantStep(topic=topic, channel=channel):
                known = {"topic": Choice(topic.value), "channel": Choice(channel.value), **_source(part)}
                yield Effect("consent.granted", step.frame.span, step, known, {})
            case s.SetStep(assignments=lines):
                yield from self._changes(part, lines, step)
            case s.MessageStep(forms=forms):
                for form in forms:
                    yield from self._of_message(part, step, form)

    def _emitted(self, part: Part, step: s.EmitStep) -> Effect:
        declared = self.draft.catalog.events.get(step.event.value)
        known: _Known = {name: None for name, _ in (declared.properties.fields if declared else ())}
        given = {line.name.value: line.value for line in step.with_}
        for name, written in given.items():
            known.pop(name, None)
            value = self.meaning(part, written)
            if isinstance(value, Constant | Choice):
                known[name] = value
        return Effect(step.event.value, step.event.span, step, known, given)

    def _of_message(self, part: Part, step: s.MessageStep, form: s.MessageForm) -> Iterator[Effect]:
        events = [event for event in _BY_ITSELF if event in self._listening]
        if not events:
            return
        scenario = part.scenario
        topic = form.topic or scenario.topic
        known: _Known = {
            "scenario": Choice(scenario.name.value),
            "step": Constant(step.frame.id),
            "channel": Choice(form.channel.value),
            "class": Choice(class_of_message(form, scenario, self.draft.catalog)),
        }
        if topic:
            known["topic"] = Choice(topic.value)
        for event in events:
            # A hard bounce blocks the address, so that nothing follows it there.
            more: _Known = {"bounce": Choice("soft")} if event == "message.bounced" else {}
            yield Effect(event, form.message.span, step, known | more, {})

    def _changes(self, part: Part, lines: Iterable[s.Assignment], step: s.SetStep | None) -> Iterator[Effect]:
        for line in lines:
            if line.scope == "contact" and line.name.value not in self._settled:
                known = {"attribute": Choice(line.name.value), **_source(part)}
                given = {"after": line.value} if line.value else {}
                yield Effect("contact.changed", line.name.span, step, known, given, line.name.value)

    def _settled_attributes(self) -> frozenset[str]:
        """Attributes to which scenarios give one and the same value alone: the second time is no change."""
        values: dict[str, set[Value | Expression]] = {}
        for part in map(Part, self.draft.scenarios):
            for line in assignments_of(part.scenario):
                if line.scope == "contact":
                    values.setdefault(line.name.value, set()).add(self._written(part, line))
        return frozenset(name for name, given in values.items() if len(given) == 1 and given != {_OTHER})

    def _written(self, part: Part, line: s.Assignment) -> Value | Expression:
        value = self.meaning(part, line.value) if line.value else Unknown()
        if line.op == "add" or not isinstance(value, _WRITTEN):
            return _OTHER
        return None if isinstance(value, Unknown) else value.value

    # what they set going

    def set_going(self, effect: Effect) -> list[Part]:
        """The parts that an effect may call."""
        listening = self._listening.get(effect.event, {})
        parts = {
            part: None
            for wanted, those in listening.items()
            if wanted is None or _may_be(effect, *wanted)
            for part in those
        }
        return [part for part in parts if self._calls(effect, part)]

    def _heard_by(self, part: Part) -> Iterator[tuple[str, _Wanted]]:
        """The events by which a part is called, each with a value that it wants of a property."""
        if part.handler is not None:
            yield self._wanted(part, part.handler.pattern)
            return
        for trigger in part.scenario.triggers:
            match trigger:
                case s.EventTrigger(pattern=pattern):
                    yield self._wanted(part, pattern)
                case s.ChangeTrigger() | s.SegmentTrigger():
                    yield "contact.changed", None

    def _wanted(self, part: Part, pattern: s.Pattern) -> tuple[str, _Wanted]:
        """By one value most of those who listen to an event are told apart without a proof."""
        condition = self.meaning(part, pattern.where)
        for each in conjuncts(condition) if condition else ():
            match each:
                case (
                    Compare(
                        op="==", left=Field(root="property", path=(name,)), right=Choice(value=str() as value)
                    )
                    | Compare(
                        op="==",
                        left=Field(root="property", path=(name,)),
                        right=Constant(value=str() as value),
                    )
                ):
                    return pattern.event.value, (name, value)
        return pattern.event.value, None

    def _calls(self, effect: Effect, part: Part) -> bool:
        if part.handler is not None:
            return self._fits(effect, part.handler.pattern, part)
        return any(self._starts(effect, trigger, part) for trigger in part.scenario.triggers)

    def _starts(self, effect: Effect, trigger: s.Trigger, part: Part) -> bool:
        match trigger:
            case s.EventTrigger(pattern=pattern):
                return self._fits(effect, pattern, part)
            case s.ChangeTrigger(attribute=attribute):
                return effect.attribute == attribute.value
            case s.SegmentTrigger(segment=segment):
                return effect.attribute in self._attributes_of_segment(segment.value)
        return False

    def _fits(self, effect: Effect, pattern: s.Pattern, part: Part) -> bool:
        """Whether the condition of a pattern can hold of an effect, by what is sure of its properties."""
        if pattern.event.value != effect.event:
            return False
        meanings = self.draft.meanings[part.scenario.file.path]
        meaning = meanings.of.get(pattern.where) if pattern.where else None
        if meaning is None:
            return True
        known = {name: effect.known[name] for name in _asked_for(meaning) if name in effect.known}
        # Many listen to few events, and most conditions are about what messages of the same kind all have.
        asked = (id(meaning), *((name, value and value.value) for name, value in known.items()))
        if asked not in self._answers:
            self._answers[asked] = not _is_refuted(meaning, known, self._known)
        return self._answers[asked]

    def _attributes_of_segment(self, name: str) -> frozenset[str]:
        formula: Formula | None = self.draft.segments.get(name)
        if formula is None:
            return frozenset()
        return mentions_of([formula.root], self.draft.catalog.attributes, self.draft.segments).attributes


_OTHER = Unknown()
"""Stands for every value that is calculated."""


def _source(part: Part) -> _Known:
    return {"source": Constant(f"scenario {part.scenario.name.value}")}


def _asked_for(meaning: Meaning) -> dict[str, None]:
    """The properties of the event that a condition names."""
    found = (node for node in meaning.nodes if isinstance(node, Field) and node.root == "property")
    return dict.fromkeys(node.path[0] for node in found)


def _is_refuted(meaning: Meaning, known: _Known, definitions: Definitions) -> bool:
    """Whether a condition cannot hold by what is sure of an event."""
    conditions = [meaning.expression, *(_is(name, value) for name, value in known.items())]
    return impossible([Claim(each, YES, meaning.environment) for each in conditions], definitions)


def _may_be(effect: Effect, name: str, wanted: str) -> bool:
    value = effect.known.get(name)
    return name not in effect.known or (value is not None and value.value == wanted)


def _is(name: str, value: Constant | Choice | None) -> Expression:
    field = Field("property", (name,))
    return IsKnown(field, negated=True) if value is None else Compare("==", field, value)
