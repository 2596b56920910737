"""Functions of values, under the names of `signatures`. An unknown argument makes the result unknown.

`coalesce` alone takes unknown arguments. Local means the zone of the scope: the person's, or the file's.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dsl import local_time, nodes
from dsl.scope import Scope
from dsl.semantics.arithmetic import EXACT
from dsl.semantics.closures import Build, Closure
from dsl.semantics.comparison import instant
from dsl.semantics.history import extreme
from dsl.signatures import WEEKDAYS
from dsl.values import Money, Value

Function = Callable[..., Value]
ONE_DAY = timedelta(days=1)


def call(node: nodes.Call, build: Build) -> Closure:
    """A call of a function of values. Raises LookupError for a name that the table lacks."""
    arguments = tuple(build(each) for each in node.arguments)
    if node.function == "coalesce":
        return _coalesce(arguments)
    function = FUNCTIONS[node.function]

    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        values = [argument(scope, seen) for argument in arguments]
        if None in values:
            return None
        try:
            return function(scope, *values)
        except ArithmeticError:
            return None

    return closure


def _coalesce(arguments: tuple[Closure, ...]) -> Closure:
    def closure(scope: Scope, seen: Mapping[str, Value]) -> Value:
        for argument in arguments:
            value = argument(scope, seen)
            if value is not None:
                return value
        return None

    return closure


def _today(scope: Scope) -> date:
    return local_time.local_day(scope.now, scope.zone)


def _day_of(value: date | datetime, scope: Scope) -> date:
    return local_time.local_day(value, scope.zone) if isinstance(value, datetime) else value


def _days_since(scope: Scope, then: date | datetime) -> Value:
    return Decimal((scope.now - instant(then, scope)) // ONE_DAY)


def _anniversary(scope: Scope, day: date) -> Value:
    return local_time.anniversary(day, _today(scope), scope.world.policy.leap_birthday)


def _age(scope: Scope, day: date) -> Value:
    return Decimal(local_time.age(day, _today(scope), scope.world.policy.leap_birthday))


def _hour(scope: Scope, value: date | datetime) -> Value:
    return Decimal(value.astimezone(scope.zone).hour if isinstance(value, datetime) else 0)


def _length(_scope: Scope, value: Any) -> Value:
    return Decimal(len(value))


def _round(_scope: Scope, value: Decimal | Money, places: Decimal = Decimal(0)) -> Value:
    """Halves away from zero, as PostgreSQL rounds."""
    unit = Decimal(1).scaleb(-int(places))
    if isinstance(value, Money):
        return Money(value.amount.quantize(unit, ROUND_HALF_UP, EXACT), value.currency)
    return value.quantize(unit, ROUND_HALF_UP, EXACT)


def _take(_scope: Scope, pool: str) -> Value:
    raise LookupError(f"a code of {pool} is taken with the message's place, it is not evaluated")


FUNCTIONS: dict[str, Function] = {
    "days_since": _days_since,
    "anniversary": _anniversary,
    "age": _age,
    "weekday": lambda scope, value: WEEKDAYS[_day_of(value, scope).weekday()],
    "hour": _hour,
    "date": lambda scope, value: _day_of(value, scope),
    "day": lambda scope, value: Decimal(_day_of(value, scope).day),
    "month": lambda scope, value: Decimal(_day_of(value, scope).month),
    "lower": lambda _scope, value: value.lower(),
    "upper": lambda _scope, value: value.upper(),
    "length": _length,
    "round": _round,
    "min": lambda scope, *values: extreme(list(values), "<", scope),
    "max": lambda scope, *values: extreme(list(values), ">", scope),
    "take": _take,
}
