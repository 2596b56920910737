"""`relance publish`: the scenarios of a folder put in force, or what that would change; and back again."""

import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.accounts import account
from commands.cost import costs_of, data_of, line_of
from commands.options import FORMAT
from commands.running import Failed, require_scenarios, settings, with_database
from commands.tables import show_json

if TYPE_CHECKING:
    from engine.publish import Publication
    from store.database import Database


@click.command(name="publish", epilog="Example: relance publish --dry-run")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option(
    "--rollback",
    nargs=2,
    metavar="SCENARIO VERSION",
    help="Publish the text that a scenario had as this version, and nothing else.",
)
@click.option("--author", help="Who publishes, for the audit; the user of this machine unless given.")
@FORMAT
def command(*, dry_run: bool, rollback: tuple[str, str] | None, author: str | None, form: str) -> None:
    """Put the scenarios of RELANCE_PROJECT in force, all at once.

    What becomes of people in flight is said for each scenario, by the step at which they stand: as its
    `on_edit` says they finish, go on in the new version, begin again or leave. See `relance versions` for how
    far that is. With --dry-run also what the SMS of each scenario cost a person at most. With --rollback, who
    was not reached yet by the version in force stays where they are.
    """
    chosen = settings()
    require_scenarios(chosen.project, remedy="go to the project's folder, or set RELANCE_PROJECT")
    back = _read(rollback)

    result = _publish(chosen.project, back, author or account(), dry_run=dry_run)
    costs = costs_of(chosen.project, ()) if dry_run and not back else []
    if form == "json":
        show_json(asdict(result) | {"sms": [data_of(each) for each in costs]})
        return
    click.echo("\n".join((*result.lines, *map(line_of, costs))))
    if back and result.versions and not dry_run:
        click.echo(
            f"The file of {back[0]} has the newer text still, and the next publish puts that in force again: "
            f"write what `relance versions {back[0]} --text {back[1]}` prints into it."
        )


def _publish(folder: Path, back: tuple[str, int] | None, author: str, *, dry_run: bool) -> "Publication":
    """What was published, or would be; ends with 1 where that is refused."""
    from engine.publish import PublishRefused, publish
    from engine.rollback import roll_back
    from worker import stored_clock

    async def work(database: "Database") -> "Publication":
        commit, now = _commit(folder), (await stored_clock(database)).now()
        if back:
            return await roll_back(
                database, folder, *back, author=author, commit=commit, now=now, dry_run=dry_run
            )
        return await publish(database, folder, author=author, commit=commit, now=now, dry_run=dry_run)

    try:
        return with_database(work)
    except PublishRefused as refused:
        click.echo(str(refused), err=True)
        raise click.exceptions.Exit(1) from None


def _read(rollback: tuple[str, str] | None) -> tuple[str, int] | None:
    if rollback is None:
        return None
    if not rollback[1].isdecimal():
        raise Failed(f"--rollback takes a scenario and the number of a version, not `{rollback[1]}`")
    return rollback[0], int(rollback[1])


def _commit(folder: Path) -> str | None:
    """The commit that is published, None outside a repository."""
    try:
        found = subprocess.run(  # noqa: S603 - fixed words and a folder
            ["git", "-C", str(folder), "rev-parse", "HEAD"],  # noqa: S607 - git is where the user has it
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None
