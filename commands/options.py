"""Options that verbs share."""

from pathlib import Path

import click

FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
NUMBER = click.IntRange(1, 2**63 - 1)
"""Of a run, a task, a version: what the database counts with."""
PROJECT = click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
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
