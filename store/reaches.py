"""Whom an event about an object reaches: entries that are still to be made, and the people by an index."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from store.database import Connection, Row, queries

SQL = queries("reaches")


@dataclass(frozen=True, slots=True)
class Reach:
    """An event and the trigger (its place in the scenario) that it pulls, entered up to a contact."""

    event_seq: int
    event_at: datetime
    scenario: str
    trigger: int
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """People with an event of this name whose property is this JSON value, at or after an instant."""

    name: str
    property: str
    value: Any
    since: datetime | None


async def put(connection: Connection, found: Sequence[Reach]) -> None:
    """Remember entries to be made; the same again is the same."""
    if found:
        columns = {
            "seqs": [each.event_seq for each in found],
            "ats": [each.event_at for each in found],
            "scenarios": [each.scenario for each in found],
            "triggers": [each.trigger for each in found],
        }
        await connection.execute(SQL["put"], columns)


async def take(connection: Connection) -> Reach | None:
    """The oldest that nobody else is at, held until the transaction ends."""
    cursor = await connection.execute(SQL["take"])
    row = await cursor.fetchone()
    return Reach(**row) if row else None


async def event(connection: Connection, reach: Reach) -> Row | None:
    """The event: seq, name, about, at, properties, recorded_at. What is about its object waits meanwhile."""
    cursor = await connection.execute(SQL["event"], {"seq": reach.event_seq, "at": reach.event_at})
    row = await cursor.fetchone()
    if row is not None:
        await connection.execute(SQL["hold_object"], {"about": row["about"]})
    return row


async def go_on(connection: Connection, reach: Reach, cursor: str | None) -> None:
    """Everybody up to a contact has been looked at; None: everybody has."""
    statement = SQL["finish"] if cursor is None else SQL["go_on"]
    await connection.execute(statement, asdict(reach) | {"cursor": cursor})


async def catch_up(connection: Connection, run_ids: Collection[int], event_: Row, since: datetime) -> None:
    """Bring runs that an event has just begun what was routed since, of their people and about its object."""
    parameters = {"runs": list(run_ids), "seq": event_["seq"], "about": event_["about"], "since": since}
    await connection.execute(SQL["catch_up"], parameters)


async def people(connection: Connection, sought: Sought, after: str, limit: int) -> list[str]:
    """The next contacts by id. Asked in the words of the index that `ensure_index` makes."""
    statement = sql.SQL(
        "select distinct e.contact_id from events e where e.name = {name}"
        " and (e.properties -> {property}) = {value} and e.contact_id > {after} and e.at >= {since}"
        " order by e.contact_id limit {limit}"
    ).format(
        name=sql.Literal(sought.name),
        property=sql.Literal(sought.property),
        value=sql.Literal(Jsonb(sought.value)),
        after=sql.Literal(after),
        since=sql.SQL("'-infinity'") if sought.since is None else sql.Literal(sought.since),
        limit=sql.Literal(limit),
    )
    cursor = await connection.execute(statement)
    return [row["contact_id"] for row in await cursor.fetchall()]


async def ensure_index(connection: Connection, name: str, property_: str) -> None:
    """An index by which people are found by a property of the events of one name; there already, or built.

    Events cannot be written while it is built, which is once for each property that a `reaches` names.
    """
    digest = hashlib.sha256(f"{name}\n{property_}".encode()).hexdigest()[:16]
    statement = sql.SQL(
        "create index if not exists {index} on events ((properties -> {property}), contact_id, at)"
        " where name = {name}"
    ).format(
        index=sql.Identifier(f"events_reach_{digest}"),
        property=sql.Literal(property_),
        name=sql.Literal(name),
    )
    await connection.execute(statement)
