"""`relance simulate`: what would leave, to whom and why not, with the scenarios of this folder in force."""

import os
import sys
from datetime import UTC, datetime
from datetime import time as clock_time
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.check import project_folder
from commands.instants import typed_instant
from commands.options import FORMAT, PROJECT_OF_PATHS
from commands.progress import progress
from commands.tables import show_json

if TYPE_CHECKING:
    from commands.simulation.asked import Asked
    from dsl.compiler import Project
    from engine.simulation.report import Told

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    epilog="Example: relance simulate --contacts customers.csv --events last_month.jsonl --days 30",
    short_help="Live through the coming days with everybody.",
)
@click.argument("scenarios", nargs=-1)
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@click.option(
    "--contacts",
    help="`base`, or a CSV or JSON Lines file as `contacts import` takes it. "
    "Default: base where DATABASE_URL is set, else people made up from the catalog.",
)
@click.option("--mapping", type=FILE, help="What the columns of a CSV file mean, as for `contacts import`.")
@click.option("--events", type=FILE, help="JSON Lines of events as POST /v1/events takes them, with `at`.")
@click.option(
    "--people", type=click.IntRange(1), help="How many to make up, where they are: 1000 unless given."
)
@click.option(
    "--rate",
    "rates",
    multiple=True,
    metavar="EVENT=N",
    help="How often it happens to a person in 30 days, where lives are made up; may be repeated.",
)
@click.option(
    "--from", "first", help="The first day, like 2027-02-01. Default: that of the first event, or today."
)
@click.option(
    "--alone", is_flag=True, help="Only SCENARIOS are in force, without the others to compete with."
)
@click.option(
    "--compare", is_flag=True, help="Also with what is in force now, and what changes; over the base."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same result.")
@click.option(
    "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes; default: all cores."
)
@FORMAT
@PROJECT_OF_PATHS
def command(project: Path, form: str, **given: Any) -> None:
    """Live through the coming days with all scenarios of a project together, on a virtual clock.

    The files are taken as they are, published or not. SCENARIOS are those to tell of; all are in force all
    the same, since they compete for the same places. Nothing is sent and nothing is written.
    """
    from commands.simulation.asked import Asked
    from commands.simulation.running import run_simulation
    from dsl.compiler import compile_project

    compiled = compile_project(project_folder(project, ()))
    _refuse_mistakes(compiled)
    _refuse_unknown(compiled, given["scenarios"])
    if given["alone"] and not given["scenarios"]:
        raise click.UsageError("--alone goes with the names of scenarios")
    given["rates"] = dict(_rate(each, compiled) for each in given["rates"])
    given["first"] = _day(given["first"], compiled) if given["first"] else None
    asked = Asked(project=compiled, **given)
    with progress("living through the days", "people", foreseen=True) as tick:
        found = run_simulation(asked, tick)
    _print(found, asked, form)


def _refuse_mistakes(project: "Project") -> None:
    from dsl import render

    if project.errors:
        click.echo(render.text(project.errors, colour=False), err=True)
        raise click.exceptions.Exit(1)


def _refuse_unknown(project: "Project", names: tuple[str, ...]) -> None:
    for name in names:
        if name not in project.scenarios:
            near = get_close_matches(name, project.scenarios, n=1)
            hint = (
                f"did you mean `{near[0]}`?" if near else f"there are {', '.join(sorted(project.scenarios))}"
            )
            raise click.UsageError(f"there is no scenario `{name}`; {hint}")


def _rate(written: str, project: "Project") -> tuple[str, float]:
    name, _, number = written.partition("=")
    event = project.catalog.events.get(name)
    if event is None or event.built_in or event.about is not None:
        known = [
            each.name for each in project.catalog.events.values() if not each.built_in and not each.about
        ]
        raise click.UsageError(f"--rate: `{name}` is no event of people; there are {', '.join(known)}")
    try:
        rate = float(number)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1000:  # noqa: PLR2004 - more than one an hour is a mistake
        raise click.UsageError(f"--rate takes EVENT=N like order.placed=0.5, not `{written}`")
    return name, rate


def _day(written: str, project: "Project") -> datetime:
    """The first moment of a day, on the clock of the brand."""
    from zoneinfo import ZoneInfo

    day = typed_instant("--from", written, "2027-02-01").date()
    zone = ZoneInfo(project.policy.default_zone)
    return datetime.combine(day, clock_time(), zone).astimezone(UTC)


def _print(found: "Told", asked: "Asked", form: str) -> None:
    if form == "json":
        show_json(found.as_json())
        return
    from commands.simulation.page import page

    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    click.echo(page(found, asked.scenarios, colour=colour), color=colour)
