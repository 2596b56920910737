"""The types of the language. A type says what a value may be; `values` says how it is held in Python."""

from decimal import Decimal
from typing import Literal, TypeAlias

from dsl.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Simple:
    """A type without parameters."""

    name: Literal[
        "text", "boolean", "date", "instant", "time", "duration", "email", "phone", "money", "unknown"
    ]
    kind: Literal["simple"] = "simple"


@dataclass(frozen=True, slots=True)
class Number:
    """A number, with the range that the catalog promises; a bound of None is open."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    kind: Literal["number"] = "number"


@dataclass(frozen=True, slots=True)
class ChoiceOf:
    """One of a closed list of words; `ordered` ones compare by their place in the list."""

    options: tuple[str, ...]
    ordered: bool = False
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one type."""

    item: "Type"
    kind: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class Record:
    """Named fields, in the order of the catalog."""

    fields: tuple[tuple[str, "Type"], ...]
    kind: Literal["record"] = "record"

    def field(self, name: str) -> "Type | None":
        """The type of a field, or None where there is no such field."""
        return dict(self.fields).get(name)


Type: TypeAlias = Simple | Number | ChoiceOf | ListOf | Record

TEXT = Simple("text")
BOOLEAN = Simple("boolean")
DATE = Simple("date")
INSTANT = Simple("instant")
TIME = Simple("time")
DURATION = Simple("duration")
EMAIL = Simple("email")
PHONE = Simple("phone")
MONEY = Simple("money")
UNKNOWN = Simple("unknown")
NUMBER = Number()


def describe(type_: Type) -> str:
    """The type as a message names it: `a number`, `one of FR, BE, CH`, `a list of text`."""
    match type_:
        case Simple(name="unknown"):
            return "unknown"
        case Simple(name="instant" | "email" as name):
            return f"an {name}"
        case Simple(name="text" | "money" as name):
            return str(name)
        case Simple(name=name):
            return f"a {name}"
        case Number():
            return "a number"
        case ChoiceOf(options=options):
            return "one of " + ", ".join(options)
        case ListOf(item=item):
            return "a list of " + describe(item).removeprefix("a ").removeprefix("an ")
        case Record():
            return "a record"
