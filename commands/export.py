"""`relance export`: the base written out."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from commands.accounts import account
from commands.instants import utc_instant
from commands.running import Failed, with_plans
from commands.tables import plural

if TYPE_CHECKING:
    from datetime import datetime

    from engine.exports.writers import Form
    from engine.plans import Plans
    from store.database import Database
    from store.exports import What

SUFFIXES: "dict[str, Form]" = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


@click.command(epilog="Example: relance export messages --since 2026-01-01 -o messages.parquet")
@click.argument("what", type=click.Choice(["contacts", "events", "messages", "consents"]))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "parquet"]),
    help="Default: by its suffix, or csv.",
)
@click.option("--segment", help="Only what belongs to people who are in this segment now.")
@click.option("--since", help="From this day or instant on (UTC).")
@click.option("--until", help="Before this day or instant (UTC).")
def command(
    what: "What",
    *,
    output: Path | None,
    form: "Form | None",
    segment: str | None,
    since: str | None,
    until: str | None,
) -> None:
    """Write out contacts, events, messages or consents, as they are at one instant.

    This is personal data: the audit says who took it, and it is kept no longer than its purpose needs. In
    CSV, a text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    form = form or (SUFFIXES.get(output.suffix.lower(), "csv") if output else "csv")
    if output is None and form == "parquet":
        raise Failed("Parquet is written to a file: say which by -o")
    rows = _export(what, form, output or sys.stdout, (segment, since, until))
    click.echo(plural(rows, "row") + (f" written to {output}" if output else ""), err=True)


def _export(
    what: "What", form: "Form", target: Path | TextIO, chosen: tuple[str | None, str | None, str | None]
) -> int:
    segment, since, until = chosen
    first = utc_instant("--since", since) if since else None
    last = utc_instant("--until", until) if until else None

    async def work(database: "Database", plans: "Plans", now: "datetime") -> int:
        from commands.progress import progress
        from engine.exports.exporting import Asked, export
        from engine.exports.writers import ParquetMissing
        from engine.segment_members import UnknownSegment

        try:
            bar = progress(f"exporting {what}") if isinstance(target, Path) else nullcontext(lambda _: None)
            with bar as tick:
                asked = Asked(what, form, segment, first, last)
                return await export(database, plans, asked, target, actor=account(), now=now, tick=tick)
        except (UnknownSegment, ParquetMissing) as error:
            raise Failed(str(error)) from None
        except OSError as error:
            raise Failed(f"{target}: {error.strerror or error}") from None

    return with_plans(work)
