"""Which values are new in each round of a circle: those by which a `key` lets the same person in again.

Values flow from what an event says to what the next one says. New are those that grow by a calculation from
their own last value, the instant and the counts of a history, and all that follows from these.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from dsl import scenario as s
from dsl.checks.effects import Effect, Effects, Part, assignments_of
from dsl.nodes import Calculate, Expression, Field, History
from dsl.traversal import walk
from dsl.types import BOOLEAN, ChoiceOf

Place: TypeAlias = tuple[str, ...]
"""Where a value stands: (`event`, scenario, property), (`run`, scenario, variable) or (`contact`, name)."""

NEW: Place = ("new",)
Links: TypeAlias = Iterable[tuple[Part, Effect, Part]]


class FreshKeys:
    """The values that go round in circles, given by the effects of which they are made."""

    def __init__(self, effects: Effects, circling: Links) -> None:
        self._effects = effects
        self._flows: dict[Place, set[Place]] = {}
        self._growing: set[tuple[Place, Place]] = set()
        scenarios: dict[str, Part] = {}
        for one, effect, other in circling:
            scenarios[one.scenario.name.value] = one
            self._passed_on(one, effect, other)
        for part in scenarios.values():
            self._assigned(part)
        self._new = self._from({NEW})
        for source, target in self._growing:
            if source in self._from({target}):
                self._new |= self._from({target})

    def is_fresh(self, part: Part) -> bool:
        """Whether the key of a scenario may be another one in each round."""
        key = part.scenario.key
        meaning = self._effects.draft.meanings[part.scenario.file.path].of.get(key) if key else None
        if meaning is None or meaning.type == BOOLEAN or isinstance(meaning.type, ChoiceOf):
            return False
        return any(place in self._new for place in self._places(part, meaning.expression))

    def _passed_on(self, one: Part, effect: Effect, other: Part) -> None:
        for name, written in effect.given.items():
            self._flow(one, written, _event(other, name))
        if effect.attribute is not None:
            self._link(("contact", effect.attribute), _event(other, "after"))

    def _assigned(self, part: Part) -> None:
        """What the scenario of a part gives to attributes and variables."""
        name = part.scenario.name.value
        for line in assignments_of(part.scenario):
            own: Place = ("run", name) if line.scope == "run" else ("contact",)
            target = (*own, line.name.value)
            if line.op == "add":
                self._link(target, target, growing=True)
            if line.value:
                self._flow(part, line.value, target)

    def _flow(self, part: Part, written: s.Written, target: Place) -> None:
        expression = self._effects.meaning(part, written)
        if expression is not None:
            growing = any(isinstance(node, Calculate) for node in walk(expression))
            for source in self._places(part, expression):
                self._link(source, target, growing=growing)

    def _link(self, source: Place, target: Place, *, growing: bool = False) -> None:
        self._flows.setdefault(source, set()).add(target)
        if growing:
            self._growing.add((source, target))

    def _places(self, part: Part, expression: Expression) -> Iterator[Place]:
        """Where the values stand of which an expression is made."""
        for node in walk(expression):
            match node:
                case Field(root="event" | "property", path=(name, *_)):
                    yield _event(part, name)
                case Field(root="item"):
                    yield from self._items(part)
                case Field(root="run", path=("key",)) if part.scenario.key:
                    key = self._effects.meaning(part, part.scenario.key)
                    yield from self._places(part, key) if key else ()
                case Field(root="run", path=(name, *_)):
                    yield ("run", part.scenario.name.value, name)
                case Field(root="contact", path=(name, *_)):
                    yield ("contact", name)
                case Field(root="clock", path=("now" | "entry",)) | History(function="count" | "sum"):
                    yield NEW

    def _items(self, part: Part) -> Iterator[Place]:
        for trigger in part.scenario.triggers:
            if isinstance(trigger, s.EventTrigger) and trigger.for_each:
                through = self._effects.meaning(part, trigger.for_each)
                yield from self._places(part, through) if through else ()

    def _from(self, places: Iterable[Place]) -> set[Place]:
        """The places, and all to which their values flow."""
        return reached(places, self._flows)


def reached(places: Iterable[Place], flows: Mapping[Place, Iterable[Place]]) -> set[Place]:
    """All places to which some lead, themselves among them."""
    found, pending = set(places), list(places)
    while pending:
        for place in flows.get(pending.pop(), ()):
            if place not in found:
                found.add(place)
                pending.append(place)
    return found


def _event(part: Part, name: str) -> Place:
    return ("event", part.scenario.name.value, name)
