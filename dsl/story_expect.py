"""Located tree to the lines of `expect`: everything that the scenarios of a story do."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from dsl.diagnostics import did_you_mean
from dsl.shapes import head, shown
from dsl.story import Expected, StoryValue, When
from dsl.story_lines import Reader, Said, text_of, verb_of
from dsl.story_values import Values
from dsl.tree import Mapping, Node, Scalar
from dsl.types import BOOLEAN, NUMBER, TEXT

BECAUSE = ("cap", "hours", "consent", "suppressed", "expired", "holdout", "code")

OTHERS = ("call", "task", "exit", "not_sent", "emit", "set")

Made: TypeAlias = Iterator[dict[str, StoryValue]]
"""The fields of what a line expects, beside those that every line has; several for `set`."""


def expected(reader: Reader, node: Node) -> tuple[Expected, ...]:
    """What one line of `expect` says; `set` of two attributes is two things."""
    what = "a line of `expect`"
    mapping = reader.shapes.mapping(node, what)
    channels = reader.known.channels
    verb = None if mapping is None else verb_of(reader.shapes, mapping, (*channels, *OTHERS), what)
    if mapping is None or verb is None:
        return ()
    more = ("because",) if verb.value == "not_sent" else ()
    allowed = ("at", verb.value, *more, "scenario")
    required = ("at", *more)
    fields = reader.shapes.fields(mapping, f"`{verb.value}`", allowed, required)
    at = reader.at(fields.get("at"))
    scenario = reader.scenario(fields.get("scenario"))
    made = list(READ.get(verb.value, _message)(reader, Said(verb.value, fields[verb.value], fields)))
    return tuple(_made(each, at, mapping, reader, scenario) for each in made) if at else ()


def _made(
    fields: dict[str, StoryValue], at: When, mapping: Mapping, reader: Reader, scenario: str | None
) -> Expected:
    return Expected(
        at=at, text=text_of(reader.shapes, mapping), span=mapping.span, scenario=scenario, **fields
    )


def _message(reader: Reader, said: Said) -> Made:
    node, channel = said.value, said.verb
    name = reader.shapes.name(node, f"`{channel}`")
    if name is None:
        return
    sent_by = reader.cast.channels_of
    if reader.cast.sure and channel not in sent_by.get(name.value, ()):
        own = [message for message, channels in sent_by.items() if channel in channels]
        other = sent_by.get(name.value)
        listed = f"they send: {', '.join(sorted(own))}" if own else "they send nothing by it"
        remedy = f"it is sent by {' and '.join(other)}" if other else did_you_mean(name.value, own) or listed
        message = f"no scenario of this file sends `{shown(name.value)}` by {channel}"
        reader.shapes.error("E804", message, name.span, remedy=remedy)
        return
    yield {"kind": "message", "name": name.value, "channel": channel}


def _not_sent(reader: Reader, said: Said) -> Made:
    because = reader.shapes.word(said.fields.get("because"), "`because`", BECAUSE)
    name = _among(reader, said.value, "message", frozenset(reader.cast.channels_of))
    if name is not None and because is not None:
        yield {"kind": "not_sent", "name": name, "because": because.value}


def _call(reader: Reader, said: Said) -> Made:
    name = _among(reader, said.value, "call", reader.cast.webhooks)
    if name is not None:
        yield {"kind": "call", "name": name}


def _task(reader: Reader, said: Said) -> Made:
    name = _among(reader, said.value, "task", reader.cast.tasks)
    if name is not None:
        yield {"kind": "task", "name": name}


def _exit(reader: Reader, said: Said) -> Made:
    name = _among(reader, said.value, "reason of an end", reader.cast.reasons, "E806")
    if name is not None:
        yield {"kind": "exit", "name": name}


def _emit(reader: Reader, said: Said) -> Made:
    name = _among(reader, said.value, "raised event", reader.cast.emitted)
    if name is not None:
        yield {"kind": "emit", "name": name}


def _among(reader: Reader, node: Node, what: str, names: frozenset[str], code: str = "E804") -> str | None:
    if not reader.cast.sure:
        return reader.shapes.text(node, what)
    return reader.named(node, what, names, code, "the scenarios of this file")


def _set(reader: Reader, said: Said) -> Made:
    mapping = reader.shapes.mapping(said.value, "`set`")
    for entry in mapping.entries if mapping else ():
        root, _, name = entry.key.value.partition(".")
        of = reader.attributes().get(name)
        if root == "run" and name:
            yield {"kind": "set", "name": entry.key.value, "value": _guessed(reader.values, entry.value)}
        elif root == "contact" and of is not None:
            value = reader.values.value(entry.value, of, f"`{entry.key.value}`")
            yield {"kind": "set", "name": entry.key.value, "value": value}
        else:
            remedy = did_you_mean(name, reader.attributes()) or "write `set: { contact.points: 510 }`"
            message = f"unknown attribute `{shown(entry.key.value)}`"
            reader.shapes.error("E211", message, entry.key.span, label="not in catalog.yaml", remedy=remedy)
    if mapping and not mapping.entries:
        reader.shapes.error("E122", "`set` needs an attribute", head(mapping))


def _guessed(values: Values, node: Node) -> StoryValue:
    """A variable of a run has no declared type: a number and a boolean are what they look like."""
    text = node.value if isinstance(node, Scalar) and not node.quoted else ""
    if text in ("true", "false"):
        return values.value(node, BOOLEAN, "`set`")
    return values.value(node, NUMBER if text[-1:].isdecimal() and _is_number(text) else TEXT, "`set`")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdecimal()


READ: dict[str, Callable[[Reader, Said], Made]] = {
    "call": _call,
    "task": _task,
    "exit": _exit,
    "not_sent": _not_sent,
    "emit": _emit,
    "set": _set,
}
"""Every verb but the channels."""
