"""Who was in a segment when a scenario last looked, and how far its looks got."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from store.database import Connection, queries
from store.occurrences import Placed

SQL = queries("segment_looks")


@dataclass(frozen=True, slots=True)
class Name:
    """A trigger by segment, as the tables name it."""

    scenario: str
    look: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A line of `segment_looks`."""

    definition: str
    done_at: datetime | None


@dataclass(frozen=True)
class Condition:
    """A segment's condition as SQL over `c`. `exact`: only those who came or went are asked for, else all."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    exact: bool = True


async def standing(connection: Connection) -> dict[tuple[str, str, str], Standing]:
    """Every line by (scenario, look, zone)."""
    cursor = await connection.execute(SQL["standing"])
    return {
        (row["scenario"], row["look"], row["zone"]): Standing(row["definition"], row["done_at"])
        for row in await cursor.fetchall()
    }


async def forget_others(connection: Connection, kept: Collection[Name]) -> None:
    """Forget whatever belongs to none of these."""
    columns = {"scenarios": [each.scenario for each in kept], "looks": [each.look for each in kept]}
    await connection.execute(SQL["forget_others"], columns)


async def begin(connection: Connection, name: Name, definition: str) -> None:
    """Begin to gather the members of a definition; nothing where that one is known already."""
    await connection.execute(SQL["begin"], _of(name) | {"definition": definition})


async def hold(connection: Connection, name: Name) -> str | None:
    """The definition, held until the transaction ends; None where another worker is at it."""
    cursor = await connection.execute(SQL["hold"], _of(name))
    row = await cursor.fetchone()
    return row["definition"] if row else None


async def done(connection: Connection, name: Name, zone: str, at: datetime) -> None:
    """Everybody of a zone was looked at as of an instant; zone '': the members are gathered."""
    await connection.execute(SQL["done"], _of(name) | {"zone": zone, "at": at})


async def is_based(connection: Connection, name: Name, definition: str) -> bool:
    """Whether the members of this definition are gathered."""
    cursor = await connection.execute(SQL["based"], _of(name) | {"definition": definition})
    return await cursor.fetchone() is not None


async def members(connection: Connection, name: Name, contact_ids: Collection[str]) -> set[str]:
    """Those of these contacts who were inside."""
    cursor = await connection.execute(SQL["members"], _of(name) | {"contacts": list(contact_ids)})
    return {row["contact_id"] for row in await cursor.fetchall()}


async def write(
    connection: Connection, name: Name, came: Collection[str], went: Collection[str], now: datetime
) -> None:
    """Remember who came in and who went out; their contacts are locked."""
    if came:
        await connection.execute(SQL["add"], _of(name) | {"contacts": sorted(came), "now": now})
    if went:
        await connection.execute(SQL["remove"], _of(name) | {"contacts": sorted(went)})


async def people(
    connection: Connection,
    name: Name,
    condition: Condition,
    after: str,
    limit: int,
    places: Sequence[str],
) -> list[Placed]:
    """The next contacts by id who may have come or gone, with what places them."""
    wanted = "i.now <> i.before" if condition.exact else "i.now or i.before"
    text = SQL["people"].replace(b"CONDITION", condition.text.encode()).replace(b"WANTED", wanted.encode())
    given = {"scenario_": name.scenario, "look_": name.look, "after_": after, "limit_": limit}
    cursor = await connection.execute(text, {**condition.params, **given, "names_": list(places)})
    return [Placed(row["id"], row["timezone"], tuple(row["place"])) for row in await cursor.fetchall()]


def _of(name: Name) -> dict[str, Any]:
    return {"scenario": name.scenario, "look": name.look}
