"""The abstract syntax of expressions: frozen, tagged nodes with spans.

`expressions.parse` makes them with `Name` for every dotted name. `resolve` replaces each name by what it
means (`Field`, `Choice`), so that a plan holds no `Name` and no evaluator ever guesses.
Spans are offsets in the YAML file, take no part in equality and are not stored in plans.
"""

from dataclasses import field
from typing import Literal, TypeAlias

from dsl.frozen import dataclass
from dsl.source import NOWHERE, Span
from dsl.values import Duration, Value

Root: TypeAlias = Literal[
    "contact", "event", "item", "run", "bound", "property", "clock", "message", "changed"
]
"""Where a field is looked up.

contact: attributes · event: the event that started the run · item: the element of `for_each` · run: variables
and `key` · bound: path[0] is the id of a `wait_for` branch, the rest a property of the event that ended it ·
property: a bare name inside `where`, of the event looked at · clock: `now`, `today`, `entry` ·
message: those of a limit, like `priority` and `tags` · changed: `before`, `after` of a `changed` trigger.
"""

Comparison: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
Arithmetic: TypeAlias = Literal["+", "-", "*", "/"]


def _span() -> Span:
    return field(default=NOWHERE, compare=False, repr=False, metadata={"stored": False})


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, boolean, date, time, instant or duration as written."""

    value: Value
    span: Span = _span()
    kind: Literal["constant"] = "constant"


@dataclass(frozen=True, slots=True)
class Unknown:
    """The word `unknown`, which only `set` takes."""

    span: Span = _span()
    kind: Literal["unknown"] = "unknown"


@dataclass(frozen=True, slots=True)
class Choice:
    """A bare word that was resolved to a value of the choice it is compared with."""

    value: str
    options: tuple[str, ...] = ()
    ordered: bool = False
    span: Span = _span()
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True, slots=True)
class ListNode:
    """`[FR, BE]`."""

    items: tuple["Expression", ...]
    span: Span = _span()
    kind: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name as written; `resolve` replaces it."""

    path: tuple[str, ...]
    span: Span = _span()
    kind: Literal["name"] = "name"


@dataclass(frozen=True, slots=True)
class Field:
    """A name whose meaning is known. `items.sku` of a list of records is one path."""

    root: Root
    path: tuple[str, ...]
    options: tuple[str, ...] = ()
    """The options of an ordered choice, so that comparing needs no catalog; else empty."""
    span: Span = _span()
    kind: Literal["field"] = "field"


@dataclass(frozen=True, slots=True)
class Not:
    """`not x`."""

    operand: "Expression"
    span: Span = _span()
    kind: Literal["not"] = "not"


@dataclass(frozen=True, slots=True)
class Negative:
    """`-x`."""

    operand: "Expression"
    span: Span = _span()
    kind: Literal["negative"] = "negative"


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and c`, `a or b`; at least two operands."""

    op: Literal["and", "or"]
    operands: tuple["Expression", ...]
    span: Span = _span()
    kind: Literal["logic"] = "logic"


@dataclass(frozen=True, slots=True)
class Compare:
    """`a < b`."""

    op: Comparison
    left: "Expression"
    right: "Expression"
    span: Span = _span()
    kind: Literal["compare"] = "compare"


@dataclass(frozen=True, slots=True)
class Calculate:
    """`a + b`."""

    op: Arithmetic
    left: "Expression"
    right: "Expression"
    span: Span = _span()
    kind: Literal["calculate"] = "calculate"


@dataclass(frozen=True, slots=True)
class In:
    """`a in [..]`, `a not in [..]`."""

    value: "Expression"
    options: "Expression"
    negated: bool = False
    span: Span = _span()
    kind: Literal["in"] = "in"


@dataclass(frozen=True, slots=True)
class Between:
    """`a between b and c`, both ends in."""

    value: "Expression"
    low: "Expression"
    high: "Expression"
    span: Span = _span()
    kind: Literal["between"] = "between"


@dataclass(frozen=True, slots=True)
class TextTest:
    """`a contains b` (text in text, or element of list), `a starts with b`."""

    op: Literal["contains", "starts with"]
    value: "Expression"
    part: "Expression"
    span: Span = _span()
    kind: Literal["text_test"] = "text_test"


@dataclass(frozen=True, slots=True)
class IsKnown:
    """`a is known`, `a is unknown` (negated)."""

    value: "Expression"
    negated: bool = False
    span: Span = _span()
    kind: Literal["is_known"] = "is_known"


@dataclass(frozen=True, slots=True)
class InSegment:
    """`in segment vip`, `not in segment vip`; the segment's definition is looked up when asked."""

    segment: str
    negated: bool = False
    span: Span = _span()
    kind: Literal["in_segment"] = "in_segment"


@dataclass(frozen=True, slots=True)
class Window:
    """Which events of a history are looked at, by their own `at`.

    `last`: amount · `since`: anchor, `entry` or a step id · `between`: low and high · else nothing more.
    """

    form: Literal["ever", "last", "since", "today", "between"]
    amount: Duration | None = None
    anchor: str | None = None
    low: "Expression | None" = None
    high: "Expression | None" = None
    span: Span = _span()
    kind: Literal["window"] = "window"


@dataclass(frozen=True, slots=True)
class History:
    """`did(...)`, `count(...)`, `sum(...)`, `first(...).x`: a question about a person's events.

    `path` is the property read (`total` in `sum(order.placed.total)` and `first(order.placed).total`);
    empty for did and count. `at` is the event's instant.
    """

    function: Literal["did", "count", "sum", "avg", "min", "max", "first", "latest"]
    event: str
    path: tuple[str, ...]
    where: "Expression | None"
    window: Window
    span: Span = _span()
    name_span: Span = _span()
    """Of the event's name, and of the path where there is one: `order.placed.total`."""
    kind: Literal["history"] = "history"


@dataclass(frozen=True, slots=True)
class MessageTest:
    """`sent(hello)`, `clicked(hello, "keep_me")`: about a message step of this run."""

    function: Literal["sent", "delivered", "clicked", "opened", "replied"]
    step: str
    link: str | None = None
    span: Span = _span()
    name_span: Span = _span()
    """Of the step's id."""
    kind: Literal["message_test"] = "message_test"


@dataclass(frozen=True, slots=True)
class CanReceive:
    """`can_receive(sms)`, `can_receive(email, newsletter)`; without a topic, the scenario's."""

    channel: str
    topic: str | None = None
    span: Span = _span()
    name_span: Span = _span()
    """Of the channel."""
    topic_span: Span = _span()
    kind: Literal["can_receive"] = "can_receive"


@dataclass(frozen=True, slots=True)
class CanTrack:
    """`can_track(opens)`, `can_track(clicks)`."""

    what: Literal["opens", "clicks"]
    span: Span = _span()
    kind: Literal["can_track"] = "can_track"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of values: `days_since`, `anniversary`, `age`, `lower`, `coalesce`, `take`, ..."""

    function: str
    arguments: tuple["Expression", ...]
    span: Span = _span()
    name_span: Span = _span()
    """Of the function's name."""
    kind: Literal["call"] = "call"


Expression: TypeAlias = (
    Constant
    | Unknown
    | Choice
    | ListNode
    | Name
    | Field
    | Not
    | Negative
    | Logic
    | Compare
    | Calculate
    | In
    | Between
    | TextTest
    | IsKnown
    | InSegment
    | History
    | MessageTest
    | CanReceive
    | CanTrack
    | Call
)
