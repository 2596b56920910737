"""Jinja2's own filters, which see a value as the person reads it, and nothing where it is unknown.

Left to themselves they would hand out how Python holds things: `None`, `Money(amount=...)`.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import wraps
from typing import Any

from jinja2 import filters, pass_context, pass_environment
from jinja2.environment import Environment
from jinja2.exceptions import FilterArgumentError
from jinja2.runtime import Context
from markupsafe import soft_str

from dsl.values import Money, Value
from engine.template_budget import within
from engine.template_formats import written
from engine.template_values import comparable, total

Filter = Callable[..., Any]


def as_text(context: Context, value: Value) -> str:
    """What `{{ value }}` prints, as the text that a filter takes. Markup stays what it is."""
    return value if type(value) is str else soft_str(written(context, value))


def _of_known(of: Filter) -> Filter:
    """The filter `of`, where unknown stays unknown: nothing is printed, and `default` replaces it."""
    # Some are given the context or the environment before the value, and `wraps` says it of this one too.
    at = 1 if hasattr(of, "jinja_pass_arg") else 0

    @wraps(of)
    def of_known(*given: Any, **named: Any) -> Any:
        return None if given[at] is None else of(*given, **named)

    return of_known


def _of_text(of: Filter) -> Filter:
    """The filter `of` of what is printed."""

    @pass_context
    def of_text(context: Context, value: Value, *given: Any, **named: Any) -> Any:
        return None if value is None else of(as_text(context, value), *given, **named)

    return of_text


@_of_known
@pass_context
def _truncate(context: Context, value: Value, *given: Any, **named: Any) -> str:
    return filters.do_truncate(context.environment, as_text(context, value), *given, **named)


@_of_known
@pass_context
def _replace(context: Context, value: Value, old: Value, new: Value, count: int | None = None) -> str:
    said, old, new = (as_text(context, each) for each in (value, old, new))
    return within(context, filters.do_replace(context.eval_ctx, said, old, new, count))


@_of_known
@pass_context
def _join(context: Context, value: Value, d: Value = "", attribute: str | int | None = None) -> str:
    """What is unknown is left out, with the comma that would go with it."""
    if attribute is not None:
        value = map(filters.make_attrgetter(context.environment, attribute), value)
    parts = [as_text(context, each) for each in value if each is not None]
    return within(context, filters.sync_do_join(context.eval_ctx, parts, as_text(context, d)))


@_of_known
@pass_context
def _urlencode(context: Context, value: Value) -> str:
    """One text, or the names and values of a query."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return filters.do_urlencode(as_text(context, value))
    pairs = value.items() if isinstance(value, Mapping) else value
    return filters.do_urlencode([(name, as_text(context, each)) for name, each in pairs])


@_of_known
@pass_environment
def _sum(environment: Environment, value: Value, attribute: str | int | None = None, start: Any = 0) -> Any:
    """Unknown where a part of it is, as in the language."""
    parts = list(map(filters.make_attrgetter(environment, attribute), value))
    return None if any(each is None for each in (start, *parts)) else total(parts, start)


@_of_known
@pass_context
def _sort(
    context: Context,
    value: Value,
    reverse: bool = False,  # noqa: FBT001, FBT002 - as Jinja2's own, which templates call
    case_sensitive: bool = False,  # noqa: FBT001, FBT002
    attribute: str | int | None = None,
) -> list[Value]:
    """What is unknown comes last, since it is neither before nor after anything."""
    folded = None if case_sensitive else filters.ignore_case
    of = filters.make_multi_attrgetter(context.environment, attribute, postprocess=folded)
    parts = [(of(each), each) for each in value]
    known = [(key, each) for key, each in parts if None not in key]
    unknown = [each for key, each in parts if None in key]
    known.sort(key=lambda of_each: [comparable(context, part) for part in of_each[0]], reverse=reverse)
    return [*(each for _, each in known), *unknown]


def _number(of: Filter) -> Filter:
    """A text or an amount as a number: unknown is 0 only where the template says so, `int(0)`."""

    @wraps(of)
    def number(value: Value, *given: Any, **named: Any) -> Any:
        if value is None:
            return named.get("default", given[0] if given else None)
        return of(value.amount if isinstance(value, Money) else value, *given, **named)

    return number


def _of_amount(of: Filter) -> Filter:
    """The filter `of` a number, which an amount stays an amount in."""

    @wraps(of)
    def of_amount(value: Value, *given: Any, **named: Any) -> Any:
        if not isinstance(value, Money):
            return of(value, *given, **named)
        return Money(Decimal(str(of(value.amount, *given, **named))), value.currency)

    return of_amount


def _round(value: Value, precision: int = 0, method: str = "common") -> Any:
    """Halves away from zero, as in the language."""
    if abs(precision) > MOST_PLACES:
        raise FilterArgumentError(f"`round` is to at most {MOST_PLACES} places")
    if method == "common" and isinstance(value, Decimal):
        return value.quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP)
    return filters.do_round(value, precision, method)  # type: ignore[arg-type]


MOST_PLACES = 30
"""Of a rounded number; more would be worked out for minutes."""
_OF_TEXT = ("capitalize", "e", "escape", "lower", "striptags", "title", "trim", "upper")
_OF_KNOWN = ("first", "last", "length")

JINJAS: dict[str, Filter] = {
    **{name: _of_text(filters.FILTERS[name]) for name in _OF_TEXT},
    **{name: _of_known(filters.FILTERS[name]) for name in _OF_KNOWN},
    "abs": _of_known(_of_amount(filters.FILTERS["abs"])),
    "round": _of_known(_of_amount(_round)),
    "float": _number(filters.do_float),
    "int": _number(filters.do_int),
    "join": _join,
    "replace": _replace,
    "sort": _sort,
    "sum": _sum,
    "truncate": _truncate,
    "urlencode": _urlencode,
}
"""The filters that Jinja2 brings, by the name that templates give them."""
