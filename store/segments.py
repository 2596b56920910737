"""People of the base who meet a condition that is SQL already, in the places that share a zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from store.database import Connection, Row, queries

SQL = queries("segments")
HOLE = "CONDITION"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition over `contacts c` as SQL with named placeholders, and their values."""

    text: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Places:
    """People by what places them: the attributes that do, and the combinations that are meant."""

    names: Sequence[str]
    keys: Sequence[str]


async def places(
    connection: Connection, names: Sequence[str]
) -> list[tuple[str | None, tuple[str | None, ...], str]]:
    """Every distinct (own zone, values of these attributes) of the base, with its key for `Places`."""
    cursor = await connection.execute(_placed("places", names))
    return [(row["timezone"], tuple(row["place"]), row["key"]) for row in await cursor.fetchall()]


async def page(
    connection: Connection, condition: Condition, places_: Places, after: str, limit: int
) -> list[Row]:
    """The next people by id: id, email, phone, locale."""
    parameters = {**_parameters(condition, places_), "after_": after, "limit_": limit}
    cursor = await connection.execute(_filled("page", condition, places_), parameters)
    return await cursor.fetchall()


async def count(connection: Connection, condition: Condition, places_: Places) -> int:
    """How many people there are."""
    cursor = await connection.execute(_filled("count", condition, places_), _parameters(condition, places_))
    row = await cursor.fetchone()
    return int(row["people"]) if row else 0


async def values(
    connection: Connection, expression: Condition, places_: Places
) -> list[tuple[str | None, int]]:
    """How many people have each value of an expression, as texts; None where it is unknown."""
    cursor = await connection.execute(
        _filled("values", expression, places_), _parameters(expression, places_)
    )
    return [(row["value"], row["people"]) for row in await cursor.fetchall()]


def _filled(name: str, condition: Condition, places_: Places) -> bytes:
    """The statement with the condition in it, which is our own translation and holds no value."""
    return _placed(name, places_.names).replace(HOLE.encode(), condition.text.encode())


def _placed(name: str, names: Sequence[str]) -> bytes:
    """The statement with the attributes in it. Asked of everybody: unnesting names would cost most."""
    place = ", ".join(f"c.attributes->>{sql.quote(each)}" for each in names)
    return SQL[name].replace(b"PLACE", f"array[{place}]".encode())


def _parameters(condition: Condition, places_: Places) -> dict[str, Any]:
    return {**condition.parameters, "places_": list(places_.keys)}
