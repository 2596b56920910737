"""Pieces of SQL with the type of the language that they have, and the state of one translation."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from dsl.catalog import EventType
from dsl.frozen import dataclass
from dsl.nodes import Expression
from dsl.plan import World
from dsl.types import Type
from dsl.values import Value


class NotInSql(ValueError):
    """The base cannot answer this part: it belongs to a run, or to what is not stored in the clear."""


@dataclass(frozen=True)
class Term:
    """A piece of SQL. Money has its amount in `sql` and its currency beside; a duration has three numbers.

    Where a value is unknown every part is null.
    """

    sql: str
    type: Type
    currency: str = ""
    parts: tuple[str, str, str] = ("", "", "")
    """Of a duration: months, days, seconds; `sql` is its length in exact seconds."""


@dataclass(frozen=True)
class Looked:
    """The event that a `where` looks at: the alias of its row, and what it is."""

    alias: str
    event: EventType


@dataclass
class Names:
    """Parameters given out so far, and a count of aliases; one for a whole translation."""

    parameters: dict[str, Any] = field(default_factory=dict)
    aliases: int = 0


@dataclass(frozen=True)
class Translation:
    """One translation: today's world, the instant, the zone of the people asked about."""

    world: World
    now: datetime
    zone: ZoneInfo
    rules: "Mapping[type, Rule]"
    names: Names = field(default_factory=Names)
    looked: Looked | None = None

    def read(self, node: Expression) -> Term:
        """Translate a part."""
        rule = self.rules.get(type(node))
        if rule is None:
            raise NotInSql(f"a {node.kind} is no value of the base")
        return rule(node, self)

    def at(self, looked: Looked | None) -> "Translation":
        """The translation inside a `where`, or out of every one."""
        return replace(self, looked=looked)

    def parameter(self, value: Value, type_: str) -> str:
        """A placeholder for a value, cast to a PostgreSQL type."""
        known = self.names.parameters
        name = f"p{len(known)}"
        known[name] = value
        return f"%({name})s::{type_}"

    def alias(self, prefix: str) -> str:
        """A name for a row that no other row has."""
        self.names.aliases += 1
        return f"{prefix}{self.names.aliases}"


Rule: TypeAlias = Callable[[Any, Translation], Term]


def quoted(name: str) -> str:
    """A text literal, safe inside a statement that has placeholders."""
    return "'" + name.replace("'", "''").replace("%", "%%") + "'"
