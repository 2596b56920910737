"""Which types meet: what compares, what has an order, what fits where another type is due."""

from dsl import types
from dsl.types import ChoiceOf, ListOf, Number, Record, Simple, Type

WORDS = frozenset({"text", "email", "phone"})
ORDERED = frozenset({"money", "date", "instant", "time", "duration"})
DAYS = frozenset({"date", "instant"})


def is_text(type_: Type) -> bool:
    """Text, or an address, which is text with a form."""
    return isinstance(type_, Simple) and type_.name in WORDS


def is_day(type_: Type) -> bool:
    """A date or an instant: a date becomes the instant of local midnight where one is due."""
    return isinstance(type_, Simple) and type_.name in DAYS


def is_amount(type_: Type) -> bool:
    """A number or money."""
    return isinstance(type_, Number) or type_ == types.MONEY


def is_failed(*of: Type) -> bool:
    """Whether a part has been reported already."""
    return types.UNKNOWN in of


def has_order(type_: Type) -> bool:
    """Whether `<` means something."""
    if isinstance(type_, ChoiceOf):
        return type_.ordered
    return isinstance(type_, Number) or (isinstance(type_, Simple) and type_.name in ORDERED)


def comparable(left: Type, right: Type) -> bool:
    """Whether two types compare for equality."""
    if isinstance(left, ListOf | Record) or isinstance(right, ListOf | Record):
        return False
    if isinstance(left, ChoiceOf) and isinstance(right, ChoiceOf):
        return not left.options or not right.options or bool(set(left.options) & set(right.options))
    if is_amount(left) and is_amount(right):
        return True
    if (is_day(left) and is_day(right)) or (is_text(left) and is_text(right)):
        return True
    return left == right


def orderable(left: Type, right: Type) -> bool:
    """Whether `<` compares two types; two choices must be of one list."""
    if isinstance(left, ChoiceOf) and isinstance(right, ChoiceOf):
        return left.ordered and left.options == right.options
    return has_order(left) and has_order(right) and comparable(left, right)


def unified(of: list[Type]) -> Type | None:
    """The one type of several values (money where numbers meet it, instants where dates do); None: none."""
    first = of[0]
    for other in of[1:]:
        if not comparable(first, other) and first != other:
            return None
        if types.MONEY in (first, other):
            first = types.MONEY
        elif types.INSTANT in (first, other):
            first = types.INSTANT
        elif isinstance(first, Number) and isinstance(other, Number):
            first = first if first == other else types.NUMBER
        elif first != other and is_text(first):
            first = types.TEXT
    return first


def fits(given: Type, due: Type) -> bool:
    """Whether a value of one type may stand where another is due."""
    if is_failed(given, due):
        return True
    match given, due:
        case ChoiceOf(), ChoiceOf():
            return not due.options or set(given.options) <= set(due.options)
        case ChoiceOf(), _:
            return due == types.TEXT
        case ListOf(item=item), ListOf(item=wanted):
            return fits(item, wanted)
        case Record(), Record():
            return given == due
    if due == types.MONEY:
        return is_amount(given)
    if due == types.INSTANT:
        return is_day(given)
    return (
        comparable(given, due)
        and not (due == types.DATE and given == types.INSTANT)
        and (given != types.MONEY)
    )
