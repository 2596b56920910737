"""Literals, lists and arithmetic."""

from datetime import date, datetime, time
from decimal import Decimal

from dsl import types
from dsl.nodes import Calculate, Constant, Expression, ListNode, Negative, Unknown
from dsl.resolution.kinship import comparable, is_amount, is_day, is_failed
from dsl.resolution.names import choice, not_an_option
from dsl.resolution.reading import FAILED, Reading, Typed
from dsl.types import ChoiceOf, ListOf, Number, Type, describe
from dsl.values import Duration, Value


def type_of(value: Value) -> Type:
    """The type of a literal."""
    match value:
        case bool():
            return types.BOOLEAN
        case Decimal():
            return Number(value, value)
        case str():
            return types.TEXT
        case datetime():
            return types.INSTANT
        case date():
            return types.DATE
        case time():
            return types.TIME
        case Duration():
            return types.DURATION
    raise TypeError(f"{type(value).__name__} is no literal")


def constant(node: Constant, reading: Reading, wanted: Type | None) -> Typed:
    """A literal; text that meets a choice is one of its values."""
    if isinstance(node.value, str) and isinstance(wanted, ChoiceOf):
        if node.value in wanted.options:
            return choice(node, wanted)
        return not_an_option(node, node.value, wanted, reading)
    return node, type_of(node.value)


def resolved(node: Expression, _reading: Reading, _wanted: Type | None) -> Typed:
    """What a resolution made is never resolved again."""
    raise TypeError(f"{type(node).__name__} is resolved already")


def unknown(node: Unknown, reading: Reading, _wanted: Type | None) -> Typed:
    """The word `unknown`, anywhere but as the whole of a `set`."""
    return reading.failed(
        node, "E524", "nothing is compared with `unknown`", node.span, "", "write `is unknown` or `is known`"
    )


def list_(node: ListNode, reading: Reading, wanted: Type | None) -> Typed:
    """`[FR, BE]`: values of one type."""
    item = wanted.item if isinstance(wanted, ListOf) else None
    if not node.items:
        return node, wanted if isinstance(wanted, ListOf) else ListOf(FAILED)
    read = [reading.read(each, item) for each in node.items]
    first = item if item is not None else read[0][1]
    for expression, type_ in read:
        if not is_failed(first, type_) and not comparable(first, type_):
            reading.error(
                "E520",
                f"{describe(type_)} in a list of {describe(first).removeprefix('a ')}",
                expression.span,
                describe(type_),
                "a list holds values of one type",
            )
            return node, FAILED
    return ListNode(tuple(each for each, _ in read), node.span), ListOf(first)


def negative(node: Negative, reading: Reading, _wanted: Type | None) -> Typed:
    """`-x` of a number, money or a duration."""
    operand, type_ = reading.read(node.operand)
    if is_failed(type_):
        return node, FAILED
    if not is_amount(type_) and type_ != types.DURATION:
        return reading.failed(
            node, "E521", f"{describe(type_)} has no opposite", operand.span, describe(type_)
        )
    return Negative(operand, node.span), _widened(type_)


def _widened(type_: Type) -> Type:
    return types.NUMBER if isinstance(type_, Number) else type_


def calculate(node: Calculate, reading: Reading, _wanted: Type | None) -> Typed:
    """`a + b`."""
    left, left_type = reading.read(node.left)
    right, right_type = reading.read(node.right)
    if is_failed(left_type, right_type):
        return node, FAILED
    made = Calculate(node.op, left, right, node.span)
    result = _result(made, left_type, right_type)
    if result is not None:
        return made, result
    return reading.failed(
        node,
        "E521",
        f"`{node.op}` does not join {describe(left_type)} and {describe(right_type)}",
        node.span,
        "",
        _remedy(node.op, left_type, right_type),
    )


def _remedy(op: str, left: Type, right: Type) -> str | None:
    if types.MONEY in (left, right) and (isinstance(left, Number) or isinstance(right, Number)):
        return "money is added to money, multiplied or divided by a number, and compared with a number"
    if (is_day(left) and isinstance(right, Number)) or (is_day(right) and isinstance(left, Number)):
        return "say of what: `7 days`, `3 hours`"
    if types.TEXT in (left, right) and op == "+":
        return "text is put together in templates"
    return None


def _result(node: Calculate, left: Type, right: Type) -> Type | None:
    """The type of a calculation; None where there is none."""
    pair = (_widened(left), _widened(right))
    if node.op in "+-":
        return _sum(node, pair)
    if node.op == "*":
        return PRODUCTS.get(pair)
    return QUOTIENTS.get(pair)


_N, _M, _D = types.NUMBER, types.MONEY, types.DURATION
SUMS: dict[tuple[Type, Type], Type] = {(_N, _N): _N, (_M, _M): _M, (_D, _D): _D}
PRODUCTS: dict[tuple[Type, Type], Type] = {
    (_N, _N): _N,
    (_M, _N): _M,
    (_N, _M): _M,
    (_D, _N): _D,
    (_N, _D): _D,
}
QUOTIENTS: dict[tuple[Type, Type], Type] = {
    (_N, _N): _N,
    (_M, _N): _M,
    (_M, _M): _N,
    (_D, _N): _D,
    (_D, _D): _N,
}


def _sum(node: Calculate, pair: tuple[Type, Type]) -> Type | None:
    left, right = pair
    if is_day(left) and right == types.DURATION:
        return _moved(left, node.right)
    if node.op == "+" and left == types.DURATION and is_day(right):
        return _moved(right, node.left)
    if node.op == "-" and is_day(left) and is_day(right):
        return types.DURATION
    return SUMS.get(pair)


def _moved(day: Type, by: Expression) -> Type:
    return types.INSTANT if is_exact(by) else day


def is_exact(node: Expression) -> bool:
    """Whether a duration has hours or less in it, so that a date moved by it becomes an instant."""
    match node:
        case Constant(value=Duration(seconds=seconds)):
            return seconds != 0
        case Negative(operand=operand):
            return is_exact(operand)
        case Calculate(op="*", left=left, right=right):
            return is_exact(left) or is_exact(right)
        case Calculate(op="/"):
            return True
        case Calculate(left=left, right=right):
            return is_exact(left) or is_exact(right)
    return False
