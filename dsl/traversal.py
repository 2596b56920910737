"""Walking an expression: the operands of a node, and every node below it."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeAlias

from dsl import nodes
from dsl.nodes import Expression, History

Parts: TypeAlias = tuple[Expression, ...]


def _one(name: str) -> Callable[[Any], Parts]:
    get = attrgetter(name)
    return lambda node: (get(node),)


_OPERANDS: Mapping[type, Callable[[Any], Parts]] = {
    nodes.Not: _one("operand"),
    nodes.Negative: _one("operand"),
    nodes.IsKnown: _one("value"),
    nodes.Logic: attrgetter("operands"),
    nodes.ListNode: attrgetter("items"),
    nodes.Call: attrgetter("arguments"),
    nodes.Compare: attrgetter("left", "right"),
    nodes.Calculate: attrgetter("left", "right"),
    nodes.In: attrgetter("value", "options"),
    nodes.TextTest: attrgetter("value", "part"),
    nodes.Between: attrgetter("value", "low", "high"),
}
"""By class of node; the others are made of no values."""


def operands(node: Expression) -> Parts:
    """The values that a node is made of, as written. A `where` and the ends of a window are none of them."""
    of = _OPERANDS.get(type(node))
    return of(node) if of else ()


def below(node: Expression) -> Parts:
    """The operands of a node, and for a history its `where` and the ends of its window."""
    if isinstance(node, History):
        inner = (node.where, node.window.low, node.window.high)
        return tuple(each for each in inner if each is not None)
    return operands(node)


def walk(node: Expression) -> list[Expression]:
    """A node and all nodes below it, in the order in which they are written."""
    found, pending = [], [node]
    while pending:
        each = pending.pop()
        found.append(each)
        inner = below(each)
        if inner:
            pending.extend(reversed(inner))
    return found
