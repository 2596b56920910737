"""An event of `catalog.yaml`: its properties, the object it is about, and how it stands in a timeline."""

from collections.abc import Mapping as Named

from dsl.catalog import DIRECTIONS, MEDIA, Direction, EventType, Interaction
from dsl.diagnostics import did_you_mean
from dsl.scenario import Given
from dsl.shapes import Shapes
from dsl.tree import Mapping
from dsl.type_notation import record
from dsl.types import ChoiceOf, Record, Type

KEYS = ("about", "_purpose", "_medium", "_direction", "_where", "_outcome")
"""What is said of an event among its properties."""

WORDS: Named[str, Direction | None] = {**dict(zip(DIRECTIONS, DIRECTIONS, strict=True)), "none": None}


def read_event(shapes: Shapes, name: str, mapping: Mapping) -> EventType:
    """The event that stands below its name."""
    reader = _Reader(shapes, name, record(shapes, mapping, f"`{name}`", KEYS) or Record(()))
    return EventType(
        name,
        reader.properties,
        reader.property_of(mapping, "about", "what the event is about"),
        shapes.text(mapping.get("_purpose"), "`_purpose`"),
        interaction=reader.interaction(mapping),
    )


class _Reader:
    def __init__(self, shapes: Shapes, name: str, properties: Record) -> None:
        self.shapes, self.name, self.properties = shapes, name, properties

    def interaction(self, mapping: Mapping) -> Interaction:
        """How the event stands in a timeline."""
        medium, medium_of = self._medium(mapping)
        direction = self.shapes.word(mapping.get("_direction"), "`_direction`", tuple(WORDS))
        return Interaction(
            medium,
            medium_of,
            WORDS[direction.value] if direction else "in",
            self.property_of(mapping, "_where", "where it happened"),
            self.property_of(mapping, "_outcome", "what came of it"),
        )

    def property_of(self, mapping: Mapping, key: str, label: str) -> str | None:
        """The property that a key names."""
        named = self.shapes.name(mapping.get(key), f"`{key}`")
        if named and self.properties.field(named.value) is None:
            known = dict(self.properties.fields)
            remedy = did_you_mean(named.value, known) or f"declare `{named.value}: text`"
            message = f"`{self.name}` has no property `{named.value}`"
            self.shapes.error("E204", message, named.span, label=label, remedy=remedy)
        return named.value if named else None

    def _medium(self, mapping: Mapping) -> tuple[str | None, str | None]:
        """A medium, or the property that names it."""
        named = self.shapes.name(mapping.get("_medium"), "`_medium`")
        if named is None:
            return None, None
        if named.value in MEDIA:
            return named.value, None
        type_ = self.properties.field(named.value)
        if not isinstance(type_, ChoiceOf):
            self._no_medium(named, type_)
        return None, named.value

    def _no_medium(self, named: Given[str], type_: Type | None) -> None:
        choices = [name for name, each in self.properties.fields if isinstance(each, ChoiceOf)]
        if type_ is None:
            message = f"`{named.value}` is no medium, and no property of `{self.name}`"
            remedy = did_you_mean(named.value, (*MEDIA, *choices)) or f"media are {', '.join(MEDIA)}"
        else:
            message = f"the property `{named.value}` cannot tell the medium: it is no choice"
            remedy = (
                f"declare `{named.value}: {{ choice: [web, store] }}`, or name a medium: {', '.join(MEDIA)}"
            )
        self.shapes.error("E205", message, named.span, label="through what it came", remedy=remedy)
