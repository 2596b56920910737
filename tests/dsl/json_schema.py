"""As much of JSON Schema draft-07 as our schemas use, and a file as an editor that reads YAML 1.2 sees it."""

import re
from collections.abc import Iterator
from typing import Any

from dsl.tree import Mapping, Node, Scalar, Sequence

USED = {
    "$schema", "title", "description", "definitions", "examples", "type", "enum", "pattern", "minimum",
    "maximum", "properties", "required", "additionalProperties", "propertyNames", "items", "minItems",
    "anyOf", "allOf", "$ref",
}  # fmt: skip
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def as_json(node: Node | None) -> Any:
    """A tree as JSON, by the core schema of YAML 1.2."""
    match node:
        case None:
            return None
        case Mapping(entries=entries):
            return {entry.key.value: as_json(entry.value) for entry in entries}
        case Sequence(items=items):
            return [as_json(item) for item in items]
        case Scalar(style="plain", value="true" | "false" as value):
            return value == "true"
        case Scalar(style="plain", value=value) if _NUMBER.fullmatch(value):
            return float(value) if "." in value else int(value)
        case Scalar() if node.is_null:
            return None
    return node.value


def _is(value: Any, name: str) -> bool:
    match name:
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    return isinstance(value, kinds[name])


def mistakes(value: Any, schema: dict[str, Any], whole: dict[str, Any], at: str = "") -> Iterator[str]:
    """Where a value does not fit a schema."""
    assert set(schema) <= USED, f"this check does not know {set(schema) - USED}"
    if "$ref" in schema:
        yield from mistakes(
            value, whole["definitions"][schema["$ref"].removeprefix("#/definitions/")], whole, at
        )
        return
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(_is(value, name) for name in names):
        yield f"{at}: {value!r} is no {' or '.join(names)}"
        return
    yield from _of_scalar(value, schema, at)
    if isinstance(value, dict):
        yield from _of_object(value, schema, whole, at)
    if isinstance(value, list):
        yield from _of_list(value, schema, whole, at)
    for part in schema.get("allOf", []):
        yield from mistakes(value, part, whole, at)
    ways = [list(mistakes(value, part, whole, at)) for part in schema.get("anyOf", [])]
    if ways and all(ways):
        yield from min(ways, key=len)


def _of_scalar(value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{at}: {value!r} is not written like {schema['pattern']}"
    if _is(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at}: {value} is out of range"


def _of_list(value: list[Any], schema: dict[str, Any], whole: dict[str, Any], at: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{at}: too few"
    for number, item in enumerate(value):
        yield from mistakes(item, schema.get("items", {}), whole, f"{at}[{number}]")


def _of_object(
    value: dict[str, Any], schema: dict[str, Any], whole: dict[str, Any], at: str
) -> Iterator[str]:
    yield from (f"{at}: {key} is missing" for key in schema.get("required", []) if key not in value)
    for key, inner in value.items():
        yield from mistakes(key, schema.get("propertyNames", {}), whole, f"{at}/{key}")
        known = schema.get("properties", {})
        more = schema.get("additionalProperties", {})
        if key in known:
            yield from mistakes(inner, known[key], whole, f"{at}/{key}")
        elif more is False:
            yield f"{at}: {key} is not known"
        else:
            yield from mistakes(inner, more, whole, f"{at}/{key}")
