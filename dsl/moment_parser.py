"""Located tree to moments: when a wait ends."""

import re

from dsl import notation
from dsl import scenario as s
from dsl.shapes import Shapes, shown
from dsl.source import Span
from dsl.tree import Node

_UNTIL_TIME = re.compile(r"until +(?:next +([a-z]+) +at +)?(\d\d?:\d\d)")
_AFTER = re.compile(r"([^:]*?)(?: +at +(\S+))?")
_AT_END = re.compile(r" +at +(\d\d?:\d\d)$")


def moment(shapes: Shapes, node: Node, what: str) -> s.Moment | None:
    """`3 days`, `3 days at 10:00`, `until 18:00`, `until next mon at 09:00`, `until EXPR [at 10:00]`."""
    scalar = shapes.scalar(node, what, "a duration or `until ...`")
    if scalar is None:
        return None
    text, span = scalar.value, scalar.span
    try:
        local = _UNTIL_TIME.fullmatch(text)
        if local:
            day = notation.weekday(local[1]) if local[1] else None
            return s.UntilTime(notation.time_of_day(local[2]), day, span)
        if not text.startswith("until "):
            return _after(text, span)
        end = _AT_END.search(text)
        at = notation.time_of_day(end[1]) if end else None
    except ValueError as error:
        shapes.error("E123", f"{what}: `{shown(text)}` is not understood", span, remedy=str(error))
        return None
    start = len(text) - len(text.removeprefix("until ").lstrip())
    instant = shapes.expression(node, what, start, end.start() if end else None)
    return s.UntilInstant(instant, at, instant.span) if instant else None


def _after(text: str, span: Span) -> s.After:
    match = _AFTER.fullmatch(text)
    if match is None:
        raise ValueError("a wait is written `3 days`, `3 days at 10:00`, or `until` something")
    length = notation.duration(match[1])
    at = notation.time_of_day(match[2]) if match[2] else None
    if length.exact_seconds <= 0:
        raise ValueError("a wait must be longer than nothing")
    if at is not None and length.seconds:
        raise ValueError("`at` goes with days, weeks, months or years: an hour of the day reached by them")
    return s.After(length, at, span)
