"""`relance privacy search`, and the same after an erasure: what of a person is left anywhere."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from commands.accounts import account
from commands.options import FORMAT
from commands.running import Failed, settings, with_database
from commands.tables import plural, show_json, table

if TYPE_CHECKING:
    from temporalio.client import Client

    from engine.rights.traces import Search, Words
    from store.database import Database

FILES = click.option(
    "--files",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Logs, exports, an outbox: a file or a folder to read, too. Can be given again.",
)
NOBODY = "nothing is known of `{}` that tells who it is: give the words (`--words -`)"


@click.command(epilog="Example: relance privacy search c_42 --files /var/log/relance")
@click.argument("contact", required=False)
@click.option(
    "--words", type=click.File(encoding="utf-8-sig"), help="What to look for, a line each; `-`: typed."
)
@FILES
@FORMAT
def search(contact: str | None, words: IO[str] | None, files: tuple[Path, ...], form: str) -> None:
    """Search every table, and files, for what tells who somebody is; the status is 1 where it is found.

    Of CONTACT what the base knows: addresses, ids in other systems, personal texts that nobody else has; also
    in Temporal's histories of their runs. Words come from a file or are typed, so that no shell keeps them,
    and are told by their labels. `relance privacy erase --search` looks once somebody was forgotten.
    """
    try:
        lines = {f"line {n}": text.strip() for n, text in enumerate(words or (), 1) if text.strip()}
    except UnicodeDecodeError as error:
        raise Failed(f"the words are not UTF-8: {error.reason} at byte {error.start}") from None
    if contact is None and not lines:
        raise Failed("say whom or what to look for: a contact, or words (`--words FILE`, `--words -`)")

    async def work(database: "Database") -> "Search":
        from engine.rights.traces import Words

        known = await words_of(database, contact) if contact else Words({})
        wanted = replace(known, words={**known.words, **lines})
        if not wanted.words:
            raise Failed(NOBODY.format(contact))
        client = await connected() if wanted.contact_ids else None
        return await searched(database, contact or "words", wanted, files, client)

    tell(with_database(work), form)


async def words_of(database: "Database", contact: str) -> "Words":
    """What the base knows of a contact that tells who it is."""
    from engine.plans import Plans
    from engine.rights import traces

    async with database.connection() as connection:
        world = await Plans(database, settings().secret_keys).world(connection)
        return await traces.words_of(connection, world.catalog, contact)


async def connected() -> "Client":
    """Temporal, for the histories. Raises TemporalUnavailable."""
    from worker import connect

    return await connect()


async def searched(
    database: "Database", subject: str, words: "Words", files: Sequence[Path], client: "Client | None"
) -> "Search":
    """What a search finds, with the histories of a contact; the audit says who made it."""
    from engine.rights import traces
    from store import publications
    from worker import stored_clock

    now = (await stored_clock(database)).now()
    # No transaction: it would last as long as the files and Temporal do.
    async with database.connection() as connection:
        try:
            found = await traces.search(connection, words, client, files)
        except OSError as error:
            raise Failed(f"{error.filename}: {error.strerror or error}") from None
    async with database.transaction() as connection:
        data = {"labels": list(words.words), "places": len(found.found)}
        await publications.audit(connection, account(), "search", subject, data, now)
    return found


def tell(found: "Search", form: str) -> None:
    """Print what was found, and end with status 1 where anything was."""
    if form == "json":
        show_json(asdict(found))
    else:
        click.echo(_text(found))
    if found.found:
        raise SystemExit(1)


def _text(found: "Search") -> str:
    places = (
        plural(found.tables, "table"),
        plural(found.histories, "history", "histories"),
        plural(found.files, "file"),
    )
    if not found.words:
        return "\n".join(["nothing was searched for: nothing tells who it was", *_left_out(found)])
    lines = [f"searched for {', '.join(found.words)} in {', '.join(places)}", *_left_out(found)]
    rows = [(each.place, each.word, each.count) for each in found.found]
    return "\n".join([*lines, table(("place", "word", "times"), rows) if rows else "nothing was found"])


def _left_out(found: "Search") -> list[str]:
    return [f"not searched for: {label} ({why})" for label, why in found.left_out.items()]
