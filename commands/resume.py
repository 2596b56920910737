"""`relance resume`: go on after a pause."""

import getpass

import click

from commands.running import Failed, run, settings


@click.command(name="resume", epilog="Example: relance resume sms")
@click.argument("subject")
def command(subject: str) -> None:
    """Let SUBJECT go on: a scenario, a channel, or `everything`.

    A message that is too late by now is given up (`expires`), so nothing stale leaves.
    """
    from channels.registry import CHANNELS
    from engine.pauses import UnknownSubject, resume
    from store.database import Database
    from worker import stored_clock

    chosen = settings()

    async def work() -> int | None:
        database = await Database.open(chosen.database_url, size=2)
        try:
            now = (await stored_clock(database)).now()
            return await resume(database, subject, CHANNELS, actor=getpass.getuser(), now=now)
        finally:
            await database.close()

    try:
        groups = run(work())
    except UnknownSubject as error:
        raise Failed(str(error)) from None
    if groups is None:
        click.echo(f"{subject} was not paused")
    else:
        click.echo(f"{subject} goes on; {groups} workflows had something to do meanwhile")
