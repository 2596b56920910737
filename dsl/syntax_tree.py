# ruff: noqa: D102 - each method is named after its alternative in expression.lark, which documents it
"""From Lark's tree to the nodes of the language: one method per alternative of `expression.lark`.

Which calls ask a history and which compute a value is decided here, by name and shape, so that everything
behind the parser sees `History`, `MessageTest`, `CanReceive` and `Call` apart.
"""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any, cast

from lark import Token, Tree
from lark.tree import Meta

from dsl import nodes
from dsl.calls import Filtered, Misread, WrittenCall, read_call, read_property
from dsl.literals import duration_of, unquoted
from dsl.nodes import Expression, Window
from dsl.source import Span
from dsl.values import Duration

Place = Callable[[int, int], Span]
"""Turns a range of the expression's text into a span of its file."""


class TreeReader:
    """Builds the nodes, bottom up. A walk of its own costs half of that of Lark's transformers."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def transform(self, tree: "Tree[Token]") -> Any:
        """What a tree means. Raises Misread for what the grammar lets through and the language does not."""
        children = [self.transform(each) if isinstance(each, Tree) else each for each in tree.children]
        return getattr(self, tree.data)(tree.meta, children)

    def _at(self, meta: Meta) -> Span:
        return self._place(meta.start_pos, meta.end_pos)

    def _token(self, token: Token) -> Span:
        return self._place(cast("int", token.start_pos), cast("int", token.end_pos))

    def any_of(self, meta: Meta, operands: list[Expression]) -> Expression:
        return nodes.Logic("or", tuple(operands), self._at(meta))

    def all_of(self, meta: Meta, operands: list[Expression]) -> Expression:
        return nodes.Logic("and", tuple(operands), self._at(meta))

    def not_(self, meta: Meta, operands: list[Expression]) -> Expression:
        return nodes.Not(operands[0], self._at(meta))

    def compare(self, meta: Meta, parts: list[Any]) -> Expression:
        left, op, right = parts
        return nodes.Compare(cast("nodes.Comparison", str(op)), left, right, self._at(meta))

    def in_(self, meta: Meta, parts: list[Expression]) -> Expression:
        return nodes.In(parts[0], parts[1], negated=False, span=self._at(meta))

    def not_in(self, meta: Meta, parts: list[Expression]) -> Expression:
        return nodes.In(parts[0], parts[1], negated=True, span=self._at(meta))

    def between(self, meta: Meta, parts: list[Expression]) -> Expression:
        return nodes.Between(parts[0], parts[1], parts[2], self._at(meta))

    def contains(self, meta: Meta, parts: list[Expression]) -> Expression:
        return nodes.TextTest("contains", parts[0], parts[1], self._at(meta))

    def starts_with(self, meta: Meta, parts: list[Expression]) -> Expression:
        return nodes.TextTest("starts with", parts[0], parts[1], self._at(meta))

    def is_known(self, meta: Meta, parts: list[Expression]) -> Expression:
        return nodes.IsKnown(parts[0], negated=False, span=self._at(meta))

    def is_unknown(self, meta: Meta, parts: list[Expression]) -> Expression:
        return nodes.IsKnown(parts[0], negated=True, span=self._at(meta))

    def in_segment(self, meta: Meta, parts: list[Token]) -> Expression:
        return nodes.InSegment(str(parts[0]), negated=False, span=self._at(meta))

    def not_in_segment(self, meta: Meta, parts: list[Token]) -> Expression:
        return nodes.InSegment(str(parts[0]), negated=True, span=self._at(meta))

    def calculate(self, meta: Meta, parts: list[Any]) -> Expression:
        left, op, right = parts
        return nodes.Calculate(cast("nodes.Arithmetic", str(op)), left, right, self._at(meta))

    def negative(self, meta: Meta, parts: list[Expression]) -> Expression:
        return nodes.Negative(parts[0], self._at(meta))

    def name(self, meta: Meta, parts: list[Token]) -> Expression:
        return nodes.Name(tuple(parts[0].split(".")), self._at(meta))

    def list_(self, meta: Meta, items: list[Expression]) -> Expression:
        return nodes.ListNode(tuple(each for each in items if each is not None), self._at(meta))

    def number(self, meta: Meta, parts: list[Token]) -> Expression:
        return nodes.Constant(Decimal(parts[0]), self._at(meta))

    def text(self, meta: Meta, parts: list[Token]) -> Expression:
        return nodes.Constant(unquoted(parts[0]), self._at(meta))

    def true(self, meta: Meta, _parts: list[Token]) -> Expression:
        return nodes.Constant(value=True, span=self._at(meta))

    def false(self, meta: Meta, _parts: list[Token]) -> Expression:
        return nodes.Constant(value=False, span=self._at(meta))

    def unknown(self, meta: Meta, _parts: list[Token]) -> Expression:
        return nodes.Unknown(self._at(meta))

    def duration(self, meta: Meta, parts: list[Token]) -> Expression:
        return nodes.Constant(self._duration(parts[0]), self._at(meta))

    def date(self, meta: Meta, parts: list[Token]) -> Expression:
        try:
            return nodes.Constant(date.fromisoformat(parts[0]), self._at(meta))
        except ValueError:
            raise Misread(
                f"there is no day {parts[0]}", self._at(meta), "a date is year-month-day, like 2026-12-25"
            ) from None

    def time(self, meta: Meta, parts: list[Token]) -> Expression:
        try:
            return nodes.Constant(time.fromisoformat(parts[0].zfill(5)), self._at(meta))
        except ValueError:
            raise Misread(
                f"there is no time {parts[0]}", self._at(meta), "a time is from 00:00 to 23:59, like 09:00"
            ) from None

    def _duration(self, token: Token) -> Duration:
        try:
            return duration_of(token)
        except ValueError as error:
            help_ = "write it in a smaller unit: `36 hours`, `45 days`"
            raise Misread(str(error), self._token(token), help_) from None

    def last(self, meta: Meta, parts: list[Token]) -> Window:
        return Window("last", amount=self._duration(parts[0]), span=self._at(meta))

    def since(self, meta: Meta, parts: list[Token]) -> Window:
        return Window("since", anchor=str(parts[0]), span=self._at(meta))

    def within(self, meta: Meta, parts: list[Expression]) -> Window:
        return Window("between", low=parts[0], high=parts[1], span=self._at(meta))

    def ever(self, meta: Meta, _parts: list[Token]) -> Window:
        return Window("ever", span=self._at(meta))

    def filtered(self, _meta: Meta, parts: list[Any]) -> Filtered:
        name, where = parts
        return Filtered(nodes.Name(tuple(name.split(".")), self._token(name)), where)

    def call(self, meta: Meta, parts: list[Any]) -> Expression:
        function, *arguments = parts
        known = tuple(each for each in arguments if each is not None)
        return read_call(WrittenCall(str(function), known, self._at(meta), self._token(function)))

    def property(self, meta: Meta, parts: list[Any]) -> Expression:
        call, path = parts
        return read_property(call, tuple(path[1:].split(".")), self._at(meta), self._token(path))
