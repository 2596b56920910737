"""`relance segments`: who is in which segment, now."""

import csv
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from commands.options import FORMAT
from commands.outputs import writing
from commands.running import Failed, with_plans
from commands.tables import plural, show_json, table

if TYPE_CHECKING:
    from datetime import datetime

    from engine.plans import Plans
    from engine.segment_members import Segment
    from engine.spread import Spread
    from store.database import Connection, Database, Row

T = TypeVar("T")
BAR = 40
"""Characters of the longest bar."""

COLUMNS = ("id", "email", "phone", "locale")


@click.group(name="segments")
def command() -> None:
    """Show the segments in force, count and export who is in them, and how attributes are spread."""


@command.command(name="list", epilog="Example: relance segments list")
@FORMAT
def list_(form: str) -> None:
    """List the segments in force with their conditions."""

    async def work(connection: "Connection", plans: "Plans", _now: "datetime") -> dict[str, str]:
        from engine.segment_members import conditions

        return dict(await conditions(connection, plans))

    found = _ask(work)
    if form == "json":
        show_json([{"name": name, "condition": text} for name, text in found.items()])
    elif found:
        click.echo(table(("segment", "condition"), list(found.items())))
    else:
        click.echo("there are no segments: see scenarios/segments.yaml")


@command.command(epilog="Example: relance segments count vip")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@FORMAT
def count(names: tuple[str, ...], form: str) -> None:
    """Count the people who are in segments NAME now; in every segment without one."""

    async def work(connection: "Connection", plans: "Plans", now: "datetime") -> dict[str, int]:
        from engine.segment_members import conditions, segment

        wanted = names or tuple(await conditions(connection, plans))
        return {name: await (await segment(connection, plans, name, now)).count() for name in wanted}

    found = _ask(work)
    if form == "json":
        show_json([{"name": name, "people": people} for name, people in found.items()])
    elif len(names) == 1:
        click.echo(found[names[0]])
    else:
        click.echo(table(("segment", "people"), list(found.items())))


@command.command(epilog="Example: relance segments export vip -o vip.csv")
@click.argument("name")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file.")
@FORMAT
def export(name: str, output: Path | None, form: str) -> None:
    """Write out who is in segment NAME now: id, email, phone and locale, as CSV (or JSON).

    This is personal data: keep it no longer than its purpose needs it.
    """
    _ask(lambda connection, plans, now: _found(connection, plans, name, now))
    write = _write_json if form == "json" else _write_csv
    if output is None:
        people = write(name, sys.stdout)
    else:
        with writing(output), output.open("w", encoding="utf-8", newline="") as file:
            people = write(name, file)
    click.echo(plural(people, "person", "people") + (f" written to {output}" if output else ""), err=True)


@command.command(epilog="Example: relance segments spread engagement")
@click.argument("attribute")
@FORMAT
def spread(attribute: str, form: str) -> None:
    """Show how ATTRIBUTE, stored or computed, is spread over the base: where a threshold would cut."""
    found = _ask(lambda connection, plans, now: _spread(connection, plans, attribute, now))
    if form == "json":
        show_json(asdict(found))
        return
    known = found.people - found.unknown
    click.echo(f"{found.attribute}: {plural(known, 'person', 'people')}, unknown of {found.unknown}")
    most = max((bar.people for bar in found.bars), default=0)
    rows = [
        (bar.label, bar.people, f"{100 * bar.people / known:.0f} %", "█" * round(BAR * bar.people / most))
        for bar in found.bars
        if most
    ]
    click.echo(table(("value", "people", "share", ""), rows))
    if found.quantiles:
        cuts = ", ".join(f"{percent} % up to {value}" for percent, value in found.quantiles.items())
        click.echo(f"mean {found.mean}; {cuts}")


async def _spread(connection: "Connection", plans: "Plans", attribute: str, now: "datetime") -> "Spread":
    from engine.spread import NoSpread, spread

    try:
        return await spread(connection, plans, attribute, now)
    except NoSpread as error:
        raise Failed(str(error)) from None


def _write_csv(name: str, file: TextIO) -> int:
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    return _export(name, writer.writerows)


def _write_json(name: str, file: TextIO) -> int:
    rows: list[dict[str, Any]] = []
    people = _export(name, rows.extend)
    show_json(rows, file)
    return people


def _export(name: str, take: "Callable[[list[Row]], Any]") -> int:
    async def work(connection: "Connection", plans: "Plans", now: "datetime") -> int:
        found = await _found(connection, plans, name, now)
        total = 0
        async for page in found.members():
            take(page)
            total += len(page)
        return total

    return _ask(work)


async def _found(connection: "Connection", plans: "Plans", name: str, now: "datetime") -> "Segment":
    from engine.segment_members import segment

    return await segment(connection, plans, name, now)


def _ask(work: "Callable[[Connection, Plans, datetime], Awaitable[T]]") -> T:
    """Drive work over a connection, with the plans and the clock of this installation."""

    async def over(database: "Database", plans: "Plans", now: "datetime") -> T:
        from engine.segment_members import UnknownSegment

        try:
            async with database.transaction() as connection:
                return await work(connection, plans, now)
        except UnknownSegment as error:
            raise Failed(str(error)) from None

    return with_plans(over)
