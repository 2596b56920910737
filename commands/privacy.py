"""`relance privacy`: what people may ask for, and what a brand must keep and let go."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.accounts import account
from commands.options import FORMAT, PROJECT
from commands.outputs import writing
from commands.privacy_search import FILES, connected, search, searched, tell, words_of
from commands.running import Failed, require_scenarios, settings, with_database
from commands.tables import plural, show_json, table

if TYPE_CHECKING:
    from dsl.register import Register
    from engine.rights.retention import Purged
    from engine.rights.traces import Search
    from store.database import Database

UNSEARCHED = (
    "relance: {} was forgotten, but the search for what is left broke off: look for the words that you know "
    "by `relance privacy search --words -`"
)


@click.group(name="privacy")
def command() -> None:
    """Give people what is kept about them, forget them, let go of what is old, and keep the register."""


command.add_command(search)


@command.command(epilog="Example: relance privacy export c_42 -o c_42.zip")
@click.argument("contact")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: CONTACT.zip.")
@FORMAT
def export(contact: str, output: Path | None, form: str) -> None:
    """Write all that is kept about CONTACT: a page that they can read, and JSON (GDPR, articles 15 and 20).

    The page is in their language. With `--format json` the JSON is printed. The audit says who took it.
    """

    async def work(database: "Database") -> tuple[bytes, str]:
        from engine.known_then import NothingKnown
        from engine.plans import Plans
        from engine.rights.archive import archive_of, as_json, zipped
        from store import publications
        from worker import stored_clock

        now = (await stored_clock(database)).now()
        async with database.transaction() as connection:
            try:
                found = await archive_of(connection, Plans(database, settings().secret_keys), contact, now)
            except NothingKnown as error:
                raise Failed(str(error)) from None
            await publications.audit(connection, account(), "access", contact, {}, now)
        return zipped(found), as_json(found)

    archive, text = with_database(work)
    if form == "json":
        click.echo(text)
        return
    target = output or Path(f"{contact.replace('/', '_')}.zip")
    with writing(target):
        target.write_bytes(archive)
    click.echo(f"{target}: index.html for them, data.json for machines")


@command.command(epilog="Example: relance privacy erase c_42")
@click.argument("contact")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--search", "look", is_flag=True, help="Search everything for them then; see `privacy search`.")
@FILES
@FORMAT
def erase(contact: str, *, yes: bool, look: bool, files: tuple[Path, ...], form: str) -> None:
    """Forget CONTACT (GDPR, article 17): only keyed hashes of addresses stay, so that nobody writes again.

    What was planned is released, runs end as `erased`, and workers have the providers forget too
    (`relance privacy erasures`). It cannot be undone.
    """
    _confirm(contact, yes=yes)

    async def work(database: "Database") -> "Search | None":
        if not look:
            await _forget(database, contact)
            return None
        # Before anything is forgotten: without what the search needs there is none.
        client, words = await connected(), await words_of(database, contact)
        await _forget(database, contact)
        try:
            return await searched(database, contact, words, files, client)
        except BaseException:
            click.echo(UNSEARCHED.format(contact), err=True)
            raise

    found = with_database(work)
    if form == "text":
        click.echo(f"{contact} was forgotten")
    if found:
        tell(found, form)
    elif form == "json":
        show_json({"contact": contact, "erased": True})


def _confirm(contact: str, *, yes: bool) -> None:
    """Ask, where somebody can be asked. Raises Failed, or Abort."""
    if not yes and sys.stdin.isatty():
        click.confirm(f"Forget {contact}, for ever?", abort=True)
    elif not yes:
        raise Failed("this cannot be undone: say --yes where nobody can be asked")


async def _forget(database: "Database", contact: str) -> None:
    from engine.plans import Plans
    from engine.privacy import erase as forget
    from worker import stored_clock

    now = (await stored_clock(database)).now()
    plans = Plans(database, settings().secret_keys)
    if not await forget(database, plans, contact, source=account(), now=now):
        raise Failed(f"there is nobody `{contact}` in the base, or nobody any more")


@command.command(epilog="Example: relance privacy erasures --format json")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, at most."
)
@FORMAT
def erasures(limit: int, form: str) -> None:
    """Show what providers were asked to forget, and what came of it; the last erasures first.

    `open` is tried again until the provider confirms. `not_asked`: it takes no such request.
    """

    async def work(database: "Database") -> list[dict[str, Any]]:
        from store import erasures as asked

        async with database.connection() as connection:
            return await asked.told(connection, limit)

    found = with_database(work)
    if form == "json":
        show_json(found)
        return
    columns = ("contact", "provider", "state", "tries", "asked", "settled", "why")
    rows = [
        (
            each["contact_id"],
            each["provider"],
            each["state"],
            each["tries"],
            f"{each['asked_at']:%Y-%m-%d %H:%M}",
            f"{each['settled_at']:%Y-%m-%d %H:%M}" if each["settled_at"] else "",
            each["why"] or "",
        )
        for each in found
    ]
    click.echo(table(columns, rows) if rows else "no provider was asked for anything")


@command.command(epilog="Example: relance privacy purge --dry-run")
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@FORMAT
def purge(*, dry_run: bool, form: str) -> None:
    """Let go of what has been kept long enough, as `retention` and `keep` say; workers do it every night.

    People go that many years after the last thing that they did themselves: a click counts, an open does not.
    """

    async def work(database: "Database") -> "Purged":
        from engine.plans import Plans
        from engine.rights.retention import purge as let_go
        from worker import stored_clock

        now = (await stored_clock(database)).now()
        plans = Plans(database, settings().secret_keys)
        return await let_go(database, plans, actor=account(), now=now, dry_run=dry_run)

    done = with_database(work)
    if form == "json":
        show_json({**vars(done), "dry_run": dry_run})
        return
    rows = [("people who are gone", done.people), ("events", done.events), ("messages", done.messages)]
    rows += [("raw texts", done.raw)]
    rows += [(f"values of {name}", count) for name, count in done.values.items()]
    click.echo(table(("what", "would go" if dry_run else "gone"), rows))


@command.command(epilog="Example: relance privacy register -o register.html")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it as a page.")
@PROJECT
@FORMAT
def register(output: Path | None, project: Path, form: str) -> None:
    """Show the register of processing (GDPR, article 30) and the plan of what is collected, from the files.

    Nothing is asked of a database: it is the register of the files in this folder.
    """
    found = _register(project)
    if output is not None:
        from dsl.register_page import page

        with writing(output):
            output.write_text(page(found), "utf-8")
        click.echo(f"{output}: {plural(len(found.activities), 'activity', 'activities')}")
    elif form == "json":
        from dataclasses import asdict

        show_json(asdict(found))
    else:
        click.echo(_text(found))


def _register(folder: Path) -> "Register":
    import os

    from dsl.compiler import compile_project
    from dsl.register import register_of

    require_scenarios(folder, remedy="set RELANCE_PROJECT, or change to the project's folder")
    providers = {
        channel: provider
        for channel, name in (("email", "RELANCE_EMAIL"), ("sms", "RELANCE_SMS"))
        if (provider := os.environ.get(name))
    }
    try:
        return register_of(compile_project(folder), providers)
    except ValueError as error:
        raise Failed(f"{error}: run `relance check`") from None


def _text(found: "Register") -> str:
    activities = [
        (each.name, each.basis, ", ".join(each.data), ", ".join(each.recipients), each.kept)
        for each in found.activities
    ]
    collected = [
        (
            each.name,
            "yes" if each.personal else "no",
            each.source or "not said",
            each.purpose or "not said",
            each.kept or "not said",
            plural(len(each.used_by), "use") if each.used_by else "nothing uses it",
        )
        for each in found.collected
    ]
    return "\n".join(
        (
            f"Controller: {found.controller} ({found.contact})",
            "",
            table(("activity", "basis", "data", "recipients", "kept"), activities),
            "",
            table(("collected", "personal", "from", "for", "kept", "used"), collected),
            "",
            *(f"Measure: {each}" for each in found.measures),
        )
    )
