"""`relance users`: who may look at the studio, and as what."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from commands.accounts import account
from commands.options import FORMAT
from commands.running import Failed, with_database
from commands.tables import minutes, show_json, table
from engine.roles import ROLES

if TYPE_CHECKING:
    from store.database import Connection, Database, Row

ROLE = click.Choice(ROLES)
NOBODY = "nobody called `{}` signs in with a password here: see `relance users list`"


@click.group(name="users")
def command() -> None:
    """Let people into the studio with a password, and say who was let in.

    Where OIDC_ISSUER is set, people come in by your own provider, which says what they are.
    """


@command.command(epilog="Example: relance users create ada --role marketer")
@click.argument("name")
@click.option("--role", type=ROLE, required=True, help="What they may see and do: docs/access.md.")
@click.password_option(help="Asked for where it is left out, which keeps it out of the shell's history.")
def create(name: str, role: str, password: str) -> None:
    """Let NAME in, with a password that is asked for; only its hash is kept."""
    from engine.passwords import PoorPassword, hashed
    from store import users

    if not name.strip():
        raise click.UsageError("the name is empty")
    now = datetime.now(UTC)

    async def work(connection: "Connection") -> bool:
        try:
            kept = await hashed(password)
        except PoorPassword as error:
            raise Failed(f"{error}: nobody was let in") from None
        return await users.add(connection, name, role, kept, now)

    if not _change(work, "user created", name, {"role": role}, now):
        raise Failed(f"there is a `{name}` already: see `relance users list`")
    click.echo(f"{name} may sign in as {role}")


@command.command(name="list", epilog="Example: relance users list")
@FORMAT
def list_(form: str) -> None:
    """List everybody who was let in, with their role and when they last did something."""

    async def work(database: "Database") -> "list[Row]":
        from store import users

        async with database.connection() as connection:
            return await users.listed(connection)

    found = with_database(work)
    if form == "json":
        show_json(found)
    elif found:
        click.echo(table(("name", "role", "by", "since", "last seen", ""), [_cells(row) for row in found]))
    else:
        click.echo("nobody was let in yet: relance users create NAME --role viewer")


@command.command(epilog="Example: relance users role ada operations")
@click.argument("name")
@click.argument("role", type=ROLE)
def role(name: str, role: str) -> None:
    """Give NAME another ROLE, which holds from their next click on.

    Who comes in by your provider has the role that it says.
    """
    from store import users

    def work(connection: "Connection") -> Awaitable[bool]:
        return users.set_role(connection, name, role)

    if not _change(work, "user role", name, {"role": role}, datetime.now(UTC)):
        raise Failed(NOBODY.format(name))
    click.echo(f"{name} is {role}")


@command.command(epilog="Example: relance users disable ada")
@click.argument("name")
def disable(name: str) -> None:
    """Let NAME in no more, and end what they have open: with a password or by your provider."""
    from store import users

    now = datetime.now(UTC)

    def work(connection: "Connection") -> Awaitable[bool]:
        return users.disable(connection, name, now)

    if not _change(work, "user disabled", name, {}, now):
        raise Failed(f"nobody called `{name}` was let in: see `relance users list`")
    click.echo(f"{name} is let in no more")


def _cells(row: "Row") -> tuple[str, ...]:
    seen = minutes(row["seen_at"]) or "—"
    state = f"disabled {minutes(row['disabled_at'])}" if row["disabled_at"] else ""
    since = minutes(row["created_at"]) or ""
    return row["name"], row["role"], row["issuer"] or "password", since, seen, state


def _change(
    work: "Callable[[Connection], Awaitable[bool]]",
    action: str,
    name: str,
    data: dict[str, str],
    now: datetime,
) -> bool:
    """Change who may come in, and say so in the audit where anything changed."""

    async def whole(database: "Database") -> bool:
        from store import publications

        async with database.transaction() as connection:
            changed = await work(connection)
            if changed:
                await publications.audit(connection, account(), action, name, data, now)
            return changed

    return with_database(whole)
