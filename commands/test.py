"""`relance test`: the stories of a project, played on a virtual clock."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.check import project_folder, within
from commands.options import PROJECT_OF_PATHS

if TYPE_CHECKING:
    from commands.story_reports import Verdict
    from dsl.compiler import Project
    from dsl.diagnostics import Diagnostic
    from dsl.story import StoryFile

FORMATS = ("text", "json", "junit")


@click.command(
    epilog="Example: relance test scenarios/onboarding --format junit > stories.xml",
    short_help="Play the stories that must hold.",
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@PROJECT_OF_PATHS
def command(paths: tuple[Path, ...], format_: str, project: Path) -> None:
    """Play the stories (*.test.yaml) of a project with the decision code of production.

    PATHS are story files, scenario files or folders; without them every story is played. Ends with 0 when all
    hold, with 1 when one does not or a file has mistakes, with 2 when there is nothing to play.
    """
    from dsl.compiler import compile_project

    compiled = compile_project(project_folder(project, paths))
    wrong = _mistakes(compiled, paths)
    files = [each for each in compiled.stories if _is_meant(each, compiled, paths)]
    if not files and not wrong:
        raise click.UsageError("there are no stories here: write them in `<scenario>.test.yaml`")
    ready = [each for each in files if all(name in compiled.scenarios for name in each.scenarios)]
    verdicts = _play(ready, compiled)
    _print(verdicts, wrong, format_)
    sys.exit(1 if wrong or not all(each.passed for each in verdicts) else 0)


def _mistakes(project: "Project", paths: tuple[Path, ...]) -> "list[Diagnostic]":
    """The errors that keep the stories asked for from being played."""
    if not paths:
        return list(project.errors)
    asked = {each.file.path for each in project.stories if _is_meant(each, project, paths)}
    named = {name for each in project.stories if each.file.path in asked for name in each.scenarios}
    missing = named - project.scenarios.keys()
    return [
        each
        for each in project.errors
        if each in project.world_errors or missing or within(each.file.path, paths)
    ]


def _is_meant(file: "StoryFile", project: "Project", paths: tuple[Path, ...]) -> bool:
    """Whether a story file, or the file of a scenario that it plays, lies in the paths."""
    played = (project.scenarios.get(name) for name in file.scenarios)
    sources = [each.scenario.file.path for each in played if each]
    return any(within(path, paths) for path in (file.file.path, *sources))


def _play(files: "Iterable[StoryFile]", project: "Project") -> "list[Verdict]":
    from commands.story_reports import Verdict
    from engine.stories import Stage, play
    from engine.story_comparison import compare

    listed = list(files)
    if not listed:
        return []
    plans = {name: each.plan for name, each in project.scenarios.items()}
    editions = {path: each.plan for path, each in project.editions.items()}
    stage = Stage(project.world, plans, editions)
    told = [play(story, file, stage) for file in listed for story in file.stories]
    return [Verdict(each, compare(each, project.catalog)) for each in told]


def _print(verdicts: "list[Verdict]", wrong: "list[Diagnostic]", format_: str) -> None:
    from commands import story_reports
    from dsl import render

    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    if wrong:
        # Beside the machine's output, which stays what it promises to be.
        click.echo(render.text(wrong, colour=colour), err=format_ != "text", color=colour)
    if format_ == "json":
        click.echo(story_reports.as_json(verdicts))
    elif format_ == "junit":
        click.echo(story_reports.as_junit(verdicts))
    elif verdicts:
        click.echo(story_reports.text(verdicts, colour=colour), color=colour)
