"""`relance db`: the tables of this version, and its agreement with Temporal."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.accounts import account
from commands.options import FORMAT
from commands.running import run, settings, with_database
from commands.tables import plural, show_json

if TYPE_CHECKING:
    from engine.reconcile import Reconciled
    from store.database import Database

SHOWN = 10


@click.group(name="db")
def command() -> None:
    """Bring a database to the tables of this version, and to agree with Temporal."""


@command.command()
def migrate() -> None:
    """Apply the migrations that DATABASE_URL has not seen; harmless to repeat.

    Example: relance db migrate
    """
    from store.migrate import migrate as apply

    applied = run(apply(settings().database_url))
    click.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")


@command.command()
@click.option(
    "--restored", is_flag=True, help="The database is a backup: pause everything, and give no number twice."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@FORMAT
def reconcile(*, restored: bool, dry_run: bool, form: str) -> None:
    """Give groups without a workflow one, and end workflows without a group.

    For after a restore of the database, or a loss of Temporal. Harmless to repeat.

    Example: relance db reconcile --restored
    """
    if restored and dry_run:
        raise click.UsageError("--restored changes the database; leave --dry-run out")

    async def work(database: "Database") -> "Reconciled":
        from engine import reconcile
        from worker import connect, stored_clock

        client, now = await connect(), (await stored_clock(database)).now()
        if restored:
            await reconcile.skip_and_pause(database, actor=account(), now=now)
        return await reconcile.reconcile(database, client, now, dry_run=dry_run)

    found = with_database(work)
    if form == "json":
        show_json(asdict(found))
    else:
        _print_reconciled(found, restored=restored, dry_run=dry_run)


def _print_reconciled(found: "Reconciled", *, restored: bool, dry_run: bool) -> None:
    if restored:
        click.echo("everything is paused, and no number is given twice")
    would = "would be " if dry_run else ""
    click.echo(f"{plural(found.open, 'group')} with somebody under way")
    _list(f"{would}started", found.started)
    click.echo(f"  {plural(found.woken, 'workflow')} {would}told to look again")
    _list(f"{would}ended", found.ended)
    if restored:
        click.echo("start web and workers, let events come again, then: relance resume everything")


def _list(what: str, workflows: tuple[str, ...]) -> None:
    """How many workflows, and the first of them."""
    named = ", ".join(workflows[:SHOWN]) + (", ..." if len(workflows) > SHOWN else "")
    click.echo(f"  {plural(len(workflows), 'workflow')} {what}" + (f": {named}" if named else ""))
