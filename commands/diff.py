"""`relance diff`: two versions of a scenario compared in business words."""

import os
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.options import FORMAT, PROJECT
from commands.running import Failed, with_database
from commands.tables import show_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsl.compiler import CompiledScenario, Project
    from engine.in_flight import Touched
    from store.database import Database

PUBLISHED = re.compile(r"([a-z][a-z0-9_]*)@([0-9]+)")
NAME = re.compile(r"^scenario:\s*([a-z][a-z0-9_]*)", re.MULTILINE)
REMEDY = "name a file, a scenario, `welcome@3` or `HEAD~1:scenarios/welcome.yaml`"


@dataclass(frozen=True)
class Text:
    """One side as it was named. `published`: the scenario and number of a version of the database."""

    said: str
    source: str
    published: tuple[str, int] | None = None


@click.command(name="diff", epilog="Example: relance diff HEAD~1:scenarios/onboarding/welcome.yaml welcome")
@click.argument("old")
@click.argument("new")
@FORMAT
@PROJECT
def command(old: str, new: str, form: str, project: Path) -> None:
    """Say what a marketer would notice between OLD and NEW, and what becomes of people in flight.

    Each is a file, the name of a scenario, a file at a git revision (HEAD~1:scenarios/welcome.yaml), or a
    published version (welcome@3). Both are read with the catalog, policy and templates of today. Beside a
    published version the people who are in the scenario now are counted.
    """
    from dsl.comparison import compare
    from dsl.description import describe
    from engine.in_flight import foretold, told

    texts = _read(old, project), _read(new, project)
    (before, _), (after, whole) = (_compiled(text, project) for text in texts)
    changes = compare(
        describe(before, whole.world, whole.templates), describe(after, whole.world, whole.templates)
    )
    counted = any(text.published for text in texts)
    touched = _in_flight(after, whole) if counted else ()
    rule = tuple(foretold(before.plan, after.plan))
    if form == "json":
        show_json(_plain(before, after, texts, (changes, rule, touched)))
        return
    from dsl.comparison_text import page

    people = (rule[0], *told(touched)) if touched else (*rule, *(["Nobody is in it now."] if counted else []))
    click.echo(page(f"{after.name}: {texts[0].said} → {texts[1].said}", changes, people), nl=False)


def _plain(
    before: "CompiledScenario",
    after: "CompiledScenario",
    texts: tuple[Text, Text],
    found: "tuple[Sequence[Any], Sequence[str], Sequence[Touched]]",
) -> dict[str, Any]:
    changes, rule, touched = found
    return {
        "scenario": after.name,
        "old": texts[0].said,
        "new": texts[1].said,
        "changes": [asdict(each) for each in changes],
        "on_edit": {"before": before.plan.on_edit, "after": after.plan.on_edit, "says": list(rule)},
        "people": [asdict(each) for each in touched],
    }


# What is compared


def _read(named: str, folder: Path) -> Text:
    published = PUBLISHED.fullmatch(named)
    if published:
        return _published(named, published[1], int(published[2]))
    # By os.path, to which a name that is too long for a file is that of none.
    path = next((each for each in (Path(named), folder / named) if os.path.isfile(each)), None)  # noqa: PTH113
    if path is not None:
        return Text(named, _decoded(_bytes(path), named))
    if ":" in named:
        return Text(named, _at_revision(named, folder))
    from commands.scenarios import compiled

    if re.fullmatch(r"[a-z][a-z0-9_]*", named):
        found, _ = compiled(named, folder)
        return Text(found.path, found.source)
    raise Failed(f"there is nothing called `{named}`: {REMEDY}")


def _published(named: str, scenario: str, version: int) -> Text:
    async def work(database: "Database") -> tuple[str, str] | None:
        from store import scenarios

        async with database.connection() as connection:
            return await scenarios.source(connection, scenario, version)

    found = with_database(work)
    if found is None:
        raise Failed(f"{scenario} has no version {version}: see `relance versions {scenario}`")
    return Text(named, found[1], (scenario, version))


def _at_revision(named: str, folder: Path) -> str:
    """A file at a revision: its path is looked for from the project's folder, then from the repository's."""
    revision, _, path = named.partition(":")
    said = ""
    for asked in (f"{revision}:./{path}", named):
        try:
            shown = subprocess.run(  # noqa: S603 - fixed words, a folder and an object's name
                ["git", "-C", str(folder), "show", "--end-of-options", asked],  # noqa: S607 - git is where the user has it
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise Failed("git is not installed, so that no revision can be read") from None
        if shown.returncode == 0:
            return _decoded(shown.stdout, named)
        said = shown.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
    raise Failed(f"git has no `{named}` ({said}): {REMEDY}")


def _decoded(text: bytes, named: str) -> str:
    try:
        return text.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Failed(f"{named} is not text in UTF-8: byte {error.start + 1} is none of it") from None


def _compiled(text: Text, folder: Path) -> "tuple[CompiledScenario, Project]":
    """The text compiled in the place of the scenario of its name, among the files of today."""
    from dsl.compiler import compile_project

    name = NAME.search(text.source)
    if name is None:
        raise Failed(f"{text.said} is no scenario: it has no line `scenario: name`")
    path = _path_of(name[1], folder)
    project = compile_project(folder, {path: text.source})
    found = project.scenarios.get(name[1])
    if found is None:
        wrong = [each for each in project.errors if Path(each.file.path) == folder / path] or project.errors
        line, column = wrong[0].file.position(wrong[0].span.start)
        raise Failed(
            f"{text.said} cannot be read with the files of today: "
            f"line {line}, column {column}: {wrong[0].code} {wrong[0].message}"
        )
    return found, project


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror or error}") from None


def _path_of(scenario: str, folder: Path) -> str:
    from dsl.project_files import source

    for path in sorted((folder / "scenarios").rglob("*.yaml")):
        if path.name.endswith(".test.yaml"):
            continue
        file, _ = source(path)
        name = NAME.search(file.text)
        if name and name[1] == scenario:
            return path.relative_to(folder).as_posix()
    return f"scenarios/{scenario}.yaml"


def _in_flight(after: "CompiledScenario", project: "Project") -> "tuple[Touched, ...]":
    """What becomes of the people who are in the scenario now."""
    from engine.handover import people_in_flight

    async def work(database: "Database") -> "tuple[Touched, ...]":
        async with database.transaction() as connection:
            handover = await people_in_flight(connection, project.catalog, [after.name])
        return handover.touched(after.name, None, after.plan)

    return with_database(work)
