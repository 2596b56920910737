"""How values compare and calculate in a template: as in the language, which says more than Python.

An amount compares with a number in the brand's currency, and an unknown value with nothing. Amounts of two
currencies make nothing that is known.
"""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from jinja2 import pass_context
from jinja2.runtime import Context, Undefined

from dsl.nodes import Arithmetic
from dsl.scope import Scope
from dsl.semantics.arithmetic import OPERATIONS
from dsl.values import Money, Value
from engine.template_formats import CURRENCY

NO_SCOPE = cast("Scope", None)
"""Amounts and numbers are calculated without one: days need it, to know the zone."""


_MEANT = frozenset(
    {
        ("+", Money, Money),
        ("-", Money, Money),
        ("*", Money, Decimal),
        ("*", Decimal, Money),
        ("/", Money, Decimal),
        ("/", Money, Money),
    }
)
"""What amounts calculate with."""


class _Unknown:
    """What an unknown value is while it is compared: neither less nor more than anything, and in nothing.

    It equals what is unknown too, as None does. A name that there is not still stops the message.
    """

    __slots__ = ()

    def _is_not(self, other: object) -> bool:
        # Whatever there is not says so itself, when Python asks it the other way round.
        return NotImplemented if isinstance(other, Undefined) else False

    __lt__ = __le__ = __gt__ = __ge__ = _is_not

    def __eq__(self, other: object) -> bool:
        return True if other is None or other is self else NotImplemented

    def __hash__(self) -> int:
        return hash(None)

    def __contains__(self, item: object) -> bool:
        # Asked for the complaint alone, of a name that there is not, when it is compared.
        return bool(item == self) and False


_UNKNOWN = _Unknown()


def _ordered(of: Callable[[Decimal, Decimal], bool]) -> Callable[["Amount", object], Any]:
    def compare(self: "Amount", other: object) -> Any:
        if not self.meets(other):
            return NotImplemented
        number = self.number_of(other)
        return number is not None and of(self.money.amount, number)

    return compare


@dataclass(frozen=True, eq=False, slots=True)
class Amount:
    """What an amount is while it is compared. `brand`: the currency of a number."""

    money: Money
    brand: str

    @staticmethod
    def meets(other: object) -> bool:
        """Whether a value is an amount or a number."""
        return isinstance(other, Amount | Money | Decimal | int | float) and not isinstance(other, bool)

    def number_of(self, other: Any) -> Decimal | None:
        """Another value in this currency; None where it is of another one."""
        other = other.money if isinstance(other, Amount) else other
        given = other if isinstance(other, Money) else Money(_exact(other), self.brand)
        return given.amount if given.currency == self.money.currency else None

    __lt__ = _ordered(operator.lt)
    __le__ = _ordered(operator.le)
    __gt__ = _ordered(operator.gt)
    __ge__ = _ordered(operator.ge)
    __eq__ = _ordered(operator.eq)

    def __hash__(self) -> int:
        return hash(self.money)


def comparable(context: Context, value: Any) -> Any:
    """A value that compares with others as the language has it."""
    if value is None:
        return _UNKNOWN
    kind = type(value)
    if kind is list or kind is tuple:
        return [comparable(context, each) for each in value]
    return Amount(value, context[CURRENCY]) if kind is Money else _exact(value) if kind is float else value


def _asked(of: Callable[[Any, Any], Any]) -> Callable[[Context, Any, Any], Any]:
    @pass_context
    def asked(context: Context, value: Any, other: Any) -> Any:
        return of(comparable(context, value), comparable(context, other))

    return asked


COMPARISONS: dict[str, Callable[[Context, Any, Any], Any]] = {
    name: _asked(of)
    for of, names in (
        (operator.lt, ("<", "lt", "lessthan")),
        (operator.le, ("<=", "le")),
        (operator.gt, (">", "gt", "greaterthan")),
        (operator.ge, (">=", "ge")),
        (operator.eq, ("==", "eq", "equalto")),
        (operator.ne, ("!=", "ne")),
        (lambda value, other: value in other, ("in",)),
    )
    for name in names
}
"""The tests that compare, `points is gt 100`, by the name that templates give them."""


def aligned(left: Any, right: Any) -> tuple[Any, Any]:
    """Two values that calculate with one another: beside an exact number each number is exact."""
    if isinstance(left, Decimal | Money) or isinstance(right, Decimal | Money):
        return _exact(left), _exact(right)
    return left, right


def calculated(op: str, left: Any, right: Any) -> Value:
    """`left op right`, where one is an amount; None where two currencies meet, or by zero.

    Raises TypeError where the language has no such operation.
    """
    if op in ("+", "-"):
        left, right = _of_nothing(left, right), _of_nothing(right, left)
    if (op, type(left), type(right)) not in _MEANT:
        raise not_for(op, left, right)
    return OPERATIONS[cast("Arithmetic", op)](left, right, NO_SCOPE)


def not_for(op: str, left: Any, right: Any) -> TypeError:
    """Says of what kinds two values are, and not which."""
    return TypeError(f"`{op}` is not for {_kind(left)} and {_kind(right)}")


def _kind(value: Any) -> str:
    match value:
        case Money():
            return "an amount"
        case bool():
            return "a yes or no"
        case int() | float() | Decimal():
            return "a number"
        case str():
            return "a text"
        case date():
            return "a day"
    return "something else"


def _of_nothing(value: Any, other: Any) -> Any:
    """The sum of no amounts is the number 0; beside an amount it is none of its currency."""
    return Money(Decimal(0), other.currency) if value == 0 and isinstance(other, Money) else value


def total(values: Iterable[Value], start: Value) -> Value:
    """The sum of known values. Numbers and amounts may not be mixed, and nothing is 0."""
    known = list(values)
    if not known or start != 0:
        known = [start, *known]
    whole: Any = known[0]
    for each in known[1:]:
        if whole is None:
            return None
        whole, more = aligned(whole, each)
        whole = calculated("+", whole, more) if isinstance(whole, Money) else whole + more
    return whole


def _exact(value: Any) -> Any:
    """A number as an exact one, anything else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    return value
