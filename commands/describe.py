"""`relance describe`: a scenario in plain English."""

from pathlib import Path

import click

from commands.options import PROJECT


@click.command(epilog="Example: relance describe welcome", short_help="Say a scenario in plain English.")
@click.argument("scenario")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A page to read and sign, or the same as data.",
)
@PROJECT
def command(scenario: str, format_: str, project: Path) -> None:
    """Say in plain English what SCENARIO does: whom it reaches, when, with what, and what stops it."""
    import json
    from dataclasses import asdict

    from commands.scenarios import compiled
    from dsl.description import describe
    from dsl.description_text import page

    found, whole = compiled(scenario, project)
    description = describe(found, whole.world, whole.templates)
    if format_ == "json":
        click.echo(json.dumps(asdict(description), ensure_ascii=False, indent=2))
    else:
        click.echo(page(description), nl=False)
