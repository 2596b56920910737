"""`relance fmt`: files in canonical form."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dsl.diagnostics import Diagnostic

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Outcome:
    """What became of one file: its new text where that differs, or why it was left alone."""

    path: Path
    text: str | None = None
    diagnostics: "tuple[Diagnostic, ...]" = ()
    problem: str | None = None


@click.command(
    epilog="Example: relance fmt scenarios/onboarding --check", short_help="Format scenario files."
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--check", is_flag=True, help="Change nothing; end with 1 where a file is not in canonical form."
)
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    envvar="RELANCE_PROJECT",
    help="The folder with scenarios/, formatted where no PATHS are given.",
)
def command(paths: tuple[Path, ...], check: bool, project: Path) -> None:
    """Put scenarios, stories, catalog, policy and segments in canonical form, comments kept.

    A formatted file means the same and stays as it is when formatted again. A file whose YAML has mistakes
    is never touched: they are printed, and the command ends with 1.
    """
    base = project / "scenarios"
    if not paths and not os.path.isdir(base):  # noqa: PTH112 - also where nobody may look
        raise click.UsageError(
            f"there is no folder `scenarios` in {project.resolve()}; name it with --project"
        )
    unlisted: list[OSError] = []
    outcomes = [_format(path) for path in dict.fromkeys(_files(paths or (base,), unlisted.append))]
    outcomes += [Outcome(Path(each.filename), problem=each.strerror) for each in unlisted]
    changed = [each for each in outcomes if each.text is not None]
    for each in changed:
        if not check:
            from commands.outputs import writing

            with writing(each.path):
                each.path.write_text(each.text or "", "utf-8", newline="\n")
        click.echo(f"{'would format' if check else 'formatted'} {each.path}")
    wrong = [each for each in outcomes if each.problem]
    _print_problems(wrong)
    click.echo(
        f"{_files_said(len(changed))} {'to format' if check else 'formatted'}, "
        f"{len(outcomes) - len(changed) - len(wrong)} as they should be"
    )
    sys.exit(1 if wrong or (check and changed) else 0)


def _files(paths: tuple[Path, ...], unlisted: Callable[[OSError], None]) -> Iterator[Path]:
    """Files, and those of folders; what begins with a dot belongs to other programs."""
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 - of one that nobody may look at, why is told
            yield path
            continue
        for at, folders, names in os.walk(path, onerror=unlisted):
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            called = (Path(at, name) for name in sorted(names) if not name.startswith("."))
            yield from (each for each in called if each.suffix in ENDINGS)


def _format(path: Path) -> Outcome:
    from dsl.formatter import Unformatted, format_text
    from dsl.project_files import source

    file, unread = source(path)
    if unread:
        return Outcome(path, None, tuple(unread), "it is no text")
    try:
        text = format_text(file)
    except Unformatted as refusal:
        return Outcome(path, None, refusal.diagnostics, str(refusal))
    same = text.encode() == path.read_bytes()
    return Outcome(path) if same else Outcome(path, text)


def _print_problems(wrong: list[Outcome]) -> None:
    from dsl import render

    found = [each for outcome in wrong for each in outcome.diagnostics]
    if found:
        click.echo(render.text(found), err=True)
    for outcome in wrong:
        why = "left as it is, for its mistakes above" if outcome.diagnostics else outcome.problem
        click.echo(f"{outcome.path}: {why}", err=True)


def _files_said(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"
