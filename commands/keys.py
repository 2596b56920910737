"""`relance keys`: who may call the API."""

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from commands.running import Failed, with_database

if TYPE_CHECKING:
    from store.database import Database


@click.group(name="keys")
def command() -> None:
    """Create, list and revoke the API keys of other systems."""


@command.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, help="events, contacts, runs, tasks, studio; repeatable.")
def create(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key for a system; it is shown once, and only its hash is kept.

    Example: relance keys create shop --scope events --scope contacts
    """
    from engine.access import SCOPES

    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise click.UsageError(f"there is no scope `{unknown[0]}`; scopes are {', '.join(SCOPES)}")
    key = "rl_" + secrets.token_urlsafe(24)
    _create(name, key, scopes or ("events", "contacts", "runs"))
    click.echo(key)
    click.echo("Keep it now: it cannot be shown again.", err=True)


@command.command(name="list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def list_(form: str) -> None:
    """Show the keys there are: names, scopes and dates, never the keys.

    Example: relance keys list
    """
    rows = _ask("list_keys")
    if form == "json":
        click.echo(json.dumps(rows, indent=2, default=str))
        return
    for row in rows:
        state = f"revoked {row['revoked_at']:%Y-%m-%d}" if row["revoked_at"] else "in use"
        click.echo(f"{row['name']:<24} {' '.join(row['scopes']):<32} {row['created_at']:%Y-%m-%d}  {state}")
    if not rows:
        click.echo("there are no keys yet: relance keys create NAME")


@command.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End every key of a name, at once.

    Example: relance keys revoke shop
    """
    count = len(_ask("revoke_keys", name=name, now=datetime.now(UTC)))
    if not count:
        raise Failed(f"no key in use is called `{name}`: see `relance keys list`")
    click.echo(f"{count} key{'s' if count > 1 else ''} of {name} revoked")


def _create(name: str, key: str, scopes: tuple[str, ...]) -> None:
    from engine.access import keep_key

    async def work(database: "Database") -> None:
        async with database.transaction() as connection:
            await keep_key(connection, name, key, scopes=scopes, now=datetime.now(UTC))

    with_database(work)


def _ask(query: str, **parameters: Any) -> list[dict[str, Any]]:
    from store.database import queries

    async def work(database: "Database") -> list[dict[str, Any]]:
        async with database.transaction() as connection:
            cursor = await connection.execute(queries("access")[query], parameters)
            return await cursor.fetchall()

    return with_database(work)
