"""Options that verbs share."""

from pathlib import Path
from typing import Any

import click

FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
NUMBER = click.IntRange(1, 2**63 - 1)
"""Of a run, a task, a version: what the database counts with."""


class Folder(click.Path):
    """A folder that exists; where the environment names another, the mistake names the variable."""

    def __init__(self) -> None:
        super().__init__(exists=True, file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Raises UsageError."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            typed = not (ctx and param and param.name) or (
                ctx.get_parameter_source(param.name) is not click.core.ParameterSource.ENVIRONMENT
            )
            if typed:
                raise
            raise click.UsageError(f"RELANCE_PROJECT: {error.message}", ctx) from None


PROJECT = click.option(
    "--project",
    type=Folder(),
    default=Path(),
    envvar="RELANCE_PROJECT",
    help="The project's folder, with scenarios/ and templates/.",
)
PROJECT_OF_PATHS = click.option(
    "--project",
    type=click.Path(path_type=Path),
    default=Path(),
    envvar="RELANCE_PROJECT",
    help="The folder with scenarios/ and templates/ (RELANCE_PROJECT, else the current folder).",
)
"""For verbs that find the project of the files they are given."""
