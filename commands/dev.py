"""`relance dev`: everything running on this machine, until Ctrl-C."""

import time
from contextlib import suppress
from pathlib import Path

import click

from commands.local.options import DayLength, local_options
from commands.running import end_on_signals

POLL_SECONDS = 0.5


@click.command(name="dev")
@local_options
@click.option("--day", type=DayLength(), help="How long a day lasts, like 20s: a month is then ten minutes.")
def command(port: int, data: Path, fresh: bool, day: float | None) -> None:
    """Start PostgreSQL, Temporal with its UI, the worker and the web, with the scenarios of this folder.

    Messages end in a folder of files: nothing can reach a real person. Ctrl-C stops everything; what waited
    goes on at the next start.

    Example: relance dev --day 20s
    """
    from commands.local.stack import Options, Stack

    options = Options(Path.cwd(), data.absolute(), port, day, fresh=fresh, say=click.echo)
    end_on_signals()
    with suppress(KeyboardInterrupt), Stack(options) as stack:
        click.echo(addresses(stack.web, stack.temporal_ui, stack.outbox, stack.keys.api_key))
        while True:
            stack.check()
            time.sleep(POLL_SECONDS)


def addresses(web: str, temporal_ui: str, outbox: Path, api_key: str) -> str:
    """What to open, and the key that the API takes."""
    lines = {
        "studio": f"{web}/",
        "API": f"{web}/docs",
        "Temporal UI": temporal_ui or "(that of your own server)",
        "messages": str(outbox),
        "API key": api_key,
    }
    return "\n".join(["", *(f"  {name:<12} {value}" for name, value in lines.items()), ""])
