"""`relance contacts timeline`: what a person and the brand have done together."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack
from zoneinfo import ZoneInfo

import click

from commands.instants import typed_instant
from commands.options import FORMAT
from commands.running import Failed, with_plans
from commands.sightings import note
from commands.tables import show_json, table
from store.timeline import KINDS

if TYPE_CHECKING:
    from engine.plans import Plans
    from engine.timeline import Entry, Following, Page
    from store.database import Database
    from store.timeline import Asked, Direction, Kind

DAY = timedelta(days=1)


class Sieve(TypedDict):
    """What is told of a life, as it is typed."""

    medium: str | None
    direction: "Direction | None"
    kinds: "tuple[Kind, ...]"
    limit: int


@click.command(epilog="Example: relance contacts timeline c_42 --medium phone --from 2026-11-01")
@click.argument("contact", metavar="ID")
@click.option("--from", "since", help="From this day or instant on, on the person's clock.")
@click.option("--until", help="To the end of this day, or before this instant.")
@click.option("--medium", help="Only what came through it: web, store, phone, email ...")
@click.option("--direction", type=click.Choice(["in", "out"]), help="They turned to us, or we to them.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="All but decisions unless given."
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1_000))
@click.option("--cursor", help="Go on where the page before ended, which names it.")
@FORMAT
def timeline(
    contact: str, since: str | None, until: str | None, cursor: str | None, form: str, **sieve: Unpack[Sieve]
) -> None:
    """Show what the contact ID and the brand have done together, newest first.

    Over all media and both directions: orders, calls, visits, messages and what came of them, tasks,
    consents, scenarios entered and ended: when, which way, where, why, with what outcome, and what follows.
    """
    from engine.timeline import USUAL, BadCursor, place_of
    from store.timeline import Asked

    try:
        after = place_of(cursor) if cursor else None
    except BadCursor as error:
        raise Failed(str(error)) from None
    kinds = sieve["kinds"] or USUAL
    asked = Asked(kinds, None, None, sieve["medium"], sieve["direction"], after, sieve["limit"])

    async def work(database: "Database", plans: "Plans", now: datetime) -> "tuple[Page, str]":
        found, zone = await _read(database, plans, contact, (since, until), asked)
        await note(database, "relance contacts timeline", found.contact, now)
        return found, zone

    found, zone = with_plans(work)
    if form == "json":
        show_json(asdict(found))
        return
    click.echo("\n".join(_lines(found, zone)))


async def _read(
    database: "Database", plans: "Plans", contact: str, span: tuple[str | None, str | None], asked: "Asked"
) -> "tuple[Page, str]":
    """A page, and the person's zone, in which days are written. Raises Failed."""
    from engine.territory import zone_of
    from engine.timeline import read
    from engine.typed import attributes
    from store import contacts, merges

    async with database.connection() as connection:
        world = await plans.world(connection)
        found = await contacts.read(connection, [await merges.winner_of(connection, contact)])
        if not found:
            raise Failed(f"there is no contact `{contact}` in the base")
        zone = zone_of(attributes(world.catalog, found[0]), world.policy)
        since, until = span
        asked = replace(
            asked,
            since=_instant("--from", since, zone) if since else None,
            until=_instant("--until", until, zone, DAY) if until else None,
        )
        return await read(connection, world.catalog, found[0]["id"], asked), zone


def _instant(option: str, written: str, zone: str, whole: timedelta = timedelta(0)) -> datetime:
    """An instant on the person's clock; of a day its midnight, `whole` later. Raises Failed."""
    at = typed_instant(option, written, "2026-12-01T09:00")
    if len(written) == len("2026-12-01"):
        at += whole
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def _lines(found: "Page", zone: str) -> Iterator[str]:
    from engine import words

    if not found.entries:
        yield f"{found.contact}: nothing of this has happened"
        return
    headings = ("when", "way", "through", "what", "where", "outcome", "why", "what follows")
    rows = [
        (
            words.at(each.at, zone),
            each.direction,
            each.medium,
            each.text if each.kind in ("run", "decision") and each.text else _what(each),
            each.where,
            each.outcome,
            "/".join(filter(None, (each.scenario, each.step))) or None,
            "; ".join(_follows(following, zone) for following in each.follows) or None,
        )
        for each in found.entries
    ]
    yield f"{found.contact} ({zone}), newest first"
    yield table(headings, rows)
    if found.next:
        yield f"older: --cursor {found.next}"


def _what(entry: "Entry") -> str:
    """`consent newsletter by email`, `task Call her back`, and events by their name."""
    if entry.kind == "consent" and entry.data.get("channel"):
        return f"consent {entry.name} by {entry.data['channel']}"
    return f"{entry.kind} {entry.name}" if entry.kind in ("consent", "task", "message") else entry.name


def _follows(each: "Following", zone: str) -> str:
    from engine import words

    at = f" on {words.at(each.at, zone)}" if each.at else ""
    return {"scenario": f"began {each.name}", "step": f"goes on at {each.name}{at}"}.get(
        each.what, f"to be done{at}"
    )
