"""`relance keys`: who may call the API."""

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from commands.accounts import account
from commands.options import FORMAT
from commands.running import Failed, with_database

if TYPE_CHECKING:
    from store.database import Connection, Database

DEFAULT = ("events", "contacts", "runs")
NONE_OF_NAME = "no key in use is called `{}`: see `relance keys list`"


@click.group(name="keys")
def command() -> None:
    """Create, rotate, list and revoke the API keys of other systems."""


@command.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, help="events, contacts, runs, tasks, studio; repeatable.")
@FORMAT
def create(name: str, scopes: tuple[str, ...], form: str) -> None:
    """Make a key for a system; it is shown once, and only its hash is kept.

    Example: relance keys create shop --scope events --scope contacts
    """
    from engine.access import LONGEST_NAME, SCOPES

    if not (1 <= len(name) <= LONGEST_NAME and name.isprintable() and name.strip() == name):
        raise click.UsageError(f"a key is named by 1 to {LONGEST_NAME} printed characters, like `shop`")
    granted = tuple(dict.fromkeys(scopes)) or DEFAULT
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise click.UsageError(f"there is no scope `{unknown[0]}`; scopes are {', '.join(SCOPES)}")
    key, now = _new_key(), datetime.now(UTC)

    async def work(connection: "Connection") -> bool:
        from engine.access import keep_key

        await keep_key(connection, name, key, scopes=granted, now=now)
        return True

    _change(work, "key created", name, now)
    _show(key, name, granted, form)


@command.command()
@click.argument("name")
@click.option(
    "--overlap",
    type=click.IntRange(0, 24 * 365),
    default=24,
    show_default=True,
    help="Hours for which the old keys still hold.",
)
@FORMAT
def rotate(name: str, overlap: int, form: str) -> None:
    """Make a new key in place of those of NAME, for the same; the old ones hold for a while more.

    Example: relance keys rotate shop --overlap 48
    """
    key, now = _new_key(), datetime.now(UTC)
    scopes: list[str] = []

    async def work(connection: "Connection") -> bool:
        from engine.access import rotate as put_in_place

        nonlocal scopes
        scopes = sorted(await put_in_place(connection, name, key, now=now, overlap=timedelta(hours=overlap)))
        return bool(scopes)

    if not _change(work, "key rotated", name, now):
        raise Failed(NONE_OF_NAME.format(name))
    _show(key, name, scopes, form)
    click.echo(
        f"The old keys of {name} hold until {now + timedelta(hours=overlap):%Y-%m-%d %H:%M} UTC.", err=True
    )


@command.command(name="list")
@FORMAT
def list_(form: str) -> None:
    """Show the keys there are: names, scopes and dates, never the keys.

    Example: relance keys list
    """
    rows = _ask("list_keys")
    if form == "json":
        click.echo(json.dumps(rows, indent=2, default=str))
        return
    for row in rows:
        state = _state(row["revoked_at"], datetime.now(UTC))
        click.echo(f"{row['name']:<24} {' '.join(row['scopes']):<32} {row['created_at']:%Y-%m-%d}  {state}")
    if not rows:
        click.echo("there are no keys yet: relance keys create NAME")


@command.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End every key of a name, at once.

    Example: relance keys revoke shop
    """
    from store.database import queries

    now, count = datetime.now(UTC), 0

    async def work(connection: "Connection") -> bool:
        nonlocal count
        cursor = await connection.execute(queries("access")["revoke_keys"], {"name": name, "now": now})
        count = cursor.rowcount
        return count > 0

    if not _change(work, "key revoked", name, now):
        raise Failed(NONE_OF_NAME.format(name))
    click.echo(f"{count} key{'s' if count > 1 else ''} of {name} revoked")


def _new_key() -> str:
    return "rl_" + secrets.token_urlsafe(24)


def _show(key: str, name: str, scopes: Sequence[str], form: str) -> None:
    click.echo(json.dumps({"name": name, "key": key, "scopes": list(scopes)}) if form == "json" else key)
    click.echo("Keep it now: it cannot be shown again.", err=True)


def _state(revoked_at: datetime | None, now: datetime) -> str:
    if revoked_at is None:
        return "in use"
    if revoked_at > now:
        return f"in use until {revoked_at:%Y-%m-%d %H:%M}"
    return f"revoked {revoked_at:%Y-%m-%d}"


def _change(work: "Callable[[Connection], Awaitable[bool]]", action: str, name: str, now: datetime) -> bool:
    """Change the keys of a name, and say so in the audit where anything changed."""

    async def whole(database: "Database") -> bool:
        from store import publications

        async with database.transaction() as connection:
            changed = await work(connection)
            if changed:
                await publications.audit(connection, account(), action, name, {}, now)
            return changed

    return with_database(whole)


def _ask(query: str) -> list[dict[str, Any]]:
    from store.database import queries

    async def work(database: "Database") -> list[dict[str, Any]]:
        async with database.connection() as connection:
            cursor = await connection.execute(queries("access")[query])
            return await cursor.fetchall()

    return with_database(work)
