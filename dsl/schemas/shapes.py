"""The small shapes that all schemas are made of: names, durations, expressions, blocks with known keys."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from dsl.frozen import dataclass

Schema: TypeAlias = dict[str, Any]

NAME = "^[a-z][a-z0-9_]*$"
EVENT = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
_UNITS = "(second|minute|hour|day|week|month|year)s?"
DURATION = rf"^\s*\d+ +{_UNITS}\s*$"
SIGNED = rf"^\s*-?\d+ +{_UNITS}\s*$"
TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
SHARE = r"^\d{1,3}(\.\d{1,4})? ?%$"
ON_CAP = rf"^(delay up to \d+ +{_UNITS}|drop|next|exit)$"
HOURS = r"^\d\d:\d\d ?- ?\d\d:\d\d$"
DAYS = "^(mon|tue|wed|thu|fri|sat|sun)( ?- ?(mon|tue|wed|thu|fri|sat|sun))?$"


@dataclass(frozen=True)
class KnownNames:
    """What a project has, offered where a name is due. Others are not refused: `check` does that better."""

    channels: tuple[str, ...] = ("email", "sms")
    topics: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


def text(description: str = "") -> Schema:
    """Free text; a number or a word like `true` is text for people too."""
    return _described({"type": ["string", "number", "boolean"]}, description)


def matching(pattern: str, description: str, *examples: str) -> Schema:
    """A text of one notation."""
    return _described({"type": "string", "pattern": pattern, "examples": list(examples)}, description)


def named(description: str, known: Iterable[str] = (), pattern: str = NAME) -> Schema:
    """A name; those that are known are offered."""
    offered = sorted(known)
    any_name: Schema = {"type": "string", "pattern": pattern}
    return _described({"anyOf": [{"enum": offered}, any_name]} if offered else any_name, description)


def word(description: str, *options: str) -> Schema:
    """One of a closed list of words."""
    return _described({"enum": list(options)}, description)


def expression(description: str = "") -> Schema:
    """A formula; written without quotes it may look like a number, a boolean or a list."""
    return _described({"type": ["string", "number", "boolean", "array"]}, description)


def duration(description: str) -> Schema:
    """`3 days`."""
    return matching(DURATION, description, "3 days", "2 hours")


def boolean(description: str) -> Schema:
    """`true` or `false`."""
    return _described({"type": "boolean"}, description)


def several(items: Schema, description: str = "", *, least: int = 0) -> Schema:
    """A list; one that is empty or left out too, where `least` is 0."""
    if least:
        return _described({"type": "array", "items": items, "minItems": least}, description)
    return _described({"type": ["array", "null"], "items": items}, description)


def one_or_several(item: Schema, description: str) -> Schema:
    """One, or a list of them."""
    return _described({"anyOf": [item, {"type": "array", "items": item}]}, description)


def block(properties: Mapping[str, Schema], required: Iterable[str] = (), description: str = "") -> Schema:
    """A block with known keys and no others."""
    shape: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    if tuple(required):
        shape["required"] = list(required)
    return _described(shape, description)


def one_form(title: str, shape: Schema) -> Schema:
    """One of several forms that a block may have, with the name that editors offer it by."""
    return {"title": title, **shape}


def names_to(values: Schema, description: str, keys: str = NAME) -> Schema:
    """A block whose keys are names of the writer's own."""
    shape = {"type": ["object", "null"], "propertyNames": {"pattern": keys}, "additionalProperties": values}
    return _described(shape, description)


def reference(name: str) -> Schema:
    """A shape that is defined once in the file."""
    return {"$ref": f"#/definitions/{name}"}


def _described(shape: Schema, description: str) -> Schema:
    return {**shape, "description": description} if description else shape


def document(title: str, root: Schema, definitions: Mapping[str, Schema] | None = None) -> Schema:
    """A whole schema (JSON Schema draft-07, which every editor knows)."""
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": title}
    return {**head, **root, **({"definitions": dict(definitions)} if definitions else {})}
