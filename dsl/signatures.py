"""The functions of the language, one line each: how they are written, what they take and give, what they do.

The checker, the documentation and completion read this table; implementations of the functions of values
stand in `semantics.functions` under the same names.
"""

from typing import Literal, TypeAlias

from dsl import types
from dsl.frozen import dataclass
from dsl.types import ChoiceOf, Type

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY = ChoiceOf(WEEKDAYS, ordered=True)

Takes: TypeAlias = Literal[
    "number", "amount", "text", "measure", "ordered", "day", "calendar day", "anything", "pool"
]
"""number · amount: number or money · text: text, choice, email, phone · measure: text or list ·
ordered: what has an order, all of one type · day: date or instant · calendar day: date ·
anything: all of one type · pool: the name of a code pool."""

Gives: TypeAlias = Type | Literal["same"]
"""A type, or that of the arguments."""


@dataclass(frozen=True)
class Signature:
    """One function. `most` None: any number of arguments; `takes` is for each, the last one repeats."""

    name: str
    usage: str
    doc: str
    takes: tuple[Takes, ...] = ()
    gives: Gives = types.NUMBER
    least: int = 1
    most: int | None = 1
    family: Literal["value", "history", "message", "person"] = "value"


def _history(name: str, usage: str, doc: str) -> Signature:
    return Signature(name, usage, doc, family="history")


def _message(name: str, usage: str, doc: str) -> Signature:
    return Signature(name, usage, doc, gives=types.BOOLEAN, family="message")


_ALL = (
    _history("did", "did(order.placed, last 90 days)", "whether an event happened in the window"),
    _history("count", "count(order.placed where total > 50, since entry)", "how many events; 0 of none"),
    _history(
        "sum", "sum(order.placed.total, last 365 days)", "the property added up over the events; 0 of none"
    ),
    _history("avg", "avg(order.placed.total, last 365 days)", "its mean over the events that have it"),
    _history("first", "first(order.placed).total", "a property of the first event, or its instant: `.at`"),
    _history("latest", "latest(order.placed).at", "a property of the latest event, or its instant: `.at`"),
    _message("sent", "sent(hello)", "whether the message of that step left in this run"),
    _message("delivered", "delivered(hello)", "whether it arrived"),
    _message("opened", "opened(hello)", "whether it was opened; unknown for who may not be tracked"),
    _message("clicked", 'clicked(hello, "keep_me")', "whether a link of it was clicked; unknown likewise"),
    _message("replied", "replied(hello)", "whether the person replied to it"),
    Signature(
        "can_receive",
        "can_receive(email, newsletter)",
        "whether consent and address let a message through",
        gives=types.BOOLEAN,
        most=2,
        family="person",
    ),
    Signature(
        "can_track",
        "can_track(opens)",
        "whether opens or clicks of the person may be tracked",
        gives=types.BOOLEAN,
        family="person",
    ),
    Signature(
        "days_since", "days_since(contact.created_at)", "whole periods of 24 hours since then", ("day",)
    ),
    Signature(
        "anniversary",
        "anniversary(contact.birthdate)",
        "the next anniversary, today included",
        ("calendar day",),
        types.DATE,
    ),
    Signature("age", "age(contact.birthdate)", "completed years until today", ("calendar day",)),
    Signature("weekday", "weekday(today) == mon", "mon to sun, local", ("day",), WEEKDAY),
    Signature("hour", "hour(now)", "0 to 23, local", ("day",)),
    Signature("date", "date(now)", "the local day of an instant", ("day",), types.DATE),
    Signature("day", "day(today)", "the day of the month, 1 to 31, local", ("day",)),
    Signature("month", "month(today)", "1 to 12, local", ("day",)),
    Signature("lower", "lower(contact.first_name)", "in small letters", ("text",), types.TEXT),
    Signature("upper", "upper(contact.first_name)", "in capitals", ("text",), types.TEXT),
    Signature(
        "length", "length(contact.first_name)", "characters of a text, elements of a list", ("measure",)
    ),
    Signature(
        "round",
        "round(contact.balance, 2)",
        "to so many decimals (0), halves away from zero",
        ("amount", "number"),
        "same",
        most=2,
    ),
    Signature("min", "min(a, b)", "the smallest; unknown when one is", ("ordered",), "same", 2, None),
    Signature("max", "max(a, b)", "the largest; unknown when one is", ("ordered",), "same", 2, None),
    Signature("coalesce", "coalesce(a, b)", "the first that is known", ("anything",), "same", 2, None),
    Signature("take", "take(winback_15)", "a code of the pool, in `with` alone", ("pool",), types.TEXT),
)

SIGNATURES: dict[str, Signature] = {signature.name: signature for signature in _ALL}
"""Every function by its name."""

HISTORY_EXTREMES: dict[str, Signature] = {
    name: _history(
        name, f"{name}(order.placed.total, last 365 days)", f"the {word} of the property over the events"
    )
    for name, word in (("min", "smallest"), ("max", "largest"))
}
"""`min` and `max` are functions of values too, and stand there in `SIGNATURES`."""
