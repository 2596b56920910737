"""`relance versions`: who published what when, who is on it, and the text of each."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.options import FORMAT, NUMBER
from commands.running import Failed, with_database, with_plans
from commands.tables import minutes, show_json, table

if TYPE_CHECKING:
    from datetime import datetime

    from engine.plans import Plans
    from engine.version_history import Version
    from store.database import Database

HEADINGS = ("scenario", "version", "published", "by", "commit", "on_edit", "people", "")


@click.command(name="versions", epilog="Example: relance versions welcome --text 3 > welcome.yaml")
@click.argument("scenario", required=False)
@click.option("--text", "number", type=NUMBER, metavar="VERSION", help="Print the text of this version.")
@FORMAT
def command(scenario: str | None, number: int | None, form: str) -> None:
    """List the versions of SCENARIO, or of all: who published them, and how many people are on each.

    Of a version whose `on_edit` is being carried out it says how many people are still to be taken over.
    """
    if number is not None:
        _print_text(scenario, number, form)
        return

    async def work(database: "Database", plans: "Plans", _now: "datetime") -> "Sequence[Version]":
        from engine.version_history import history

        async with database.transaction() as connection:
            return await history(connection, plans, scenario)

    found = with_plans(work)
    if scenario is not None and not found:
        raise Failed(f"no scenario `{scenario}` was ever published: see `relance versions`")
    if form == "json":
        show_json([asdict(each) for each in found])
    elif found:
        click.echo(table(HEADINGS, [_row(each) for each in found]))
    else:
        click.echo("nothing is published yet: run `relance publish`")


def _print_text(scenario: str | None, number: int, form: str) -> None:
    async def work(database: "Database") -> tuple[str, str] | None:
        from store import scenarios

        async with database.connection() as connection:
            return await scenarios.source(connection, scenario or "", number)

    found = with_database(work)
    if found is None:
        named = f"{scenario} has no version {number}" if scenario else "--text needs a scenario before it"
        raise Failed(f"{named}: see `relance versions`")
    if form == "json":
        show_json({"scenario": scenario, "version": number, "path": found[0], "text": found[1]})
    else:
        click.echo(found[1], nl=False)


def _row(each: "Version") -> tuple[object, ...]:
    commit = each.commit[:10] if each.commit else None
    published = minutes(each.published_at)
    said = ", ".join(_remarks(each))
    return (each.scenario, each.version, published, each.author, commit, each.on_edit, each.people, said)


def _remarks(each: "Version") -> Iterator[str]:
    if each.in_force:
        yield "in force"
    if each.same_as:
        yield f"same as {each.same_as}"
    if each.to_heed is not None:
        yield f"{each.to_heed:,} still to take over" if each.to_heed else "everybody is taken over"
