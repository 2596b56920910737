"""Comparing two values: what is equal, what comes first, and when neither can be said.

Values of one type compare as themselves. Two pairs of types meet by rule: money with a number, in the
brand's currency, and a date with an instant, as the instant of local midnight. Everything else, two
currencies among them, is unknown; the checker has said so before.
"""

import operator
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from dsl.local_time import midnight
from dsl.nodes import Comparison
from dsl.scope import Scope
from dsl.values import Duration, Money, Value

OPERATORS: dict[Comparison, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


PLAIN: frozenset[type] = frozenset({Decimal, str, bool, date, datetime, time})
"""Types whose values compare as Python compares them."""


def aligned(left: Value, right: Value, scope: Scope) -> tuple[Any, Any] | None:
    """Two known values in a form in which Python compares them as the language does; None: not comparable."""
    if type(left) is type(right):
        if type(left) is Money:
            return (left.amount, right.amount) if left.currency == right.currency else None
        if type(left) is Duration:
            return left.exact_seconds, right.exact_seconds
        return left, right
    if type(left) is Money and type(right) is Decimal:
        return (left.amount, right) if left.currency == scope.world.catalog.brand.currency else None
    if type(right) is Money and type(left) is Decimal:
        return (left, right.amount) if right.currency == scope.world.catalog.brand.currency else None
    if isinstance(left, date) and isinstance(right, date):
        return instant(left, scope), instant(right, scope)
    return None


def instant(value: date | datetime, scope: Scope) -> datetime:
    """An instant as it is, a date as the instant of local midnight."""
    return value if isinstance(value, datetime) else midnight(value, scope.zone)


def equal(left: Value, right: Value, scope: Scope) -> bool | None:
    """Whether two values are the same; unknown where one is."""
    if left is None or right is None:
        return None
    pair = aligned(left, right, scope)
    return None if pair is None else pair[0] == pair[1]


def compared(op: Comparison, left: Value, right: Value, scope: Scope) -> bool | None:
    """`left op right`; unknown where one is, or where they do not compare."""
    if left is None or right is None:
        return None
    pair = aligned(left, right, scope)
    return None if pair is None else OPERATORS[op](pair[0], pair[1])


def ranked(op: Comparison, left: Value, right: Value, options: tuple[str, ...]) -> bool | None:
    """`left op right` of an ordered choice, by place in its list; unknown for a word that is not in it."""
    if left not in options or right not in options:
        return None
    return OPERATORS[op](options.index(left), options.index(right))
