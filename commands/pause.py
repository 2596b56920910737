"""`relance pause`: stop a scenario, a channel or everything; nothing is lost meanwhile."""

import getpass

import click

from commands.running import Failed, run, settings


@click.command(name="pause", epilog="Example: relance pause sms --reason 'provider incident'")
@click.argument("subject")
@click.option("--reason", default="", help="Why, for those who find it paused.")
def command(subject: str, reason: str) -> None:
    """Stop SUBJECT: a scenario, a channel, or `everything`.

    Time goes on, events are taken and people enter; nothing is decided or sent until `relance resume`.
    """
    from channels.registry import CHANNELS
    from engine.pauses import UnknownSubject, pause
    from store.database import Database
    from worker import stored_clock

    chosen = settings()

    async def work() -> bool:
        database = await Database.open(chosen.database_url, size=2)
        try:
            now = (await stored_clock(database)).now()
            return await pause(database, subject, CHANNELS, actor=getpass.getuser(), reason=reason, now=now)
        finally:
            await database.close()

    try:
        changed = run(work())
    except UnknownSubject as error:
        raise Failed(str(error)) from None
    click.echo(f"{subject} is paused" if changed else f"{subject} was paused already")
