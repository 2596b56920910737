"""`+ - * /` over numbers, money, durations, dates and instants.

Numbers are exact decimals; a quotient is rounded to 20 places, halves away from zero, so that the database
gets the same digits. Dividing by zero, adding two currencies and leaving the calendar are unknown.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from dsl import nodes
from dsl.local_time import add, add_days, midnight
from dsl.scope import Scope
from dsl.semantics.closures import Build, Closure
from dsl.semantics.comparison import instant
from dsl.values import Duration, Money, Value

EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
QUOTIENT = Decimal(1).scaleb(-20)
DAY_SECONDS = 86_400
DAYS_OF_A_MONTH = 30


def negative(node: nodes.Negative, build: Build) -> Closure:
    """`-x`."""
    operand = build(node.operand)

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        value = operand(scope, seen)
        if isinstance(value, Duration):
            return times(value, Decimal(-1))
        if isinstance(value, Money):
            return Money(-value.amount, value.currency)
        return None if value is None else EXACT.minus(value)

    return closure


def calculate(node: nodes.Calculate, build: Build) -> Closure:
    """`a + b`: unknown where one is."""
    left, right, operation = build(node.left), build(node.right), OPERATIONS[node.op]

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        a, b = left(scope, seen), right(scope, seen)
        if a is None or b is None:
            return None
        try:
            return operation(a, b, scope)
        except ArithmeticError:
            return None

    return closure


def plus(a: Value, b: Value, scope: Scope) -> Value:
    """Numbers, money of one currency, durations; a date or an instant moved by a duration."""
    match a, b:
        case Decimal(), Decimal():
            return EXACT.add(a, b)
        case Money(), Money():
            return Money(EXACT.add(a.amount, b.amount), a.currency) if a.currency == b.currency else None
        case Duration(), Duration():
            return Duration(a.months + b.months, a.days + b.days, a.seconds + b.seconds)
        case date(), Duration():
            return moved(a, b, scope)
        case Duration(), date():
            return moved(b, a, scope)
    return None


def minus(a: Value, b: Value, scope: Scope) -> Value:
    """As `plus`; two dates are whole days apart, two instants seconds."""
    match a, b:
        case Decimal(), Decimal():
            return EXACT.subtract(a, b)
        case Money(), Money():
            return plus(a, Money(-b.amount, b.currency), scope)
        case (Duration(), Duration()) | (date(), Duration()):
            return plus(a, times(b, Decimal(-1)), scope)
        case date(), date():
            return apart(a, b, scope)
    return None


def multiplied(a: Value, b: Value, _scope: Scope) -> Value:
    """Numbers; money or a duration so many times."""
    match a, b:
        case Decimal(), Decimal():
            return EXACT.multiply(a, b)
        case Money(), Decimal():
            return Money(EXACT.multiply(a.amount, b), a.currency)
        case Duration(), Decimal():
            return times(a, b)
        case Decimal(), Money() | Duration():
            return multiplied(b, a, _scope)
    return None


def divided(a: Value, b: Value, _scope: Scope) -> Value:
    """Numbers; money or a duration by a number; money by money and duration by duration, as a number."""
    match a, b:
        case Decimal(), Decimal():
            return quotient(a, b)
        case Money(), Money():
            return quotient(a.amount, b.amount) if a.currency == b.currency else None
        case Money(), Decimal():
            share = quotient(a.amount, b)
            return None if share is None else Money(share, a.currency)
        case Duration(), Duration():
            return quotient(Decimal(a.exact_seconds), Decimal(b.exact_seconds))
        case Duration(), Decimal():
            seconds = quotient(Decimal(a.exact_seconds), b)
            return None if seconds is None else Duration(seconds=rounded(seconds))
    return None


OPERATIONS: dict[nodes.Arithmetic, Callable[[Any, Any, Scope], Value]] = {
    "+": plus,
    "-": minus,
    "*": multiplied,
    "/": divided,
}


def quotient(a: Decimal, b: Decimal) -> Decimal | None:
    """`a / b` to 20 places; unknown by zero."""
    return EXACT.quantize(EXACT.divide(a, b), QUOTIENT) if b else None


def rounded(number: Decimal) -> int:
    """The nearest whole number, halves away from zero."""
    return int(EXACT.to_integral_value(number))


def times(duration: Duration, factor: Decimal) -> Duration:
    """A duration so many times: by the calendar while every part stays whole, else in exact seconds."""
    months, days, seconds = (
        EXACT.multiply(part, factor) for part in (duration.months, duration.days, duration.seconds)
    )
    if months == months.to_integral_value() and days == days.to_integral_value():
        return Duration(int(months), int(days), rounded(seconds))
    exact = (months * DAYS_OF_A_MONTH + days) * DAY_SECONDS + seconds
    return Duration(seconds=rounded(exact))


def moved(start: date | datetime, by: Duration, scope: Scope) -> date | datetime:
    """A date moved by days and months stays a date; by hours it is an instant, counted from midnight."""
    if isinstance(start, datetime):
        return add(start, by, scope.zone)
    if not by.seconds:
        return add_days(start, by)
    return midnight(add_days(start, by), scope.zone) + timedelta(seconds=by.seconds)


def apart(a: date | datetime, b: date | datetime, scope: Scope) -> Duration:
    """`a - b`: whole days between two dates, exact seconds where an instant is among them."""
    if not isinstance(a, datetime) and not isinstance(b, datetime):
        return Duration(days=(a - b).days)
    return Duration(seconds=int((instant(a, scope) - instant(b, scope)).total_seconds()))
