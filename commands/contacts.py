"""`relance contacts`: the people of the base."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from commands.contact_duplicates import duplicates
from commands.contact_import import command as import_
from commands.contact_merging import merge, unmerge
from commands.contact_timeline import timeline
from commands.options import FORMAT
from commands.running import Failed, with_plans
from commands.sightings import note
from commands.tables import show_json, table

if TYPE_CHECKING:
    from engine.contact_view import ContactView
    from engine.households import Home
    from engine.plans import Plans
    from engine.staleness import Stale
    from store.database import Database

When = Callable[[datetime | None], str | None]
"""An instant on the clock of the person."""


@click.group(name="contacts")
def command() -> None:
    """Bring people into the base, and look at them."""


command.add_command(import_)
command.add_command(merge)
command.add_command(duplicates)
command.add_command(unmerge)
command.add_command(timeline)


@command.command(epilog="Example: relance contacts show c_42")
@click.argument("contact", metavar="ID")
@FORMAT
def show(contact: str, form: str) -> None:
    """Show the contact ID: attributes, consents, suppressions, last messages and runs.

    This is personal data, shown because you ask for it. Times are the person's own.
    """

    async def work(database: "Database", plans: "Plans", now: "datetime") -> "ContactView":
        from engine.contact_view import view
        from engine.known_then import NothingKnown

        async with database.connection() as connection:
            try:
                shown = await view(connection, plans, contact, now)
            except NothingKnown as error:
                raise Failed(str(error)) from None
        await note(database, "relance contacts show", shown.id, now)
        return shown

    found = with_plans(work)
    if form == "json":
        show_json(_plain(found))
        return
    click.echo("\n".join(_page(found)))


@command.command(epilog="Example: relance contacts stale birthdate")
@click.argument("attribute", required=False)
@FORMAT
def stale(attribute: str | None, form: str) -> None:
    """Count the values that are older than the catalog's `fresh_for` or `keep`, of ATTRIBUTE or of all."""

    async def work(database: "Database", plans: "Plans", now: "datetime") -> "list[Stale]":
        from engine.staleness import counted, limits

        fresh = limits((await plans.world()).catalog)
        if attribute is not None and attribute not in fresh:
            known = ", ".join(fresh) or "none"
            raise Failed(f"`{attribute}` has neither `fresh_for` nor `keep`; there are {known}")
        asked = {attribute: fresh[attribute]} if attribute else fresh
        async with database.connection() as connection:
            return await counted(connection, asked, now)

    found = with_plans(work)
    if form == "json":
        show_json([asdict(each) for each in found])
    elif found:
        rows = [(each.attribute, f"{each.days} days", each.known, each.stale) for each in found]
        click.echo(table(("attribute", "fresh for", "known", "stale"), rows))
    else:
        click.echo("no attribute says `fresh_for` or `keep`")


def _plain(found: "ContactView") -> dict[str, Any]:
    values = asdict(found)
    for block in values["suppressions"]:
        block["classes"] = sorted(block.pop("reaches"))
    return values


def _page(found: "ContactView") -> Iterator[str]:
    from engine import words

    def when(instant: datetime | None) -> str | None:
        return words.at(instant, found.zone) if instant else None

    erased = f", erased {when(found.erased_at)}" if found.erased_at else ""
    yield f"{found.id}: known since {when(found.created_at)}{erased} ({found.zone})"
    for each in found.merges:
        undone = f", undone {when(each['undone_at'])}" if each["undone_at"] else ""
        yield f"merge {each['id']} of {when(each['at'])}: {each['loser_id']} into {each['winner_id']}{undone}"
    if found.household:
        yield f"household {found.household.household}: {_members(found.household)}"
    yield from _known(found)
    yield from _wishes(found, when)
    yield from _history(found, when)


def _known(found: "ContactView") -> Iterator[str]:
    known = [
        *((name, f"{value}{_stale(found, name)}") for name, value in found.attributes.items()),
        *((f"{kind} (elsewhere)", id_) for kind, id_ in found.identities.items()),
    ]
    yield from _part("attribute", ("attribute", "value"), known)


def _wishes(found: "ContactView", when: When) -> Iterator[str]:
    """What the person agreed to, and what is blocked."""
    from engine.consent import EVERYTHING

    consents = [
        (
            "everything" if row["topic"] == EVERYTHING else row["topic"],
            row["channel"],
            row["state"],
            row["basis"],
            when(row["at"]),
            row["text_version"],
        )
        for row in found.consents
    ]
    yield from _part("consent", ("topic", "channel", "state", "basis", "since", "text"), consents)
    blocks = [
        (
            each.channel,
            each.reason,
            when(each.at),
            ", ".join(each.topics or ()) or "all",
            each.sender or "all",
        )
        for each in found.suppressions
    ]
    yield from _part("suppression", ("suppressed", "reason", "since", "topics", "senders"), blocks)


def _history(found: "ContactView", when: When) -> Iterator[str]:
    """What they were sent, and the runs that they are or were in."""
    messages = [
        (row["message"], row["channel"], row["scenario"], row["state"], when(row["at"]), row["reason"])
        for row in found.messages
    ]
    yield from _part("message", ("message", "channel", "scenario", "state", "when", "why"), messages)
    runs = [(row["id"], row["scenario"], _stands(row), when(row["entered_at"])) for row in found.runs]
    yield from _part("run", ("run", "scenario", "stands", "entered"), runs)


def _members(home: "Home") -> str:
    """Who lives there, by their ids."""
    return ", ".join(home.members) + (" and more" if home.more else "")


def _stale(found: "ContactView", name: str) -> str:
    """That a value is older than the catalog takes for true."""
    return f" (stale: of {found.stale[name]:%Y-%m-%d})" if name in found.stale else ""


def _part(one: str, headings: tuple[str, ...], rows: "list[tuple[Any, ...]]") -> Iterator[str]:
    yield ""
    yield table(headings, rows) if rows else f"no {one}"


def _stands(row: dict[str, Any]) -> str:
    return f"at {row['position']}" if row["status"] == "active" else f"ended: {row['end_reason']}"
