"""How values of the language are written for people, by their locale: money, dates, times, numbers.

A filter of what is unknown gives what is unknown, so that `default` after it still replaces it.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from jinja2 import pass_context
from jinja2.runtime import Context, Undefined
from markupsafe import escape

from dsl.values import Money, Value
from engine.mail_parts import is_web

BABEL = "_babel"
ZONE = "_zone"
CURRENCY = "_currency"
"""Names under which a rendering keeps what these filters need; templates cannot write them by accident."""

OUTWARD = "_outward"
"""Name of the filter by which the address of a link leaves, and of what the rendering makes of it."""

MARKS = ("\ue000", "\ue001", "\ue002", "\ue003", "\ue004")
"""What marks places in a text that is being made (see `text_parts`). For private use in Unicode: in no text,
but for one that was written to pass for a mark."""

BREAKS = str.maketrans("\n\r\t\f", "    ", "".join(MARKS))
"""Line breaks as HTML has them, and no marks: what is printed on one line."""


@lru_cache(maxsize=1024)
def best_locale(wanted: str | None, available: str) -> Locale:
    """The person's own locale where it is of the template's language, else the template's."""
    for name in (wanted, available):
        try:
            locale = Locale.parse((name or "").replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            continue
        if locale.language == available.split("-", maxsplit=1)[0]:
            return locale
    return Locale("en")


@pass_context
def money(context: Context, value: Value, currency: str | None = None) -> str | None:
    """`1 234,50 €`. Round amounts lose their cents; a bare number is in the brand's currency."""
    if value is None:
        return None
    given = value if isinstance(value, Money) else Money(Decimal(str(value)), context[CURRENCY])
    return _price(given.amount, currency or given.currency, context[BABEL])


@lru_cache(maxsize=4096)
def _price(amount: Decimal, currency: str, locale: Locale) -> str:
    # Kept, since the prices of a letter are the same for everybody who gets it.
    return format_currency(
        amount,
        currency,
        locale=locale,
        format=None if amount % 1 else _no_cents(locale),
        currency_digits=bool(amount % 1),
    )


def _no_cents(locale: Locale) -> str:
    return str(locale.currency_formats["standard"].pattern).replace(".00", "")


@pass_context
def number(context: Context, value: Value) -> str | None:
    """`1 234,5`; of an amount its number."""
    figure = value.amount if isinstance(value, Money) else value
    return None if value is None else format_decimal(figure, locale=context[BABEL])


@pass_context
def day(context: Context, value: Value, style: str = "long") -> str | None:
    """`22 novembre 2026`; `style` is short, medium, long, full or a pattern like `d MMMM`.

    An instant is the day that it is where the person lives.
    """
    if value is None:
        return None
    local = value.astimezone(context[ZONE]) if isinstance(value, datetime) else value
    return format_date(local, format=style, locale=context[BABEL])


@pass_context
def clock(context: Context, value: Value, style: str = "short") -> str | None:
    """`09:00`; an instant is read where the person lives."""
    if value is None:
        return None
    zone: ZoneInfo = context[ZONE]
    local = value.astimezone(zone).time() if isinstance(value, datetime) else value
    return format_time(local, format=style, locale=context[BABEL])


@pass_context
def plural(context: Context, value: Value, one: str, other: str, **forms: str) -> str:
    """The form of a word that goes with a number, by the rules of the language (Unicode CLDR).

    `{{ points|number }} {{ points|plural("point", "points") }}`; a language with more forms names them:
    `plural("plik", "pliku", few="pliki", many="plików")`. Unknown takes `other`.
    """
    if value is None:
        return other
    locale: Locale = context[BABEL]
    return ({"one": one} | forms).get(locale.plural_form(value), other)


@pass_context
def written(context: Context, value: Value) -> Any:
    """What `{{ value }}` prints: unknown is nothing, and no value shows how Python holds it.

    Raises TypeError for what has no way to be printed, such as a record or a function.
    """
    if type(value) is str:  # as most of them are: a match asks for each kind in turn
        return value
    match value:
        case None:
            return ""
        case str() | Undefined() | bool() | int():
            return value
        case Money():
            return money(context, value)
        case Decimal() | float():
            return number(context, value)
        case datetime() | date():
            return day(context, value)
        case time():
            return clock(context, value)
    kind = (
        "list" if isinstance(value, list | tuple) else "record" if isinstance(value, Mapping) else "function"
    )
    raise TypeError(f"a {kind} cannot be printed as it is")


@pass_context
def written_on_one_line(context: Context, value: Value) -> Any:
    """The same where the line breaks of a value are blanks, as they are in HTML."""
    if not isinstance(value, str):
        return written(context, value)
    # No line break can be printed, and hardly any value has one.
    return value if value.isprintable() else value.translate(BREAKS)


@pass_context
def outward(context: Context, address: str) -> str:
    """The address of a link, as HTML has it, as it leaves."""
    # A plain text, since markup would take each step of its own for markup.
    url = unescape(str(address))
    return escape(context[OUTWARD](url)) if is_web(url) else address


def otherwise(value: Value, fallback: Value = "") -> Value:
    """`fallback` where the value is unknown: None, which Jinja2's own `default` would let through."""
    return fallback if value is None or isinstance(value, Undefined) else value


FORMATS: dict[str, Callable[..., Value]] = {
    "d": otherwise,
    "date": day,
    "default": otherwise,
    "money": money,
    "number": number,
    "plural": plural,
    "time": clock,
}
"""The filters of this module by the name that templates give them."""
