"""What stands at a path of a JSON document, and where that is, so that a mistake can be found in it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dsl.inbound import model as m
from dsl.inbound.values import as_text, conform
from dsl.types import INSTANT, ListOf, Record, Type
from dsl.values import BadValue, read_value
from engine.contact_shapes import in_range
from engine.storable import storable

ABSENT = object()
"""Nothing stands there: no such key, or null."""

_UNIT = {"unix_seconds": 1, "unix_milliseconds": 1000}


class Unreadable(ValueError):
    """A value that cannot be taken. `pointer` leads to it (RFC 6901); the message holds the remedy."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer


def pointer_to(base: str, path: Sequence[str]) -> str:
    """The JSON pointer of a path below another."""
    return base + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def find(document: Any, path: Sequence[str], base: str) -> Any:
    """What stands at a path, or ABSENT. Raises Unreadable where a list or a text stands in the way."""
    for depth, part in enumerate(path):
        if document is None:
            return ABSENT
        if isinstance(document, list):
            document = _element(document, part, pointer_to(base, path[:depth]))
        elif isinstance(document, dict):
            document = document.get(part, ABSENT)
        else:
            raise Unreadable(pointer_to(base, path[:depth]), f"is no object, so that it has no `{part}`")
        if document is ABSENT:
            return ABSENT
    return ABSENT if document is None else document


def _element(items: list[Any], part: str, pointer: str) -> Any:
    if not part.isdecimal():
        raise Unreadable(pointer, f"is a list: name an element, like `0.{part}`, or take it with `list:`")
    place = int(part)
    return items[place] if place < len(items) else ABSENT


class Reader:
    """Reads values of one document. `base`: the pointer of the document; `zone`: of instants without one."""

    def __init__(self, document: Any, base: str, *, zone: str | None, currency: str) -> None:
        self._document, self._base = document, base
        self._zone, self._currency = zone, currency

    def value(self, type_: Type, value: m.Value) -> Any:
        """JSON of a type, or ABSENT. Raises Unreadable."""
        match value:
            case m.Literally(text=text):
                return conform(type_, text)
            case m.FromList():
                return self._list(type_, value)
        return self._at_path(type_, value)

    def needed(self, type_: Type, value: m.Value, what: str) -> Any:
        """The same where something must stand. Raises Unreadable."""
        found = self.value(type_, value)
        if found is ABSENT:
            raise Unreadable(self.pointer(value), f"is missing: {what} is read here")
        return found

    def pointer(self, value: m.Value) -> str:
        """Where a value is read."""
        return pointer_to(self._base, () if isinstance(value, m.Literally) else value.path)

    def _at_path(self, type_: Type, value: m.FromPath) -> Any:
        pointer = self.pointer(value)
        raw = find(self._document, value.path, self._base)
        if raw is ABSENT:
            fallback = value.otherwise.value if value.otherwise else None
            return ABSENT if fallback is None else conform(type_, fallback)
        raw = self._translated(value, raw, pointer)
        if raw is ABSENT:
            return ABSENT
        if value.epoch is not None:
            raw = _since_1970(raw, value.epoch, pointer)
        if type_ == INSTANT:
            raw = self._zoned(raw)
        if value.prefix:
            raw = value.prefix + str(as_text(raw))
        return self._checked(type_, conform(type_, raw), pointer)

    def _translated(self, value: m.FromPath, raw: Any, pointer: str) -> Any:
        if not value.values:
            return raw
        text = as_text(raw)
        if isinstance(text, str) and text in value.values:
            return value.values[text].value
        if value.otherwise is not None:
            return ABSENT if value.otherwise.value is None else value.otherwise.value
        known = ", ".join(value.values)
        raise Unreadable(pointer, f"is none of {known}: add it to `values`, or say what else by `otherwise`")

    def _zoned(self, raw: Any) -> Any:
        """An instant without offset is in the zone of the source."""
        if not isinstance(raw, str) or self._zone is None:
            return raw
        try:
            at = datetime.fromisoformat(raw)
        except ValueError:
            return raw
        return raw if at.tzinfo else at.replace(tzinfo=ZoneInfo(self._zone)).isoformat()

    def _checked(self, type_: Type, raw: Any, pointer: str) -> Any:
        """What can be kept and is of the type. Raises Unreadable."""
        try:
            storable(raw)
            value = read_value(type_, raw, self._currency)
            if type_ == INSTANT:
                in_range(value)
        except BadValue as error:
            raise Unreadable(pointer, str(error)) from None
        except (ValueError, OverflowError) as error:
            raise Unreadable(pointer, str(error)) from None
        return raw

    def _list(self, type_: Type, value: m.FromList) -> Any:
        pointer = self.pointer(value)
        items = find(self._document, value.path, self._base)
        if items is ABSENT:
            return ABSENT
        if not isinstance(items, list):
            raise Unreadable(pointer, "is no list, which `list:` needs")
        record = type_.item if isinstance(type_, ListOf) and isinstance(type_.item, Record) else Record(())
        return [self._record(record, value, each, f"{pointer}/{n}") for n, each in enumerate(items)]

    def _record(self, record: Record, value: m.FromList, item: Any, pointer: str) -> dict[str, Any]:
        reader = Reader(item, pointer, zone=self._zone, currency=self._currency)
        found = {}
        for name, each in value.fields:
            of = record.field(name.value)
            if of is None:
                raise Unreadable(pointer, f"the catalog that is in force has no `{name.value}` here")
            given = reader.value(of, each)
            if given is not ABSENT:
                found[name.value] = given
        return found


def _since_1970(raw: Any, epoch: m.Epoch, pointer: str) -> str:
    try:
        return datetime.fromtimestamp(float(raw) / _UNIT[epoch], UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        raise Unreadable(pointer, f"is no instant in {epoch.replace('_', ' ')}") from None
