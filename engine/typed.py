"""Rows as typed values of the language, by the catalog of today.

What was written under an older catalog and is no longer of the declared type reads as unknown.
"""

from collections.abc import Mapping
from typing import Any

from dsl import types
from dsl.catalog import Catalog
from dsl.remembered import remembered
from dsl.scope import EventFact
from dsl.types import Type
from dsl.values import BadValue, Value, read_value

COLUMNS = ("id", "email", "phone", "locale", "timezone", "is_professional", "created_at")
"""Attributes that are columns of `contacts`; the others are in its JSON."""

IDENTITY = ("run_id", "iteration")
"""What message events carry beside their declared properties, to tell of which message of which run."""


def value_or_unknown(type_: Type, raw: Any, currency: str) -> Value:
    """The typed value, or unknown where the JSON is not of the type."""
    try:
        return read_value(type_, raw, currency)
    except BadValue:
        return None


def event_fact(catalog: Catalog, row: Mapping[str, Any]) -> EventFact:
    """The event of a row of seq, name, at, properties, and recorded_at where it was read."""
    raw, name = row["properties"], row["name"]
    declared = catalog.events.get(name)
    fields = declared.properties.fields if declared else ()
    currency = catalog.brand.currency
    properties = {field: value_or_unknown(of, raw.get(field), currency) for field, of in fields}
    if name.startswith("message."):
        properties |= {field: raw[field] for field in IDENTITY if field in raw}
    elif name == "contact.changed":
        properties |= _changed(catalog, raw)
    return EventFact(row["seq"], name, row["at"], properties, row.get("recorded_at"))


def _changed(catalog: Catalog, raw: Mapping[str, Any]) -> dict[str, Value]:
    """`before` and `after` have the type of the attribute that changed."""
    declared = catalog.attributes.get(raw.get("attribute", ""))
    of = declared.type if declared else types.TEXT
    return {name: value_or_unknown(of, raw.get(name), catalog.brand.currency) for name in ("before", "after")}


def attributes(catalog: Catalog, row: Mapping[str, Any]) -> dict[str, Value]:
    """The declared attributes of a row of `contacts`; computed ones are left to whoever asks."""
    stored: Mapping[str, Any] = row["attributes"]
    currency = catalog.brand.currency
    values: dict[str, Value] = {}
    for name, of, is_column in _stored(catalog):
        raw = row[name] if is_column else stored.get(name)
        values[name] = raw if raw is None else _column(name, raw, of, currency)
    return values


def put_back(row: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `contacts` as it was: with the values, by attribute, that others came in place of since."""
    columns = {name: value for name, value in changed.items() if name in COLUMNS}
    others = {name: value for name, value in changed.items() if name not in COLUMNS}
    return {**row, **columns, "attributes": {**row["attributes"], **others}}


@remembered
def _stored(catalog: Catalog) -> tuple[tuple[str, Type, bool], ...]:
    """Name and type of the attributes that are not computed, and whether each is a column."""
    return tuple(
        (name, attribute.type, name in COLUMNS)
        for name, attribute in catalog.attributes.items()
        if attribute.computed is None
    )


def _column(name: str, raw: Any, of: Type, currency: str) -> Value:
    return raw if name == "created_at" else value_or_unknown(of, raw, currency)
