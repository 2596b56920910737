"""The value of an expression over facts in memory.

A resolved expression becomes a closure once, by the table below, and is then called as often as one
likes. Every value may be unknown (None), and logic is three-valued; see `semantics`.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from dsl import nodes
from dsl.nodes import Expression
from dsl.policy import Formula
from dsl.scope import Scope
from dsl.semantics import arithmetic, functions, history, logic, lookups
from dsl.semantics.closures import Build, Closure
from dsl.values import Value

Meaning: TypeAlias = Callable[[Any, Build], Closure]

MEANINGS: dict[type, Meaning] = {
    nodes.Constant: lookups.constant,
    nodes.Choice: lookups.constant,
    nodes.Unknown: lookups.unknown,
    nodes.ListNode: lookups.list_,
    nodes.Field: lookups.field,
    nodes.InSegment: lookups.in_segment,
    nodes.Not: logic.not_,
    nodes.Logic: logic.logic,
    nodes.Compare: logic.compare,
    nodes.In: logic.in_,
    nodes.Between: logic.between,
    nodes.TextTest: logic.text_test,
    nodes.IsKnown: logic.is_known,
    nodes.Negative: arithmetic.negative,
    nodes.Calculate: arithmetic.calculate,
    nodes.History: history.history,
    nodes.MessageTest: history.message_test,
    nodes.CanReceive: history.can_receive,
    nodes.CanTrack: history.can_track,
    nodes.Call: functions.call,
}
"""What each class of node means; `Name` is missing because `resolve` leaves none."""

KEPT = 10_000
_closures: dict[int, tuple[Expression, Closure]] = {}
"""By identity: hashing a tree at every call would cost more than evaluating it, and `1 == True` in Python.
The expression is kept with its closure, so that its identity is never given to another."""


def closure_of(expression: Expression) -> Closure:
    """The closure of a resolved expression. Raises TypeError for one that is not resolved."""
    kept = _closures.get(id(expression))
    if kept is not None:
        return kept[1]
    meaning = MEANINGS.get(type(expression))
    if meaning is None:
        raise TypeError(f"{type(expression).__name__} has no value before it is resolved")
    closure = meaning(expression, closure_of)
    if len(_closures) >= KEPT:
        _closures.clear()
    _closures[id(expression)] = (expression, closure)
    return closure


def evaluate(expression: Expression, scope: Scope) -> Value:
    """The value of a resolved expression; None where it is unknown."""
    return closure_of(expression)(scope, scope.looked_at)


def value_of(formula: Formula, scope: Scope) -> Value:
    """The value of a formula; None where it is unknown."""
    return evaluate(formula.root, scope)


def holds(formula: Formula, scope: Scope) -> bool:
    """Whether a condition is true: unknown is no."""
    return evaluate(formula.root, scope) is True
