"""Frozen dataclasses to JSON and back, by their annotations.

A union of dataclasses is told apart by its `kind` literal. Fields marked `stored: False` (spans) are left
out, fields at their default too; a missing field takes its default, so old data stays readable.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from dsl.values import Duration, Money

PLAIN = (str, int, float, bool, types.NoneType)
"""What JSON holds as Python does."""

T = TypeVar("T")
Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]


def encode(value: Any) -> Any:
    """The JSON form of a dataclass, or of a value inside one. Raises TypeError on anything else."""
    return _writer(value.__class__)(value)


@cache
def _writer(cls: Any) -> Writer:
    """How to write the values of one class."""
    if issubclass(cls, PLAIN):
        return lambda value: value
    if issubclass(cls, tuple | list):
        return lambda value: [_writer(each.__class__)(each) for each in value]
    if issubclass(cls, Mapping):
        return lambda value: {name: _writer(each.__class__)(each) for name, each in value.items()}
    for known, (tag, form) in TAGGED.items():
        if issubclass(cls, known):
            return _tagging(tag, form)
    if is_dataclass(cls):
        return _dataclass_writer(cls)
    raise TypeError(f"no JSON form for {cls.__name__}")


TAGGED: Mapping[type, tuple[str, Writer]] = {
    Decimal: ("number", str),
    datetime: ("instant", datetime.isoformat),
    date: ("date", date.isoformat),
    time: ("time", time.isoformat),
    Duration: ("duration", lambda value: [value.months, value.days, value.seconds]),
    Money: ("money", lambda value: [str(value.amount), value.currency]),
}
"""Values of the language that JSON lacks: the tag and the form of each. An instant is also a date, and stands
before it."""


def _tagging(tag: str, form: Writer) -> Writer:
    return lambda value: {"$": tag, "v": form(value)}


def _dataclass_writer(cls: Any) -> Writer:
    stored = [f for f in fields(cls) if f.metadata.get("stored") is not False]
    kept = [(f.name, f.name != "kind", _default(f)) for f in stored]

    def write(value: Any) -> Any:
        written = {}
        for name, may_lack, default in kept:
            each = getattr(value, name)
            if not may_lack or each != default:
                written[name] = _writer(each.__class__)(each)
        return written

    return write


def _default(f: "Field[Any]") -> Any:
    """What a field is when nobody says; MISSING, which nothing equals, where somebody must."""
    return f.default if f.default_factory is MISSING else f.default_factory()


def decode(cls: type[T], data: Any) -> T:
    """The dataclass that `encode` wrote. Raises ValueError on data of another shape."""
    try:
        result: T = _read_dataclass(cls, data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a stored {cls.__name__}: {error!r}") from error
    return result


def decode_fields(cls: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Some fields of a dataclass, by name, as `encode` wrote them. Raises ValueError as `decode`."""
    try:
        return _read_fields(cls, data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no stored fields of {cls.__name__}: {error!r}") from error


def decode_value(data: Any) -> Any:
    """A value of the language as `encode` wrote it (numbers, dates and money are tagged)."""
    if isinstance(data, list):
        return tuple(decode_value(each) for each in data)
    if not isinstance(data, dict):
        return data
    if "$" not in data:
        return {name: decode_value(each) for name, each in data.items()}
    match data["$"]:
        case "number":
            return Decimal(data["v"])
        case "instant":
            return datetime.fromisoformat(data["v"])
        case "date":
            return date.fromisoformat(data["v"])
        case "time":
            return time.fromisoformat(data["v"])
        case "duration":
            return Duration(*data["v"])
        case "money":
            return Money(Decimal(data["v"][0]), data["v"][1])
    raise ValueError(f"unknown tag {data['$']!r}")


@cache
def _reader(annotation: Any) -> Reader:
    """How to read one annotation; dataclasses are looked up late, so that types may be recursive."""
    origin = get_origin(annotation)
    if annotation in (Decimal, datetime, date, time, Duration, Money, Any):
        return decode_value
    if is_dataclass(annotation):
        return lambda data: _read_dataclass(annotation, data)
    if origin in (Union, types.UnionType):
        return _union_reader(get_args(annotation))
    if origin is tuple:
        return _tuple_reader(get_args(annotation))
    if origin is list:
        item = get_args(annotation)[0]
        return lambda data: [_reader(item)(each) for each in data]
    if origin in (dict, Mapping):
        of = get_args(annotation)[1]
        return _mapping_reader(of)
    if origin is Literal or annotation in PLAIN:
        return lambda data: data
    raise TypeError(f"codec cannot read {annotation!r}")


def _mapping_reader(of: Any) -> Reader:
    if of in PLAIN:
        return dict
    return lambda data: {name: _reader(of)(each) for name, each in data.items()}


def _tuple_reader(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        return lambda data: tuple(_reader(arguments[0])(each) for each in data)
    return lambda data: tuple(_reader(of)(each) for of, each in zip(arguments, data, strict=True))


def _union_reader(arguments: tuple[Any, ...]) -> Reader:
    classes = [a for a in arguments if is_dataclass(a) and a not in (Duration, Money)]
    tagged = {_kind(a): a for a in classes if "kind" in {f.name for f in fields(a)}}
    others = [a for a in arguments if a is not type(None) and a not in tagged.values()]

    def read(data: Any) -> Any:
        if data is None:
            return None
        if isinstance(data, dict) and data.get("kind") in tagged:
            return _read_dataclass(tagged[data["kind"]], data)
        if len(others) == 1:
            return _reader(others[0])(data)
        raise ValueError(f"none of {sorted(tagged)}: {str(data)[:80]}")

    return read


def _kind(cls: Any) -> Any:
    return next(f.default for f in fields(cls) if f.name == "kind")


@cache
def _readers(cls: Any) -> dict[str, Reader | None]:
    """By field; None for what is held as it was written."""
    hints = get_type_hints(cls)
    stored = [f for f in fields(cls) if f.metadata.get("stored") is not False]
    return {f.name: None if _is_plain(hints[f.name]) else _reader(hints[f.name]) for f in stored}


def _is_plain(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, types.UnionType):
        return all(map(_is_plain, get_args(annotation)))
    return get_origin(annotation) is Literal or annotation in PLAIN


def _read_fields(cls: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    readers = _readers(cls)
    return {
        name: each if (read := readers[name]) is None else read(each)
        for name, each in data.items()
        if name in readers
    }


def _read_dataclass(cls: Any, data: dict[str, Any]) -> Any:
    return cls(**_read_fields(cls, data))
