"""Options that `relance dev` and `relance demo` share."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from commands.options import PROJECT

Function = TypeVar("Function", bound=Callable[..., Any])
UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600}
SHORTEST_DAY_SECONDS = 2.0
DEFAULT_DATA = Path(".relance")


class DayLength(click.ParamType[float]):
    """A length of time like `20s` or `2m`; its value is in seconds."""

    name = "LENGTH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds of `20s`, `2m`, `1h`."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|min|h)", str(value).strip())
        if not match:
            self.fail(f"{value!r} is not a length: write it like 20s, 2m or 1h", param, ctx)
        seconds = float(match[1]) * UNITS[match[2]]
        if seconds < SHORTEST_DAY_SECONDS:
            self.fail(f"a day of {value} is too short for a real server: at least 2s", param, ctx)
        return seconds


def local_options(function: Function) -> Function:
    """`--project`, `--port`, `--data`, `--fresh`."""
    decorators = (
        PROJECT,
        click.option(
            "--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Of the web."
        ),
        click.option(
            "--data",
            type=click.Path(path_type=Path, file_okay=False),
            default=DEFAULT_DATA,
            show_default=True,
            help="Folder of the database, the Temporal server, the messages and the logs.",
        ),
        click.option(
            "--fresh", is_flag=True, help="Forget everything that the folder holds, and start over."
        ),
    )
    for decorate in reversed(decorators):
        function = decorate(function)
    return function
