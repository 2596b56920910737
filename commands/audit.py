"""`relance audit`: who saw, exported and changed what."""

from typing import TYPE_CHECKING

import click

from commands.instants import utc_instant
from commands.options import FORMAT
from commands.running import with_database
from commands.tables import minutes, show_json, table

if TYPE_CHECKING:
    from store.database import Database, Row


@click.group(name="audit")
def command() -> None:
    """Show who saw, exported and changed what, and whether anybody has tampered with it."""


@command.command(name="list", epilog="Example: relance audit list --action export --since 2026-01-01")
@click.option("--action", help="publish, pause, resume, stop, import, export, access, erase, purge ...")
@click.option("--actor", help="Of one person or key.")
@click.option("--subject", help="About one scenario, contact or file.")
@click.option("--since", help="From this day or instant on (UTC).")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@FORMAT
def list_(
    *,
    action: str | None,
    actor: str | None,
    subject: str | None,
    since: str | None,
    limit: int,
    form: str,
) -> None:
    """List the last lines of the audit, newest first."""
    start = utc_instant("--since", since) if since else None

    async def work(database: "Database") -> "list[Row]":
        from store import audit

        async with database.connection() as connection:
            return await audit.lines(
                connection, action=action, actor=actor, subject=subject, since=start, limit=limit
            )

    found = with_database(work)
    if form == "json":
        show_json(found)
    elif found:
        rows = [(minutes(each["at"]), each["actor"], each["action"], each["subject"]) for each in found]
        click.echo(table(("when", "who", "what", "about"), rows))
    else:
        click.echo("nothing that was asked for is in the audit")


@command.command(epilog="Example: relance audit verify")
@FORMAT
def verify(form: str) -> None:
    """Check that no line of the audit was changed, added or removed. Status 1 where one was."""

    async def work(database: "Database") -> str | None:
        from store import audit

        async with database.connection() as connection:
            return await audit.broken(connection)

    fault = with_database(work)
    if form == "json":
        show_json({"whole": fault is None, "fault": fault})
    else:
        click.echo(fault or "the audit is whole")
    if fault:
        raise SystemExit(1)
