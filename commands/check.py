"""`relance check`: every mistake of a project at once."""

import gc
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options import PROJECT_OF_PATHS

if TYPE_CHECKING:
    from dsl.compiler import Project
    from dsl.diagnostics import Diagnostic


@click.command(
    epilog="Example: relance check scenarios/onboarding --format github",
    short_help="Find every mistake in scenarios and templates.",
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="How to print what was found.",
)
@PROJECT_OF_PATHS
def command(paths: tuple[Path, ...], format_: str, project: Path) -> None:
    """Check the scenarios, templates, catalog and policy of a project.

    With PATHS only what is wrong in those files and folders is printed; the whole project is read all the
    same, since names come from everywhere. Ends with 1 when there is an error, with 0 when there are at
    most warnings.
    """
    project = project_folder(project, paths)
    # All that is read lives until the end. Looking through it for garbage took a third of the time, most of
    # it when Python ends.
    gc.disable()
    try:
        from dsl.compiler import compile_project
        from engine.trials import tried

        compiled = tried(compile_project(project))
        found = [each for each in compiled.diagnostics if not paths or within(each.file.path, paths)]
        _print(found, format_, compiled)
    finally:
        gc.freeze()
        gc.enable()
    sys.exit(1 if any(each.severity == "error" for each in found) else 0)


def project_folder(project: Path, paths: tuple[Path, ...]) -> Path:
    """The project's folder: the one given, or the one above the first path that has `scenarios/`.

    Raises UsageError where there is none, and for a path of which the project reads nothing.
    """
    around = [*paths[0].resolve().parents, paths[0].resolve()] if paths else []
    for folder in (project, *reversed(around)):
        if os.path.isdir(folder / "scenarios"):  # noqa: PTH112 - also where nobody may look
            _require_read(folder, paths)
            return folder
    raise click.UsageError(
        f"there is no folder `scenarios` in {project.resolve()}; "
        "name the project's folder with --project, or by RELANCE_PROJECT"
    )


def _require_read(folder: Path, paths: tuple[Path, ...]) -> None:
    """Raise UsageError for a path of which nothing is read: that it has no mistakes would say nothing."""
    from dsl.project_files import READ, is_read

    for path in paths:
        if not is_read(folder, path):
            wanted = ", ".join(f"{name}/ (*{', *'.join(sorted(endings))})" for name, endings in READ.items())
            raise click.UsageError(
                f"{path} is not read: the project {folder.resolve()} has its files in {wanted}; "
                "another project is named with --project"
            )


def within(file: str, paths: Iterable[Path]) -> bool:
    """Whether a file is one of the paths or lies in one; every file does where there are none."""
    resolved = Path(file).resolve()
    given = [path.resolve() for path in paths]
    return not given or any(path == resolved or path in resolved.parents for path in given)


def _print(found: "list[Diagnostic]", format_: str, project: "Project") -> None:
    from dsl import render

    renderer = render.RENDERERS.get(format_)
    if renderer is not None:
        click.echo(renderer(found))
        return
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    if found:
        click.echo(render.text(found, colour=colour), color=colour)
    for line in _summary(project):
        click.echo(line)


def _summary(project: "Project") -> list[str]:
    """What holds when all is well: how many scenarios, and the messages that each can send at most."""
    from dsl import bounds
    from dsl.wording.amounts import of_a_scenario, of_all, several

    if project.errors:
        return []
    scenarios = list(project.scenarios.values())
    width = max((len(each.name) for each in scenarios), default=0)
    lines = [f"{several(len(scenarios), 'scenario')}, no errors"]
    weeks, together = bounds.weeks_of(project.policy, scenarios)
    for each, week in zip(scenarios, weeks, strict=True):
        lines.append(f"  {each.name:<{width}}  {of_a_scenario(each.plan.max_messages, week)}")
    return [*lines, f"  all together, for one person: {of_all(together)}"] if scenarios else lines
