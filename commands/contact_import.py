"""`relance contacts import`: people of a file brought into the base."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.accounts import account
from commands.options import FORMAT
from commands.running import Failed, with_plans
from commands.tables import plural, show_json

if TYPE_CHECKING:
    from datetime import datetime

    from engine.imports.applying import Imported
    from engine.imports.mapping import Mapping
    from engine.plans import Plans
    from store.database import Database

SHOWN = 10


@click.command(
    name="import",
    epilog="Example: relance contacts import customers.csv --mapping imports/shop.yaml --dry-run",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the columns of a CSV file mean; without it they are named like attributes.",
)
@click.option("--encoding", help="How the file is encoded, like cp1252; UTF-8 and UTF-16 are found.")
@click.option("--delimiter", help="What separates cells; found in the header when not said.")
@click.option("--source", help="Where the values come from, for their history; default: the file's name.")
@click.option("--silent", is_flag=True, help="Raise no events: nothing starts. For loading a first base.")
@click.option("--dry-run", is_flag=True, help="Read and compare everything, and keep nothing.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the rows that are refused are written, each with its reason; default: beside FILE.",
)
@FORMAT
def command(  # noqa: PLR0913 - the options of the verb
    file: Path,
    *,
    mapping_file: Path | None,
    encoding: str | None,
    delimiter: str | None,
    source: str | None,
    silent: bool,
    dry_run: bool,
    rejects: Path | None,
    form: str,
) -> None:
    """Create and change the people of FILE, CSV or JSON Lines, under the rules of the API.

    A row with a mistake is left out whole and written to the file of rejects, which can be corrected and
    imported in its turn. A file that is broken changes nothing; an import that was stopped goes on where it
    was when it is typed again. Status 1 when rows were refused.
    """
    mapping = _mapping(mapping_file, encoding, delimiter)
    source = source or mapping.source or file.name
    if rejects is not None and rejects.exists() and rejects.samefile(file):
        raise Failed(f"--rejects {rejects}: is the file that is imported; name another")
    found = _import(file, mapping, source, silent=silent, dry_run=dry_run)
    kept = _write_rejects(file, mapping, found, rejects) if found.rejects else None
    if form == "json":
        show_json(_data(found, kept) | {"dry_run": dry_run})
    else:
        click.echo("\n".join(_page(found, kept, dry_run=dry_run)))
    if found.rejects:
        raise SystemExit(1)


def _data(found: "Imported", rejects: Path | None) -> dict[str, Any]:
    told = asdict(found)
    told["rejects"] = [{k: v for k, v in each.items() if k != "late"} for each in told["rejects"]]
    return {**told, "rejects_file": str(rejects) if rejects else None}


def _mapping(path: Path | None, encoding: str | None, delimiter: str | None) -> "Mapping":
    from pydantic import ValidationError

    from engine.imports import mapping
    from engine.imports.wording import first_fault

    given = {"encoding": encoding, "delimiter": "\t" if delimiter in ("tab", "\\t") else delimiter}
    given = {name: value for name, value in given.items() if value is not None}
    try:
        found = mapping.load(path) if path else mapping.Mapping()
        return mapping.Mapping.model_validate({**found.model_dump(), **given})
    except mapping.BadMapping as error:
        raise Failed(str(error)) from None
    except ValidationError as error:
        place, said = first_fault(error)
        raise Failed(f"--{place[0]}: {said}") from None


def _import(file: Path, mapping: "Mapping", source: str, *, silent: bool, dry_run: bool) -> "Imported":
    async def work(database: "Database", plans: "Plans", now: "datetime") -> "Imported":
        from commands.progress import progress
        from engine.imports.applying import Busy, By, CatalogChanged, import_people
        from engine.imports.files import BadFile
        from engine.imports.mapping import BadMapping
        from engine.imports.staging import Source

        origin = Source(file, mapping, (await plans.world()).catalog)
        by = By(account(), source, silent)
        try:
            with progress(f"importing {file.name}") as tick:
                return await import_people(database, plans, origin, by, now=now, dry_run=dry_run, tick=tick)
        except (BadFile, BadMapping) as error:
            raise Failed(f"{file}: {error}; nothing was imported") from None
        except (Busy, CatalogChanged) as error:
            raise Failed(str(error)) from None

    return with_plans(work)


def _write_rejects(file: Path, mapping: "Mapping", found: "Imported", wanted: Path | None) -> Path:
    from engine.imports.rejects import path_beside, write

    path = wanted or path_beside(file)
    try:
        write(file, mapping, found.rejects, path)
    except OSError as error:
        raise Failed(f"{path}: {error.strerror}: the rejects could not be written") from None
    return path


def _page(found: "Imported", rejects: Path | None, *, dry_run: bool) -> Iterator[str]:
    would = "would be " if dry_run else ""
    if found.resumed:
        yield "went on with the import of this file that had stopped"
    if found.reread:
        yield "read the file again from its first row: another catalog is published since its import stopped"
    people = plural(found.created, "person", "people")
    accepted = plural(found.accepted, "row")
    yield f"{accepted} accepted: {people} {would}created, {found.changed:,} {would}changed"
    if found.rejects:
        yield f"{plural(len(found.rejects), 'row')} refused, written to {rejects}:"
        for each in found.rejects[:SHOWN]:
            column = f"{each.column}: " if each.column else ""
            yield f"  line {each.line}: {column}{each.reason}"
        if len(found.rejects) > SHOWN:
            yield f"  and {len(found.rejects) - SHOWN:,} more"
