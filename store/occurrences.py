"""Rows of scans: which occurrences of a trigger were looked at, how far, and the contacts to look at."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from store.database import Connection, Row, queries, rows_of

_SQL = "occurrences"


@dataclass(frozen=True, slots=True)
class Due:
    """One occurrence of a trigger by time, known by what that says; `place` is where it stands today."""

    scenario: str
    place: int
    name: str
    zone: str
    due: datetime


@dataclass(frozen=True, slots=True)
class DateFilter:
    """People whose date `attribute` is one of `days`, or falls on `month_days` and is not after `latest`."""

    attribute: str
    days: tuple[str, ...]
    month_days: tuple[str, ...]
    latest: str


@dataclass(frozen=True, slots=True)
class Held:
    """How far an occurrence got, and when it was first looked at."""

    cursor: str | None
    started_at: datetime
    over: bool


@dataclass(frozen=True, slots=True)
class Window:
    """The next contacts after an id, so many of them, who were known by an instant."""

    after: str
    limit: int
    known_until: datetime


NO_FILTER: dict[str, Any] = {"attribute": None, "days": [], "month_days": [], "latest": ""}


@dataclass(frozen=True, slots=True)
class Placed:
    """A contact with what decides the zone: their own, and attributes in the order asked for."""

    id: str
    timezone: str | None
    place: tuple[str | None, ...]


async def places(
    connection: Connection, names: Sequence[str]
) -> list[tuple[str | None, tuple[str | None, ...]]]:
    """Every distinct (own zone, values of these attributes) of the base."""
    cursor = await connection.execute(queries(_SQL)["places"], {"names": list(names)})
    return [(row["timezone"], tuple(row["place"])) for row in await cursor.fetchall()]


async def in_force_since(
    connection: Connection, scenario: str, place: int, aside: Sequence[str]
) -> datetime | None:
    """Since when the trigger stands as it is, fields `aside`; None when the scenario is not in force."""
    values = {"scenario": scenario, "place": place, "aside": list(aside)}
    cursor = await connection.execute(queries(_SQL)["in_force_since"], values)
    row = await cursor.fetchone()
    return row["since"] if row else None


async def nameless(connection: Connection, scenario: str) -> list[Row]:
    """Occurrences that are known by the place of their trigger alone."""
    cursor = await connection.execute(queries(_SQL)["nameless"], {"scenario": scenario})
    return await cursor.fetchall()


async def name(connection: Connection, scenario: str, rows: Sequence[Row]) -> None:
    """Give such occurrences the names that the rows have, unless another has one already."""
    given = [{key: each[key] for key in ("trigger", "zone", "due_at", "name")} for each in rows]
    await connection.execute(queries(_SQL)["name"], {"scenario": scenario, "rows": rows_of(given)})


async def seen(
    connection: Connection, scenario: str, name: str, zone: str, after: datetime
) -> dict[datetime, bool]:
    """Occurrences that were looked at, and whether each is over: those due later, and all that have begun."""
    values = {"scenario": scenario, "name": name, "zone": zone, "after": after}
    cursor = await connection.execute(queries(_SQL)["seen"], values)
    return {row["due_at"]: row["over"] for row in await cursor.fetchall()}


async def record_missed(connection: Connection, missed: Sequence[Due], now: datetime) -> None:
    """Record occurrences of one trigger and zone that were due too long ago to be made up."""
    if missed:
        values = asdict(missed[0]) | {"due": [each.due for each in missed], "now": now}
        await connection.execute(queries(_SQL)["record_missed"], values)


async def hold(connection: Connection, due: Due, now: datetime) -> Held:
    """Take up an occurrence, alone until the transaction ends."""
    await connection.execute(queries(_SQL)["begin"], asdict(due) | {"now": now})
    cursor = await connection.execute(queries(_SQL)["hold"], asdict(due))
    row = await cursor.fetchone()
    assert row is not None
    return Held(**row)


async def go_on(
    connection: Connection, due: Due, cursor: str | None, entered: int, finished: datetime | None
) -> None:
    """Record how far an occurrence got; `finished` once it is over."""
    values = asdict(due) | {"cursor": cursor, "entered": entered, "finished": finished}
    await connection.execute(queries(_SQL)["go_on"], values)


async def people(connection: Connection) -> int:
    """How many contacts there are."""
    cursor = await connection.execute(queries(_SQL)["people"])
    row = await cursor.fetchone()
    return int(row["people"]) if row else 0


async def page(
    connection: Connection, window: Window, names: Sequence[str], dates: DateFilter | None
) -> list[Placed]:
    """The next contacts by id."""
    values = NO_FILTER if dates is None else asdict(dates)
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    cursor = await connection.execute(queries(_SQL)["page"], values | asdict(window) | {"names": list(names)})
    return [Placed(row["id"], row["timezone"], tuple(row["place"])) for row in await cursor.fetchall()]
