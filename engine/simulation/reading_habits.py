"""What the base recorded of how people live: their weeks, who comes in, and what comes of messages."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dsl.catalog import Catalog
from engine import facts
from engine.facts import Asked
from engine.naming import CHANGED
from engine.plans import InForce, Plans
from engine.simulation.recorded import WEEK, Activity, Habit, Joiner, Recorded, Week, weeks_of
from engine.simulation.setting import ASSUMED, Reactions
from engine.typed import COLUMNS
from store import contacts, simulation
from store.database import Connection, Row

DONORS = 2_000
"""Of how many people weeks are taken; more would tell nothing new."""

JOINERS = 500
MOST_WEEKS = 8
LOOKED_BACK = timedelta(days=90)
ENOUGH = 200
"""Messages of a channel from which shares are taken; from fewer they would be chance."""


def own_events(catalog: Catalog) -> list[str]:
    """The events that happen to people of their own accord."""
    return [each.name for each in catalog.events.values() if not each.built_in and each.about is None]


async def read_lives(
    connection: Connection, plans: Plans, in_force: InForce, since: datetime | None, now: datetime
) -> tuple[Recorded, int]:
    """How people lived in the last weeks, and in how many: 0 where less than one was recorded."""
    count = min(MOST_WEEKS, (now - since) // WEEK) if since else 0
    if count == 0:
        return Recorded(), 0
    begins = now - count * WEEK
    catalog = in_force.world.catalog
    weeks: dict[Activity, list[Week]] = defaultdict(list)
    for how, week in await _weeks(connection, catalog, begins, count, now):
        weeks[how].append(week)
    joined = await simulation.joined(connection, begins, now)
    people = (await simulation.extent(connection))["people"] - len(joined)
    joiners = await _joiners(connection, plans, in_force, joined[:JOINERS], begins, now)
    return Recorded(dict(weeks), tuple(joiners), len(joined) / max(people, 1) / count), count


async def _weeks(
    connection: Connection, catalog: Catalog, begins: datetime, count: int, now: datetime
) -> list[tuple[Activity, Week]]:
    donors = await simulation.donors(connection, begins, DONORS)
    names = own_events(catalog)
    last = await simulation.last_deeds(connection, donors, names, begins)
    rows = await simulation.deeds(connection, donors, [*names, CHANGED], begins, now)
    deeds: dict[str, list[tuple[datetime, Habit]]] = defaultdict(list)
    for row in rows:
        if _may_be_repeated(catalog, row):
            after = (row["at"] - begins) % WEEK
            deeds[row["contact_id"]].append((row["at"], Habit(after, row["name"], row["properties"])))
    return [week for id_ in donors for week in weeks_of(begins, count, deeds[id_], last.get(id_))]


def _may_be_repeated(catalog: Catalog, row: Row) -> bool:
    """Not what is somebody's alone or with whom they live, nor what a scenario did, which does it again."""
    if row["name"] != CHANGED:
        return True
    said = row["properties"]
    declared = catalog.attributes.get(said.get("attribute", ""))
    by_scenario = str(said.get("source", "")).startswith("scenario ")
    home = declared is not None and declared.name == catalog.household
    return declared is not None and not declared.personal and not by_scenario and not home


async def _joiners(
    connection: Connection,
    plans: Plans,
    in_force: InForce,
    joined: Sequence[Row],
    begins: datetime,
    now: datetime,
) -> list[Joiner]:
    ids = [row["id"] for row in joined]
    rows = {row["id"]: row for row in await contacts.read(connection, ids)}
    known = await facts.of_rows(connection, plans, in_force, list(rows.values()), now, Asked(()))
    deeds = defaultdict(list)
    for row in await simulation.deeds(connection, ids, own_events(in_force.world.catalog), begins, now):
        deeds[row["contact_id"]].append(row)
    return [
        Joiner(
            (row["created_at"] - begins) % WEEK,
            given_of(row),
            dict(known[id_].consents),
            tuple(_since(row["created_at"], deeds[id_])),
        )
        for id_, row in sorted(rows.items())
    ]


def _since(created: datetime, rows: Sequence[Row]) -> Iterator[Habit]:
    for row in rows:
        if row["at"] >= created:
            yield Habit(row["at"] - created, row["name"], row["properties"])


def given_of(row: Row) -> dict[str, Any]:
    """The attributes of a row of `contacts` as JSON, those that are computed or ours left out."""
    columns = {name: row[name] for name in COLUMNS if name not in ("id", "created_at")}
    return {name: value for name, value in columns.items() if value is not None} | dict(row["attributes"])


# What comes of messages


async def read_reactions(
    connection: Connection, now: datetime
) -> tuple[dict[str, Reactions], Mapping[str, int]]:
    """What people do about messages of each channel, and from how many that is known; else assumed."""
    since = now - LOOKED_BACK
    told = await simulation.reactions(connection, since)
    left = await simulation.withdrawals(connection, since)
    found = dict(ASSUMED)
    known = {}
    for row in await simulation.sent(connection, since):
        channel, sent = row["channel"], row["sent"]
        if sent >= ENOUGH:
            known[channel] = sent
            found[channel] = _shares(row, told, left.get(channel, 0))
    return found, known


def _shares(row: Row, told: Mapping[tuple[str, str], int], left: int) -> Reactions:
    channel, sent = row["channel"], row["sent"]

    def share(event: str, of: int) -> float:
        return min(1.0, told.get((channel, event), 0) / of) if of else 0.0

    sms = channel == "sms"
    return Reactions(
        opens=share("message.opened", row["may_open"]),
        clicks=share("message.clicked", row["may_click"]),
        bounces=share("message.bounced", sent),
        complaints=share("message.complained", sent),
        unsubscribes=0.0 if sms else min(1.0, left / sent),
        stops=min(1.0, left / sent) if sms else 0.0,
    )
