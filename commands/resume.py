"""`relance resume`: go on after a pause."""

import re
from typing import TYPE_CHECKING, Any

import click

from commands.accounts import account
from commands.running import Failed, with_database

if TYPE_CHECKING:
    from store.database import Database
    from store.pauses import Ramp

UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600}
LONGEST_HOURS = 24
SHORT = 120


class RampLength(click.ParamType[float]):
    """A length of time like `30m`, or 0; its value is in seconds."""

    name = "LENGTH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds of `90s`, `30m`, `2h`, `0`."""
        if str(value).strip() == "0":
            return 0.0
        match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|min|h)", str(value).strip())
        if not match:
            self.fail(f"{value!r} is not a length: write it like 90s, 30m or 2h, or 0 for none", param, ctx)
        seconds = float(match[1]) * UNITS[match[2]]
        if seconds > LONGEST_HOURS * 3600:
            self.fail(f"{value} is longer than {LONGEST_HOURS}h", param, ctx)
        return seconds


@click.command(name="resume", epilog="Example: relance resume sms --ramp 30m")
@click.argument("subject")
@click.option(
    "--ramp",
    type=RampLength(),
    help="In how long the whole pace is back; 0: at once.  [default: as long as it stood, 15m at most, or "
    "what was left of the last ramp]",
)
@click.option(
    "--from",
    "percent",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="Percent of the pace with which it begins.",
)
def command(subject: str, ramp: float | None, percent: int) -> None:
    """Let SUBJECT go on: a scenario, a channel, or `everything`.

    A message that is too late by now is given up (`expires`), and the others leave slowly at first, so that
    nothing stale leaves and nothing bursts.
    """
    groups, ramps = with_database(lambda database: _resume(database, subject, ramp, percent / 100))
    if groups is None:
        click.echo(f"{subject} was not paused")
        return
    click.echo(f"{subject} goes on; {groups} workflows had something to do meanwhile")
    for each in ramps:
        click.echo(f"from {each.share:.0%} of the pace to all of it in {_length(each.seconds)}")


def _length(seconds: float) -> str:
    """`45 s`, `15 min`, `2 h 30 min`."""
    if seconds < SHORT:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)


async def _resume(
    database: "Database", subject: str, ramp: float | None, share: float
) -> "tuple[int | None, list[Ramp]]":
    """How many workflows had something to do, and the paces that come back. Raises Failed."""
    from channels.registry import CHANNELS
    from engine.pauses import Returning, UnknownSubject, resume
    from store import pauses
    from worker import stored_clock

    clock = await stored_clock(database)
    now, returning = clock.now(), Returning(ramp, share)
    try:
        groups = await resume(
            database, subject, CHANNELS, actor=account(), now=now, returning=returning, clock=clock
        )
    except UnknownSubject as error:
        raise Failed(str(error)) from None
    async with database.connection() as connection:
        return groups, [each for each in await pauses.ramps(connection) if each.began_at == now]
