"""Somebody to look at messages for: a value of its type for each attribute that a catalog declares."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from dsl.catalog import Catalog
from dsl.types import ChoiceOf, ListOf, Number, Record, Type
from dsl.values import Duration, Money, Value

_BY_NAME: Mapping[str, Value] = {
    "first_name": "Camille",
    "last_name": "Moreau",
    "city": "Lyon",
    "postcode": "69002",
}
_BY_TYPE: Mapping[str, Value] = {
    "text": "sample",
    "boolean": True,
    "date": date(1988, 3, 14),
    "instant": datetime(2026, 3, 14, 9, tzinfo=UTC),
    "time": time(9),
    "duration": Duration(days=3),
    # Names and numbers that can be nobody's: RFC 2606, and ARCEP's range for fiction.
    "email": "camille@example.com",
    "phone": "+33639980042",
}


def sample_person(catalog: Catalog, known: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """Every stored attribute with a value: that of `known` where it has one."""
    given = known or {}
    stored = [each for each in catalog.attributes.values() if each.computed is None]
    made = {each.name: _value(each.name, each.type, catalog.brand.currency) for each in stored}
    return made | {"id": "preview"} | {name: value for name, value in given.items() if value is not None}


def _value(name: str, type_: Type, currency: str) -> Value:
    if name in ("locale", "timezone", "id"):
        return None
    if name in _BY_NAME:
        return _BY_NAME[name]
    match type_:
        case Number(minimum=minimum, maximum=maximum):
            return _within(Decimal(42), minimum, maximum)
        case ChoiceOf(options=options):
            return options[0] if options else None
        case ListOf(item=item):
            return (_value("", item, currency),)
        case Record(fields=fields):
            return {field: _value(field, inner, currency) for field, inner in fields}
        case _ if type_.name == "money":
            return Money(Decimal("49.90"), currency)
        case _:
            return _BY_TYPE.get(type_.name)


def _within(wanted: Decimal, minimum: Decimal | None, maximum: Decimal | None) -> Decimal:
    at_least = wanted if minimum is None else max(wanted, minimum)
    return at_least if maximum is None else min(at_least, maximum)
