"""The types of a plan's expressions, as far as words depend on them: a date is before, not less than."""

from datetime import date, datetime, time
from decimal import Decimal

from dsl import nodes, types
from dsl.nodes import Expression
from dsl.signatures import SIGNATURES
from dsl.types import ChoiceOf, ListOf, Record, Type
from dsl.values import Duration, Money
from dsl.wording.speech import Names

_CONSTANTS: tuple[tuple[type, Type], ...] = (
    (Decimal, types.NUMBER),
    (datetime, types.INSTANT),
    (date, types.DATE),
    (time, types.TIME),
    (Duration, types.DURATION),
    (Money, types.MONEY),
)
_IN_TIME = (types.DATE, types.INSTANT, types.TIME)


def in_time(node: Expression, names: Names) -> bool:
    """Whether an expression is a date, a time or an instant."""
    return kind(node, names) in _IN_TIME


def kind(node: Expression, names: Names) -> Type | None:
    """The type of an expression; None where the words do not depend on it."""
    match node:
        case nodes.Constant(value=value):
            return next((of for held, of in _CONSTANTS if isinstance(value, held)), None)
        case nodes.Choice(options=options, ordered=ordered):
            return ChoiceOf(options, ordered)
        case nodes.Field(options=options):
            return ChoiceOf(options, ordered=True) if options else _field(node, names)
        case nodes.History():
            return _history(node, names)
        case nodes.Calculate(op=op, left=left, right=right):
            return _calculated(op, kind(left, names), kind(right, names))
        case nodes.Call(function=function, arguments=arguments):
            signature = SIGNATURES.get(function)
            gives = signature.gives if signature else None
            return kind(arguments[0], names) if isinstance(gives, str) else gives
    return None


def _calculated(op: str, left: Type | None, right: Type | None) -> Type | None:
    if left in _IN_TIME and right in _IN_TIME:
        return types.DURATION
    if op == "/" and left == right == types.MONEY:
        return types.NUMBER
    return left if left in (*_IN_TIME, types.MONEY, types.DURATION) else right


def _field(node: nodes.Field, names: Names) -> Type | None:
    match node.root:
        case "contact":
            attribute = names.catalog.attributes.get(node.path[0])
            return attribute.type if attribute else None
        case "clock":
            return types.DATE if node.path == ("today",) else types.INSTANT
        case "event":
            return property_of(names.started_by, node.path, names)
        case "property":
            return property_of(names.looked_at, node.path, names)
        case "bound":
            return property_of(names.awaited.get(node.path[0]), node.path[1:], names)
        case "run" if len(node.path) == 1:
            return names.noted.get(node.path[0])
    return None


def _history(node: nodes.History, names: Names) -> Type | None:
    if node.function in ("count", "did"):
        return types.NUMBER
    return property_of(node.event, node.path, names)


def property_of(event: str | None, path: tuple[str, ...], names: Names) -> Type | None:
    """The type of a property of an event, `at` being its instant; None where it is not known."""
    if path == ("at",):
        return types.INSTANT
    declared = names.catalog.events.get(event or "")
    found: Type | None = declared.properties if declared else None
    for name in path:
        inner = found.item if isinstance(found, ListOf) else found
        found = inner.field(name) if isinstance(inner, Record) else None
    return found
