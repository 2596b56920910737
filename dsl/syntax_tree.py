# ruff: noqa: D102 - each method is named after its alternative in expression.lark, which documents it
"""From Lark's tree to the nodes of the language: one method per alternative of `expression.lark`.

Which calls ask a history and which compute a value is decided here, by name and shape, so that everything
behind the parser sees `History`, `MessageTest`, `CanReceive` and `Call` apart.
"""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

from dsl import nodes
from dsl.calls import Filtered, Misread, WrittenCall, read_call, read_property
from dsl.literals import duration_of, unquoted
from dsl.nodes import Expression, Window
from dsl.source import Span
from dsl.values import Duration

Place = Callable[[int, int], Span]
"""Turns a range of the expression's text into a span of its file."""


class TreeReader:
    """Builds the nodes, bottom up, as `automaton` comes upon them."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def any_of(self, start: int, end: int, operands: list[Expression]) -> Expression:
        return nodes.Logic("or", tuple(operands), self._place(start, end))

    def all_of(self, start: int, end: int, operands: list[Expression]) -> Expression:
        return nodes.Logic("and", tuple(operands), self._place(start, end))

    def not_(self, start: int, end: int, operands: list[Expression]) -> Expression:
        return nodes.Not(operands[0], self._place(start, end))

    def compare(self, start: int, end: int, parts: list[Any]) -> Expression:
        left, op, right = parts
        return nodes.Compare(op, left, right, self._place(start, end))

    def in_(self, start: int, end: int, parts: list[Expression]) -> Expression:
        return nodes.In(parts[0], parts[1], negated=False, span=self._place(start, end))

    def not_in(self, start: int, end: int, parts: list[Expression]) -> Expression:
        return nodes.In(parts[0], parts[1], negated=True, span=self._place(start, end))

    def between(self, start: int, end: int, parts: list[Expression]) -> Expression:
        return nodes.Between(parts[0], parts[1], parts[2], self._place(start, end))

    def contains(self, start: int, end: int, parts: list[Expression]) -> Expression:
        return nodes.TextTest("contains", parts[0], parts[1], self._place(start, end))

    def starts_with(self, start: int, end: int, parts: list[Expression]) -> Expression:
        return nodes.TextTest("starts with", parts[0], parts[1], self._place(start, end))

    def is_known(self, start: int, end: int, parts: list[Expression]) -> Expression:
        return nodes.IsKnown(parts[0], negated=False, span=self._place(start, end))

    def is_unknown(self, start: int, end: int, parts: list[Expression]) -> Expression:
        return nodes.IsKnown(parts[0], negated=True, span=self._place(start, end))

    def in_segment(self, start: int, end: int, parts: list[str]) -> Expression:
        return nodes.InSegment(parts[0], negated=False, span=self._place(start, end))

    def not_in_segment(self, start: int, end: int, parts: list[str]) -> Expression:
        return nodes.InSegment(parts[0], negated=True, span=self._place(start, end))

    def calculate(self, start: int, end: int, parts: list[Any]) -> Expression:
        left, op, right = parts
        return nodes.Calculate(op, left, right, self._place(start, end))

    def negative(self, start: int, end: int, parts: list[Expression]) -> Expression:
        return nodes.Negative(parts[0], self._place(start, end))

    def name(self, start: int, end: int, parts: list[str]) -> Expression:
        return nodes.Name(tuple(parts[0].split(".")), self._place(start, end))

    def list_(self, start: int, end: int, items: list[Expression]) -> Expression:
        return nodes.ListNode(tuple(items), self._place(start, end))

    def number(self, start: int, end: int, parts: list[str]) -> Expression:
        return nodes.Constant(Decimal(parts[0]), self._place(start, end))

    def text(self, start: int, end: int, parts: list[str]) -> Expression:
        return nodes.Constant(unquoted(parts[0]), self._place(start, end))

    def true(self, start: int, end: int, _parts: list[str]) -> Expression:
        return nodes.Constant(value=True, span=self._place(start, end))

    def false(self, start: int, end: int, _parts: list[str]) -> Expression:
        return nodes.Constant(value=False, span=self._place(start, end))

    def unknown(self, start: int, end: int, _parts: list[str]) -> Expression:
        return nodes.Unknown(self._place(start, end))

    def duration(self, start: int, end: int, parts: list[str]) -> Expression:
        return nodes.Constant(self._duration(parts[0], end), self._place(start, end))

    def date(self, start: int, end: int, parts: list[str]) -> Expression:
        try:
            return nodes.Constant(date.fromisoformat(parts[0]), self._place(start, end))
        except ValueError:
            raise Misread(
                f"there is no day {parts[0]}",
                self._place(start, end),
                "a date is year-month-day, like 2026-12-25",
            ) from None

    def time(self, start: int, end: int, parts: list[str]) -> Expression:
        try:
            return nodes.Constant(time.fromisoformat(parts[0].zfill(5)), self._place(start, end))
        except ValueError:
            raise Misread(
                f"there is no time {parts[0]}",
                self._place(start, end),
                "a time is from 00:00 to 23:59, like 09:00",
            ) from None

    def _duration(self, written: str, end: int) -> Duration:
        try:
            return duration_of(written)
        except ValueError as error:
            help_ = "write it in a smaller unit: `36 hours`, `45 days`"
            raise Misread(str(error), self._place(end - len(written), end), help_) from None

    def last(self, start: int, end: int, parts: list[str]) -> Window:
        return Window("last", amount=self._duration(parts[0], end), span=self._place(start, end))

    def since(self, start: int, end: int, parts: list[str]) -> Window:
        return Window("since", anchor=parts[0], span=self._place(start, end))

    def within(self, start: int, end: int, parts: list[Expression]) -> Window:
        return Window("between", low=parts[0], high=parts[1], span=self._place(start, end))

    def ever(self, start: int, end: int, _parts: list[str]) -> Window:
        return Window("ever", span=self._place(start, end))

    def filtered(self, start: int, _end: int, parts: list[Any]) -> Filtered:
        name, where = parts
        return Filtered(nodes.Name(tuple(name.split(".")), self._place(start, start + len(name))), where)

    def call(self, start: int, end: int, parts: list[Any]) -> Expression:
        function, *arguments = parts
        name = self._place(start, start + len(function))
        return read_call(WrittenCall(function, tuple(arguments), self._place(start, end), name))

    def property(self, start: int, end: int, parts: list[Any]) -> Expression:
        call, path = parts
        path_span = self._place(end - len(path), end)
        return read_property(call, tuple(path[1:].split(".")), self._place(start, end), path_span)
