"""Events as they are awaited and start things: a name, or a name with a condition."""

from collections.abc import Mapping

from dsl.schemas.shapes import EVENT, KnownNames, Schema, block, expression, named


def pattern(known: KnownNames, more: Mapping[str, Schema] | None = None) -> Schema:
    """`order.placed`, or `{event: order.placed, where: EXPR}` with the keys of its place."""
    name = named("An event.", known.events, EVENT)
    where = expression("A bare name is a property of the event: `total > 50`.")
    return {"anyOf": [name, block({"event": name, "where": where, **(more or {})}, ("event",))]}
