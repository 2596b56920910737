"""`relance why`: why something was or was not sent, from the facts that were known."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from commands.instants import typed_instant
from commands.options import FORMAT
from commands.running import Failed, with_plans
from commands.sightings import note
from commands.tables import show_json

if TYPE_CHECKING:
    from engine.explanation import Explanation
    from engine.plans import Plans
    from store.database import Connection, Database

JUST_BEFORE = timedelta(microseconds=1)


@click.command(name="why", epilog="Example: relance why c_42 welcome --at '2026-12-01 09:00'")
@click.argument("contact")
@click.argument("scenario", required=False)
@click.option(
    "--at", "instant", help="Only what was known then: 2026-12-01, or with a time, in the person's zone."
)
@FORMAT
def command(contact: str, scenario: str | None, instant: str | None, form: str) -> None:
    """Say what was decided about CONTACT, in SCENARIO or in all of them, and from which facts.

    The limit with the messages that filled it, the consent that is missing and since when, the hours and when
    they open, the exit or goal that fired, the entry that was refused, the next possible instant.
    """

    async def work(database: "Database", plans: "Plans", now: datetime) -> "Explanation":
        from engine.explain import UnknownScenario, explain
        from engine.known_then import NothingKnown

        async with database.connection() as connection:
            at = await _read(connection, plans, contact, instant, now) if instant else now
            if at > now:
                raise Failed(f"{instant} is still to come: nothing is known of it yet")
            try:
                told = await explain(connection, plans, contact, at, scenario=scenario)
            except (NothingKnown, UnknownScenario) as error:
                raise Failed(str(error)) from None
        await note(database, "relance why", told.contact, now)
        return told

    from engine.explanation_text import lines

    found = with_plans(work)
    if form == "json":
        show_json(asdict(found))
        return
    click.echo("\n".join(lines(found)))


async def _read(
    connection: "Connection", plans: "Plans", contact: str, written: str, now: datetime
) -> datetime:
    """An instant as written: a day alone is its end, a time without an offset is on the person's clock.

    Today is all of it that has been.
    """
    from engine.territory import zone_of
    from engine.typed import attributes
    from store import contacts

    at = typed_instant("--at", written, "2026-12-01T09:00 or 2026-12-01T09:00+01:00")
    if at.tzinfo:
        return at
    world = await plans.world(connection)
    rows = await contacts.read(connection, [contact])
    values = attributes(world.catalog, rows[0]) if rows else {}
    zone = ZoneInfo(zone_of(values, world.policy))
    if not _is_day(written):
        return at.replace(tzinfo=zone)
    if at.date() == now.astimezone(zone).date():
        return now
    return (datetime.combine(at.date() + timedelta(days=1), time.min) - JUST_BEFORE).replace(tzinfo=zone)


def _is_day(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True
