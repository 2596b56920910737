"""`relance diagram`: a scenario as a picture for people, or as Mermaid text for Markdown."""

from pathlib import Path

import click

from commands.options import PROJECT
from commands.outputs import writing
from commands.running import Failed
from dsl.compiler import compile_project
from dsl.diagnostics import did_you_mean
from dsl.diagram import mermaid, svg
from dsl.plan import Plan


@click.command(name="diagram", epilog="Example: relance diagram welcome --format svg -o welcome.svg")
@click.argument("scenario")
@click.option("--format", "form", type=click.Choice(["svg", "mermaid"]), default="svg", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@PROJECT
def command(scenario: str, form: str, output: Path | None, project: Path) -> None:
    """Draw SCENARIO as SVG or Mermaid."""
    plan = _plan(scenario, project)
    drawing = svg(plan) if form == "svg" else mermaid(plan)
    if output is None:
        click.echo(drawing, nl=False)
    else:
        with writing(output):
            output.write_text(drawing, "utf-8")


def _plan(scenario: str, folder: Path) -> Plan:
    """The scenario's plan. Raises Failed naming the nearest scenario, or saying that it has mistakes."""
    project = compile_project(folder)
    found = project.scenarios.get(scenario)
    if found is not None:
        return found.plan
    if project.errors:
        raise Failed(f"no drawable scenario `{scenario}`: the project has mistakes, see `relance check`")
    hint = did_you_mean(scenario, project.scenarios) or "see the files in scenarios/"
    raise Failed(f"there is no scenario `{scenario}`: {hint}")
