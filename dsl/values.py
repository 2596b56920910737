"""How values of the language are held in Python, and how JSON becomes one.

text, choice, email, phone: str · number: Decimal · boolean: bool · date: date · time: time ·
instant: datetime in UTC · duration: Duration · money: Money · list: tuple · record: dict.
Unknown is None, everywhere.
"""

import re
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from dsl.frozen import dataclass
from dsl.types import ChoiceOf, ListOf, Number, Record, Simple, Type, describe

Value: TypeAlias = Any
"""One of the Python types listed at the head of this module, or None for unknown."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time. Months and days are calendar amounts, seconds are exact.

    `3 days` is `Duration(days=3)`, `72 hours` is `Duration(seconds=259200)`: a wait treats them
    differently over a change of the clocks, a window counts a day as 24 hours.
    """

    months: int = 0
    days: int = 0
    seconds: int = 0

    @property
    def exact_seconds(self) -> int:
        """Length in seconds where days are 24 h and months 30 days: for windows and rough bounds."""
        return ((self.months * 30) + self.days) * 86_400 + self.seconds


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency (ISO 4217 code)."""

    amount: Decimal
    currency: str


LARGEST = 10**15
"""No amount of a customer reaches it, and every reader of JSON keeps 15 digits as they are (RFC 8259, 6)."""

_CURRENCY = re.compile("[A-Z]{3}")


class BadValue(ValueError):
    """A JSON value is not of the declared type; the message says what was expected and what came."""


def read_value(type_: Type, raw: Any, currency: str) -> Value:
    """The typed value of a JSON value; None (unknown) for null.

    `currency` is the brand's, used for money given as a bare number.
    Raises BadValue naming what was expected.
    """
    if raw is None:
        return None
    match type_:
        case Number():
            return _read_number(type_, raw)
        case ChoiceOf(options=options):
            if raw in options:
                return raw
        case ListOf(item=item):
            if isinstance(raw, list | tuple):
                return tuple(read_value(item, each, currency) for each in raw)
        case Record(fields=fields):
            if isinstance(raw, dict):
                return {name: read_value(of, raw.get(name), currency) for name, of in fields}
        case Simple(name=name):
            return _read_simple(name, raw, currency)
    raise BadValue(f"expected {describe(type_)}, got {_shown(raw)}")


def _read_number(type_: Number, raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise BadValue(f"expected a number, got {_shown(raw)}")
    number = _bounded(raw)
    if type_.minimum is not None and number < type_.minimum:
        raise BadValue(f"expected at least {type_.minimum}, got {_shown(raw)}")
    if type_.maximum is not None and number > type_.maximum:
        raise BadValue(f"expected at most {type_.maximum}, got {_shown(raw)}")
    return number


def _bounded(raw: Any) -> Decimal:
    """The number of JSON or of a text. Raises InvalidOperation for no number, BadValue for no useful one."""
    number = Decimal(str(raw))
    if not number.is_finite():
        raise BadValue(f"expected a finite number, got {_shown(raw)}")
    if abs(number) >= LARGEST:
        raise BadValue(
            f"expected a number of at most {len(str(LARGEST)) - 1} digits before the point, got {_shown(raw)}"
        )
    return number


def _is_currency(raw: Any) -> bool:
    """Whether it is written like a code of ISO 4217."""
    return isinstance(raw, str) and _CURRENCY.fullmatch(raw) is not None


def _read_simple(name: str, raw: Any, currency: str) -> Value:
    if name == "boolean" and isinstance(raw, bool):
        return raw
    if name == "money":
        return _read_money(raw, currency)
    if isinstance(raw, str):
        try:
            match name:
                case "text" | "email" | "phone":
                    return raw
                case "date":
                    return date.fromisoformat(raw)
                case "time":
                    return time.fromisoformat(raw)
                case "instant":
                    return read_instant(raw)
        except (ValueError, OverflowError):
            pass
    shape = {
        "date": "a date like 2026-12-25",
        "time": "a time like 09:00",
        "instant": "an instant like 2026-12-25T09:00:00+01:00",
    }
    raise BadValue(f"expected {shape.get(name, name)}, got {_shown(raw)}")


def _read_money(raw: Any, currency: str) -> Money:
    try:
        if isinstance(raw, dict) and set(raw) == {"amount", "currency"} and _is_currency(raw["currency"]):
            return Money(_bounded(raw["amount"]), raw["currency"])
        if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
            return Money(_bounded(raw), currency)
    except InvalidOperation:
        pass
    raise BadValue(
        f'expected an amount like 12.5 or {{"amount": 12.5, "currency": "EUR"}}, got {_shown(raw)}'
    )


def read_given(type_: Type, raw: Any, currency: str) -> Value:
    """The same of what somebody gives us now, who is told of keys of records that are not declared.

    `read_value` leaves those out, as what was kept under an older catalog may have them. Raises BadValue.
    """
    value = read_value(type_, raw, currency)
    for place in _undeclared(type_, raw):
        raise BadValue(f"`{place}` is not declared in catalog.yaml")
    return value


def _undeclared(type_: Type, raw: Any, place: str = "") -> Iterator[str]:
    """Where records in a JSON value have keys that the type does not declare, like `0.skuu`."""
    match type_:
        case ListOf(item=item) if isinstance(raw, list | tuple):
            for number, each in enumerate(raw):
                yield from _undeclared(item, each, f"{place}.{number}")
        case Record(fields=fields) if isinstance(raw, dict):
            declared = dict(fields)
            for name, each in raw.items():
                if name in declared:
                    yield from _undeclared(declared[name], each, f"{place}.{name}")
                else:
                    yield f"{place}.{name}".lstrip(".")


def read_instant(raw: str) -> datetime:
    """The instant in UTC of an ISO 8601 text, which must carry its offset. Raises ValueError.

    Not in the first nor in the last year that there is: in some zone that would be outside of the calendar.
    """
    instant = datetime.fromisoformat(raw)
    if instant.tzinfo is None:
        raise ValueError(f"{raw!r} has no offset; write it like 2026-12-25T09:00:00+01:00")
    if not MINYEAR < instant.year < MAXYEAR:
        raise ValueError(f"{raw!r} is not between the years {MINYEAR + 1} and {MAXYEAR - 1}")
    return instant.astimezone(UTC)


def write_value(value: Value) -> Any:
    """The JSON form of a value, which `read_value` reads back given its type."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Money(amount=amount, currency=currency):
            return {"amount": write_value(amount), "currency": currency}
        case Duration():
            return {"months": value.months, "days": value.days, "seconds": value.seconds}
        case datetime() | date() | time():
            return value.isoformat()
        case tuple() | list():
            return [write_value(each) for each in value]
        case dict():
            return {name: write_value(each) for name, each in value.items()}
    return value


def _shown(raw: Any) -> str:
    text = repr(raw)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - a line of a terminal
