"""Values that are older than the catalog takes for true (`fresh_for`), or keeps (`keep`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dsl.catalog import Catalog
from store import staleness
from store.database import Connection


@dataclass(frozen=True)
class Stale:
    """Of an attribute: for how many days a value is fresh, who has one, and how many a stale one."""

    attribute: str
    days: int
    known: int
    stale: int


def limits(catalog: Catalog) -> dict[str, int]:
    """For how many days a value of each attribute is fresh; those without a limit are left out."""
    found = {
        each.name: [days for days in (each.fresh_days, each.keep_days) if days is not None]
        for each in catalog.attributes.values()
        if each.computed is None
    }
    return {name: min(days) for name, days in found.items() if days}


async def of_person(
    connection: Connection, catalog: Catalog, contact: str, now: datetime
) -> Mapping[str, datetime]:
    """The stale values of a person, each with the date since when it was known."""
    fresh = limits(catalog)
    known = await staleness.since(connection, contact, fresh) if fresh else {}
    return {name: at for name, at in known.items() if at < now - timedelta(days=fresh[name])}


async def counted(connection: Connection, fresh: Mapping[str, int], now: datetime) -> list[Stale]:
    """How many values of each attribute are stale; `fresh` is in days."""
    found = []
    for name, days in fresh.items():
        known, stale = await staleness.count(connection, name, now - timedelta(days=days))
        found.append(Stale(name, days, known, stale))
    return found
