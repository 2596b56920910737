"""What is known of a value before anything is claimed: by its type, its choices, and how it comes about."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from dsl.catalog import TRACKED_EVENTS, Attribute
from dsl.environment import Environment
from dsl.frozen import dataclass
from dsl.nodes import Calculate, Call, Constant, Expression, Field, History
from dsl.policy import Formula
from dsl.proofs.rooms import PLAIN, SURE, Room
from dsl.signatures import WEEKDAYS
from dsl.types import ChoiceOf, Number, Record, Simple, Type

DEEPEST = 20
"""So many definitions behind one another are looked through; a circle of them is an error of its own."""

Ends: TypeAlias = tuple[Decimal | None, Decimal | None]
OPEN: Ends = (None, None)

_CALLS: dict[str, tuple[int, int | None]] = {
    "length": (0, None),
    "day": (1, 31),
    "month": (1, 12),
    "hour": (0, 23),
}
"""Functions whose value is a whole number in a range."""


@dataclass(frozen=True)
class Definitions:
    """What stands behind names. `topic`: of `can_receive(email)`. `loose`: attributes that were just set.

    A value that was set and not yet read again may be outside of what the catalog says.
    """

    attributes: Mapping[str, Attribute]
    segments: Mapping[str, Formula]
    topic: str | None = None
    loose: frozenset[str] = frozenset()

    def behind(self, term: Expression) -> Expression:
        """The definition of a computed attribute, through all names; anything else as it is."""
        for _ in range(DEEPEST):
            if not isinstance(term, Field) or term.root != "contact" or len(term.path) != 1:
                return term
            declared = self.attributes.get(term.path[0])
            if declared is None or declared.computed is None:
                return term
            term = declared.computed
        return term


def room_of(term: Expression, env: Environment, known: Definitions) -> Room:
    """The room of a value of which nothing is claimed."""
    match term:
        case Field():
            return _of_field(term, type_of(term, env), known)
        case History(function="count") if term.event not in TRACKED_EVENTS:
            always = term.window.form in ("ever", "last", "today")
            return Room(SURE if always else PLAIN, low=Decimal(0), whole=True)
        case Call(function="weekday"):
            return Room(options=frozenset(WEEKDAYS))
        case Call(function=name) if name in _CALLS:
            low, high = _CALLS[name]
            return Room(low=Decimal(low), high=None if high is None else Decimal(high), whole=True)
    low_end, high_end = ends_of(term, env, known)
    return Room(low=low_end, high=high_end)


def _of_field(field: Field, of: Type | None, known: Definitions) -> Room:
    bounded = field.root != "run" and not (field.root == "contact" and field.path[0] in known.loose)
    match of:
        case ChoiceOf(options=options) if bounded:
            return Room(PLAIN, options=frozenset(options))
        case Number(minimum=low, maximum=high):
            return Room(PLAIN, low=low, high=high) if bounded else Room(PLAIN)
        case None | Simple(name="money" | "unknown"):
            return Room()
        case ChoiceOf():
            return Room()
    return Room(PLAIN)


def type_of(field: Field, env: Environment) -> Type | None:
    """The type of a field where it stands; None where that is not told."""
    name, rest = field.path[0], field.path[1:]
    of: Type | None = None
    match field.root:
        case "contact":
            attribute = env.catalog.attributes.get(name)
            of = attribute.type if attribute else None
        case "run":
            of = env.run.get(name)
        case "bound":
            of = env.bound.get(name)
        case "event" | "item" | "property":
            held = {"event": env.event, "item": env.item, "property": env.looked_at}[field.root]
            of, rest = held, field.path
    for part in rest:
        of = of.field(part) if isinstance(of, Record) else None
    return of


def ends_of(term: Expression, env: Environment, known: Definitions) -> Ends:
    """The least and the greatest value of a calculation, as far as that is sure; both ends are in."""
    match known.behind(term):
        case Constant(value=Decimal() as value):
            return value, value
        case Field() as field:
            room = _of_field(field, type_of(field, env), known)
            return room.low, room.high
        case History(function="count"):
            return Decimal(0), None
        case Call(function="min" | "max" as name, arguments=arguments):
            return _extreme(name, [ends_of(each, env, known) for each in arguments])
        case Calculate(op="/" | "*" as op, left=left, right=Constant(value=Decimal() as by)) if by > 0:
            low, high = ends_of(left, env, known)
            return _by(op, low, by), _by(op, high, by)
    return OPEN


def _by(op: str, end: Decimal | None, by: Decimal) -> Decimal | None:
    """An end that was multiplied or divided; a quotient that does not come out is left open."""
    if end is None:
        return None
    result = end * by if op == "*" else end / by
    return result if (result / by if op == "*" else result * by) == end else None


def _extreme(name: str, ends: list[Ends]) -> Ends:
    lows = [low for low, _ in ends if low is not None]
    highs = [high for _, high in ends if high is not None]
    everywhere = (len(lows) == len(ends), len(highs) == len(ends))
    if name == "min":
        return min(lows) if everywhere[0] else None, min(highs, default=None)
    return max(lows, default=None), max(highs) if everywhere[1] else None


def counted(node: History) -> History:
    """`did` as the count that it asks about."""
    return replace(node, function="count", path=())
