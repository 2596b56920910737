"""Located tree to the lines of `when`: what happens to the person of a story."""

from collections.abc import Callable
from datetime import date
from pathlib import PurePosixPath
from typing import TypeAlias

from dsl.catalog import Catalog
from dsl.diagnostics import did_you_mean
from dsl.frozen import dataclass
from dsl.shapes import Shapes, head, shown
from dsl.source import Span
from dsl.story import (
    Calls,
    Changes,
    Confirms,
    Deed,
    Happens,
    Line,
    Pauses,
    Publishes,
    Reacts,
    Replies,
    Unsubscribes,
    When,
)
from dsl.story_cast import Cast, Known
from dsl.story_values import Values, point_of
from dsl.tree import Mapping, Node, Scalar, is_null
from dsl.types import Record, Type
from dsl.written import Given as Written

EVERYTHING = "everything"
OURS = ("id", "created_at")
INSTEAD = {
    "contact.changed": "write `changes: { tier: gold }`",
    "message.opened": "write `opens: STEP`",
    "message.clicked": "write `clicks: STEP`",
    "message.replied": 'write `replies: "..."`',
    "message.bounced": "write `bounces: STEP`",
    "message.complained": "write `complains: STEP`",
    "consent.confirmed": "write `confirms: TOPIC`",
    "message.sent": "it comes by itself when a message leaves",
    "message.delivered": "it comes by itself when a message leaves, unless it bounces",
}
"""Events that follow from what somebody does, and are written as such."""

Fields: TypeAlias = dict[str, Node]


@dataclass(frozen=True, slots=True)
class Said:
    """A line as the tree has it: its verb, what stands after it, and every field of the line."""

    verb: str
    value: Node
    fields: Fields


@dataclass(frozen=True)
class Reader:
    """What reading the lines of a file needs: shapes, the project, the scenarios that are played."""

    shapes: Shapes
    known: Known
    cast: Cast
    starts: date | None
    """None where it was reported."""

    @property
    def catalog(self) -> Catalog:
        """What may be spoken of."""
        return self.known.catalog

    @property
    def values(self) -> Values:
        """Reads plain values."""
        return Values(self.shapes, self.catalog.brand.currency)

    def attributes(self) -> dict[str, Type]:
        """Attributes that a story may give or change."""
        found = self.catalog.attributes.values()
        return {each.name: each.type for each in found if each.computed is None and each.name != "id"}

    def named(
        self, node: Node, what: str, among: object, code: str, where: str = "catalog.yaml"
    ) -> str | None:
        """A text that is one of the names there are; a stranger is reported with the nearest."""
        scalar = self.shapes.scalar(node, what, "a name")
        if scalar is None:
            return None
        names = sorted(among) if isinstance(among, frozenset | tuple | dict) else []
        if scalar.value in names:
            return scalar.value
        listed = f"there are: {', '.join(names)}" if names else f"there is none in {where}"
        self.shapes.error(
            code,
            f"unknown {what} `{shown(scalar.value)}`",
            scalar.span,
            label=f"not in {where}",
            remedy=did_you_mean(scalar.value, names) or listed,
        )
        return None

    def event(self, node: Node) -> tuple[str, Record] | None:
        """A declared event and its properties."""
        name = self.named(node, "event", tuple(self.catalog.events), "E210")
        return None if name is None else (name, self.catalog.events[name].properties)

    def line(self, node: Node) -> Line | None:
        """One line of `when`."""
        mapping = self.shapes.mapping(node, "a line of `when`")
        verb = None if mapping is None else verb_of(self.shapes, mapping, tuple(VERBS), "a line of `when`")
        if mapping is None or verb is None:
            return None
        keys, read = VERBS[verb.value]
        fields = self.shapes.fields(
            mapping, f"`{verb.value}`", ("at", verb.value, *keys, "scenario"), ("at",)
        )
        at = self.at(fields.get("at"))
        deed = read(self, Said(verb.value, fields[verb.value], fields))
        scenario = self.scenario(fields.get("scenario"))
        if at is None or deed is None:
            return None
        return Line(at, deed, text_of(self.shapes, mapping), mapping.span, scenario)

    def at(self, node: Node | None) -> When | None:
        """`at:` of a line."""
        return point_of(self.shapes, node, self.starts)

    def scenario(self, node: Node | None) -> str | None:
        """`scenario:` of a line, one of those that are played."""
        if node is None:
            return None
        names = tuple(each.name.value for each in self.cast.scenarios)
        if not self.cast.sure:
            return self.shapes.text(node, "`scenario`")
        return self.named(node, "scenario", names, "E801", "`scenarios` of this file")


def verb_of(shapes: Shapes, mapping: Mapping, verbs: tuple[str, ...], what: str) -> Written[str] | None:
    """The one key that says what a line is about."""
    written = [entry.key for entry in mapping.entries if entry.key.value in verbs]
    if len(written) == 1:
        return Written(written[0].value, written[0].span)
    if written:
        message = f"two lines in one: `{written[0].value}` and `{written[1].value}`"
        shapes.error("E802", message, written[1].span, label="a line of its own", remedy="begin it with `- `")
        return None
    first = next((e.key for e in mapping.entries if e.key.value not in ("at", "scenario", "with")), None)
    remedy = (did_you_mean(first.value, verbs) if first else None) or "one of " + ", ".join(verbs)
    shapes.error("E802", f"{what} does not say what", first.span if first else head(mapping), remedy=remedy)
    return None


def text_of(shapes: Shapes, mapping: Mapping) -> str:
    """A line as it was written, without braces, for people who read what came of it."""
    raw = shapes.file.text[mapping.span.start : mapping.span.end].strip()
    if mapping.flow:
        return " ".join(raw.removeprefix("{").removesuffix("}").split())
    return ", ".join(part.strip() for part in raw.splitlines() if part.strip())


# What may happen


def _event(reader: Reader, said: Said) -> Deed | None:
    found = reader.event(said.value)
    if found is None:
        return None
    name, properties = found
    if name in INSTEAD:
        reader.shapes.error(
            "E802", f"`{name}` follows from what a person does", _place(said.value), remedy=INSTEAD[name]
        )
        return None
    what = f"`{name}`"
    return Happens(name, reader.values.record(said.fields.get("with"), what, dict(properties.fields), "E213"))


def _changes(reader: Reader, said: Said) -> Deed | None:
    values = reader.values.record(said.value, "`changes`", reader.attributes(), "E211")
    for name in OURS:
        if name in values:
            reader.shapes.error("E212", f"`{name}` cannot be changed", head(said.value))
    source = reader.shapes.text(said.fields.get("source"), "`source`") or "story"
    return Changes(values, source) if values else None


def _reacts(reader: Reader, said: Said) -> Deed | None:
    step = _step(reader, said.value)
    link = reader.shapes.text(said.fields.get("link"), "`link`")
    if step is None:
        return None
    match said.verb:
        case "opens" | "clicks" | "bounces" | "complains" as how:
            return Reacts(how, step, link)
    return None


def _step(reader: Reader, node: Node) -> str | None:
    if not reader.cast.sure:
        return reader.shapes.text(node, "a step")
    return reader.named(node, "message step", reader.cast.message_steps, "E803", "the scenarios of this file")


def _replies(reader: Reader, said: Said) -> Deed | None:
    if "to" in said.fields:
        reader.shapes.word(said.fields["to"], "`to`", ("sms",))
    text = reader.shapes.text(said.value, "`replies`")
    return None if text is None else Replies(text)


def _unsubscribes(reader: Reader, said: Said) -> Deed | None:
    topic = reader.named(said.value, "topic", tuple(reader.catalog.topics), "E215")
    channel = "email"
    if "channel" in said.fields:
        channel = reader.named(said.fields["channel"], "channel", reader.known.channels, "E214") or channel
    return None if topic is None else Unsubscribes(topic, channel)


def _confirms(reader: Reader, said: Said) -> Deed | None:
    topic = reader.named(said.value, "topic", tuple(reader.catalog.topics), "E215")
    return None if topic is None else Confirms(topic)


def _calls(reader: Reader, said: Said) -> Deed | None:
    if not reader.cast.sure:
        name = reader.shapes.text(said.value, "`calls`")
        return None if name is None else Calls(name, {})
    where = "the scenarios of this file that a call starts"
    name = reader.named(said.value, "scenario", reader.cast.called, "E801", where)
    if name is None:
        return None
    inputs = dict(reader.cast.called[name].inputs)
    return Calls(name, reader.values.record(said.fields.get("with"), f"`{name}`", inputs, "E213"))


def _publishes(reader: Reader, said: Said) -> Deed | None:
    node = said.value
    name = reader.shapes.text(node, "`publishes`")
    if name is None:
        return None
    path = beside(reader.shapes.file.path, name)
    if path in reader.known.files:
        return Publishes(path)
    remedy = f"write {path}, the scenario as it is then"
    reader.shapes.error(
        "E807", f"there is no file `{shown(name)}` beside the stories", _place(node), remedy=remedy
    )
    return None


def beside(path: str, name: str) -> str:
    """The path of a file named beside another one."""
    return (PurePosixPath(path).parent / name).as_posix()


def _pauses(reader: Reader, said: Said) -> Deed | None:
    node, resumes = said.value, said.verb == "resumes"
    if is_null(node):
        return Pauses(EVERYTHING, resumes)
    names = tuple(each.name.value for each in reader.cast.scenarios)
    among = (*names, *reader.known.channels, EVERYTHING)
    if not reader.cast.sure:
        subject = reader.shapes.text(node, f"`{said.verb}`")
    else:
        subject = reader.named(node, "scenario or channel", among, "E801", "`scenarios` of this file")
    return None if subject is None else Pauses(subject, resumes)


def _place(node: Node) -> Span:
    return node.span if isinstance(node, Scalar) else head(node)


VERBS: dict[str, tuple[tuple[str, ...], Callable[[Reader, Said], Deed | None]]] = {
    "event": (("with",), _event),
    "changes": (("source",), _changes),
    "opens": ((), _reacts),
    "clicks": (("link",), _reacts),
    "replies": (("to",), _replies),
    "unsubscribes": (("channel",), _unsubscribes),
    "bounces": ((), _reacts),
    "complains": ((), _reacts),
    "confirms": ((), _confirms),
    "calls": (("with",), _calls),
    "publishes": ((), _publishes),
    "pauses": ((), _pauses),
    "resumes": ((), _pauses),
}
"""The closed list: verb to the keys that go with it, and the function that reads it."""
