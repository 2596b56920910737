"""`relance schema`: JSON Schemas for editors."""

import json
from pathlib import Path

import click

from commands.options import PROJECT


@click.command(
    epilog="Example: relance schema --out .vscode/schemas", short_help="Write JSON Schemas for editors."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a file for each kind here, and print the settings of VS Code. Without it, all are printed.",
)
@PROJECT
def command(out: Path | None, project: Path) -> None:
    """Write the JSON Schemas that make VS Code's YAML extension (and others) complete and explain keys.

    They know the project's topics, events, messages and segments; run it again when those change.
    """
    from commands.outputs import writing
    from dsl.compiler import compile_project
    from dsl.schema import PLACES, known_names, schemas

    made = schemas(known_names(compile_project(project)))
    if out is None:
        click.echo(_json(made))
        return
    settings = {}
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        for name, schema in made.items():
            path = out / f"{name}.schema.json"
            path.write_text(_json(schema) + "\n", "utf-8", newline="\n")
            shown = path.as_posix() if path.is_absolute() else f"./{path.as_posix()}"
            settings[shown] = list(PLACES[name])
    click.echo(f"{len(made)} schemas in {out}; for .vscode/settings.json:", err=True)
    click.echo(_json({"yaml.schemas": settings}))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
