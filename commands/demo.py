"""`relance demo`: a month of a brand's life on real parts, in some minutes."""

from pathlib import Path

import click

from commands.local.options import DayLength, local_options

DAYS = 30


@click.command(name="demo")
@local_options
@click.option("--day", type=DayLength(), default="6s", show_default=True, help="How long a day lasts.")
@click.option("--days", type=click.IntRange(1, 60), default=DAYS, show_default=True, help="How many days.")
@click.option(
    "--exit", "ends", is_flag=True, help="End when the month is over; status 1 if a promise was broken."
)
def command(project: Path, port: int, data: Path, fresh: bool, day: float, days: int, ends: bool) -> None:
    """Watch a month of a brand's life: real scenarios, real workflows, no real message.

    Two hundred invented people sign up, click, buy on the web and in the store, reply, bounce, complain and
    unsubscribe, through the same doors as everybody: the API, signed webhooks, the links in their messages.
    Each demo starts over in its own folder.

    Example: relance demo --exit
    """
    from commands.sample_life.show import Show, play

    del fresh  # a demo always starts over: its month begins on the same day each time
    raise SystemExit(play(Show(project.absolute(), port, (data / "demo").absolute(), day, days, ends=ends)))
