"""`relance publish`: the scenarios of a folder put in force, or what that would change."""

import getpass
import json
import subprocess
from dataclasses import asdict
from pathlib import Path

import click

from commands.running import require_scenarios, run, settings


@click.command(name="publish", epilog="Example: relance publish --dry-run")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--author", help="Who publishes, for the audit; the user of this machine unless given.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(*, dry_run: bool, author: str | None, form: str) -> None:
    """Put the scenarios of RELANCE_PROJECT in force, all at once.

    People in flight finish on the version with which they entered.
    """
    from engine.publish import Publication, PublishRefused, publish
    from store.database import Database
    from worker import stored_clock

    chosen = settings()
    require_scenarios(chosen.project, remedy="go to the project's folder, or set RELANCE_PROJECT")

    async def work() -> Publication:
        database = await Database.open(chosen.database_url, size=2)
        try:
            clock = await stored_clock(database)
            return await publish(
                database,
                chosen.project,
                author=author or getpass.getuser(),
                commit=_commit(chosen.project),
                now=clock.now(),
                dry_run=dry_run,
            )
        finally:
            await database.close()

    try:
        result = run(work())
    except PublishRefused as refused:
        click.echo(str(refused), err=True)
        raise click.exceptions.Exit(1) from None
    click.echo(json.dumps(asdict(result)) if form == "json" else "\n".join(result.lines))


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
