"""The timeline of a person in the studio: filtered by the address of the page, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import QueryParams

from dsl.catalog import DIRECTIONS, Catalog
from engine import masking
from engine.territory import zone_of
from engine.timeline import USUAL, BadCursor, media, place_of, read
from engine.typed import attributes
from store import merges, studio
from store.database import Connection, Row
from store.timeline import Asked, Kind
from web import timeline
from web.frame import frame
from web.pages import page
from web.problems import Problem
from web.services import Services, Use
from web.sightings import Seen
from web.visits import Here, Visit

PAGE = 50


@dataclass(frozen=True)
class Sieve:
    """What somebody chose to see, as the form has it. Days are whole, on the person's clock."""

    kinds: tuple[Kind, ...] = USUAL
    medium: str = ""
    direction: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""

    def asked(self, zone: str) -> Asked:
        """The same in the engine's words. Raises Problem 422."""
        since = _midnight(self.since, zone)
        until = _midnight(self.until, zone, days=1)
        direction = next((each for each in DIRECTIONS if each == self.direction), None)
        try:
            after = place_of(self.cursor) if self.cursor else None
        except BadCursor as error:
            raise Problem(422, "bad-cursor", "No page gave this address", f"{error}.".capitalize()) from None
        return Asked(self.kinds, since, until, self.medium or None, direction, after, PAGE)

    def query(self, cursor: str) -> str:
        """The address of the next page, after the `?`."""
        chosen: list[tuple[str, str]] = [("kind", kind) for kind in self.kinds] if self.kinds != USUAL else []
        named = {"medium": self.medium, "direction": self.direction, "from": self.since, "until": self.until}
        rest = [(name, value) for name, value in {**named, "cursor": cursor}.items() if value]
        return urlencode(chosen + rest)


def sieve_of(given: QueryParams) -> Sieve:
    """What the form of the page sent; what it could not have sent is left out."""
    wanted = set(given.getlist("kind"))
    kinds = tuple(kind for kind in get_args(Kind) if kind in wanted)
    names = {"since": "from", **{name: name for name in ("medium", "direction", "until", "cursor")}}
    texts = {name: given.get(key, "").replace("\x00", "")[:500] for name, key in names.items()}
    return Sieve(kinds or USUAL, **texts)


def _midnight(day: str, zone: str, days: int = 0) -> datetime | None:
    if not day:
        return None
    try:
        found = date.fromisoformat(day) + timedelta(days=days)
        return datetime.combine(found, time.min, ZoneInfo(zone))
    except (ValueError, OverflowError):
        detail = "Days are written like 2026-12-25."
        raise Problem(422, "bad-day", "This is no day", detail) from None


async def life(
    connection: Connection, catalog: Catalog, person: Row, zone: str, visit: Visit, sieve: Sieve
) -> Mapping[str, Any]:
    """Names for `life.html`: what happened with a person, and the form that chooses among it."""
    found = await read(connection, catalog, person["id"], sieve.asked(zone), masked=visit.masked)
    return {
        "days": timeline.days(found.entries, zone),
        "kinds": timeline.KINDS,
        "directions": timeline.DIRECTIONS,
        "media": media(catalog),
        "sieve": sieve,
        "older": sieve.query(found.next) if found.next else None,
    }


async def show(request: Request, services: Use, visit: Here, seen: Seen, contact_id: str) -> HTMLResponse:
    """The timeline of a person, a page of it."""
    async with services.database.connection() as connection:
        person = await person_of(connection, contact_id)
        world = await services.plans.world(connection)
        zone = zone_of(attributes(world.catalog, person), world.policy)
        sieve = sieve_of(request.query_params)
        names = await life(connection, world.catalog, person, zone, visit, sieve)
    await seen.note(visit.actor, "timeline", [person["id"]], masked=visit.masked)
    shown = masking.person(world.catalog, person) if visit.masked else person
    around = await _around(services, visit, zone)
    return page("timeline.html", **around, **names, person=shown)


async def _around(services: Services, visit: Visit, zone: str) -> dict[str, Any]:
    return await frame(services, visit, "contacts") | {"zone": zone}


async def person_of(connection: Connection, contact_id: str) -> Row:
    """The row of a person, or of whom they were merged into. Raises Problem 404."""
    contact_id = await merges.winner_of(connection, contact_id)
    person = await studio.contact(connection, contact_id)
    if person is None:
        detail = f"Nobody has the id {contact_id}. Search by id, email, phone or name at /contacts."
        raise Problem(404, "unknown-contact", "Nobody has this id", detail)
    return person
