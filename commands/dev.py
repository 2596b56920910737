"""`relance dev`: everything running on this machine, until Ctrl-C."""

import shlex
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.local.options import DayLength, local_options
from commands.running import end_on_signals

if TYPE_CHECKING:
    from commands.local.stack import Stack

POLL_SECONDS = 0.5


@click.command(name="dev")
@local_options
@click.option("--day", type=DayLength(), help="How long a day lasts, like 20s: a month is then ten minutes.")
def command(project: Path, port: int, data: Path, fresh: bool, day: float | None) -> None:
    """Start PostgreSQL, Temporal with its UI, the worker and the web, with the scenarios of the project.

    Messages end in a folder of files: nothing can reach a real person. Ctrl-C stops everything; what waited
    goes on at the next start.

    Example: relance dev --day 20s
    """
    from commands.local.stack import Options, Stack

    options = Options(project.absolute(), data.absolute(), port, day, fresh=fresh, say=click.echo)
    end_on_signals()
    with suppress(KeyboardInterrupt), Stack(options) as stack:
        click.echo(addresses(stack))
        while True:
            stack.check()
            time.sleep(POLL_SECONDS)


def addresses(stack: "Stack") -> str:
    """What to open, the key that the API takes, and what another terminal types before it uses verbs."""
    lines = {
        "studio": f"{stack.web}/",
        "API": f"{stack.web}/docs",
        "Temporal UI": stack.temporal_ui or "(that of your own server)",
        "messages": str(stack.outbox),
        "API key": stack.keys.api_key,
        "for verbs": f". {shlex.quote(str(stack.for_a_shell))}",
    }
    return "\n".join(["", *(f"  {name:<12} {value}" for name, value in lines.items()), ""])
