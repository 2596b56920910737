"""`relance db`: the tables of this version."""

import click

from commands.running import Failed, run, settings


@click.group(name="db")
def command() -> None:
    """Bring a database to the tables of this version."""


@command.command()
def migrate() -> None:
    """Apply the migrations that DATABASE_URL has not seen; harmless to repeat.

    Example: relance db migrate
    """
    from store.migrate import MigrationError
    from store.migrate import migrate as apply

    try:
        applied = run(apply(settings().database_url))
    except MigrationError as error:
        raise Failed(str(error)) from None
    click.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")
