"""`relance pause`: stop a scenario, a channel or everything; nothing is lost meanwhile."""

from typing import TYPE_CHECKING

import click

from commands.accounts import account
from commands.running import Failed, with_database

if TYPE_CHECKING:
    from store.database import Database


@click.command(name="pause", epilog="Example: relance pause sms --reason 'provider incident'")
@click.argument("subject")
@click.option("--reason", default="", help="Why, for those who find it paused.")
def command(subject: str, reason: str) -> None:
    """Stop SUBJECT: a scenario, a channel, or `everything`.

    Time goes on, events are taken and people enter; nothing is decided or sent until `relance resume`.
    """
    from channels.registry import CHANNELS
    from engine.pauses import UnknownSubject, pause
    from worker import stored_clock

    async def work(database: "Database") -> bool:
        now = (await stored_clock(database)).now()
        return await pause(database, subject, CHANNELS, actor=account(), reason=reason, now=now)

    try:
        changed = with_database(work)
    except UnknownSubject as error:
        raise Failed(str(error)) from None
    click.echo(f"{subject} is paused" if changed else f"{subject} was paused already")
