"""What each export holds: its columns with their kinds, and how a row becomes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from dsl.catalog import Catalog
from dsl.types import Number, Simple, Type
from engine.typed import COLUMNS
from store.database import Row
from store.exports import What

Kind: TypeAlias = Literal["text", "integer", "number", "boolean", "date", "instant", "json"]


@dataclass(frozen=True)
class Column:
    """A column of an export."""

    name: str
    kind: Kind = "text"


_FIXED: dict[What, tuple[Column, ...]] = {
    "events": (
        Column("source"),
        Column("id"),
        Column("name"),
        Column("contact"),
        Column("about"),
        Column("at", "instant"),
        Column("recorded_at", "instant"),
        Column("properties", "json"),
    ),
    "messages": (
        *map(Column, ("id", "contact", "scenario")),
        Column("version", "integer"),
        Column("step"),
        Column("iteration", "integer"),
        *map(Column, ("channel", "message", "topic", "class")),
        Column("tags", "json"),
        Column("priority", "integer"),
        Column("state"),
        *(Column(name, "instant") for name in ("planned_at", "sent_at", "settled_at")),
        *map(Column, ("provider", "provider_id", "reason")),
    ),
    "consents": (
        *map(Column, ("contact", "topic", "channel", "state", "basis", "text_version", "source")),
        Column("at", "instant"),
        Column("recorded_at", "instant"),
        Column("proof", "json"),
    ),
}


def columns_of(what: What, catalog: Catalog) -> tuple[Column, ...]:
    """The columns of an export; those of contacts are `id` and the attributes that are stored."""
    if what != "contacts":
        return _FIXED[what]
    stored = [each for each in catalog.attributes.values() if each.computed is None and each.name != "id"]
    return (Column("id"), *(Column(each.name, _kind(each.type)) for each in stored))


def cells(what: What, columns: Sequence[Column], row: Row) -> list[Any]:
    """The values of a row, in the order of the columns; what is no longer of its declared kind is unknown."""
    if what != "contacts":
        return [row[column.name] for column in columns]
    kept = row["attributes"]
    return [
        row[column.name] if column.name in COLUMNS else _of_kind(column.kind, kept.get(column.name))
        for column in columns
    ]


def _kind(of: Type) -> Kind:
    match of:
        case Number():
            return "number"
        case Simple(name="boolean" | "date" | "instant" as name):
            return name
        case Simple(name="money") | Simple(name="unknown"):
            return "json"
        case Simple():
            return "text"
    return "text" if of.kind == "choice" else "json"


def _of_kind(kind: Kind, value: Any) -> Any:
    match kind, value:
        case "date", str():
            return _date(value)
        case "number", bool() | str():
            return None
        case "boolean", str() | int() | float() if not isinstance(value, bool):
            return None
        case "text", int() | float() | list() | dict():
            return None
    return value


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
