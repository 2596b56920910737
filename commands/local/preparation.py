"""What the database needs before the worker and the web start: tables, a clock, a key, the scenarios."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from commands.running import Failed
from engine.access import keep_key
from engine.clock import DAY_SECONDS, REAL_TIME, Clock, restored
from engine.publish import PublishRefused, publish
from store.database import Connection, Database, DatabaseUnavailable
from store.migrate import MigrationError, migrate
from store.settings import read_setting, write_setting

if TYPE_CHECKING:
    from commands.local.stack import Stack

START_UP = timedelta(seconds=12)
"""Real time from here until the worker and the web are up and the base is loaded."""


async def prepare(stack: "Stack") -> None:
    """Bring the database to where the worker and the web can start. Raises Failed with the remedy."""
    try:
        await migrate(stack.database_url)
    except (DatabaseUnavailable, MigrationError) as error:
        raise Failed(str(error)) from None
    database = await Database.open(stack.database_url, size=2)
    try:
        async with database.transaction() as connection:
            clock = await _set_clock(connection, stack)
            await keep_key(
                connection,
                "local",
                stack.keys.api_key,
                scopes=("events", "contacts", "runs"),
                now=clock.now(),
            )
        stack.clock = clock
        await _publish(database, stack, clock)
    finally:
        await database.close()


async def _publish(database: Database, stack: "Stack", clock: Clock) -> None:
    try:
        result = await publish(database, stack.options.project, author="local", now=clock.now())
    except PublishRefused as error:
        raise Failed(f"the scenarios were not published:\n{error}") from None
    for line in result.lines:
        stack.options.say(line)


async def _set_clock(connection: Connection, stack: "Stack") -> Clock:
    """The clock for this start: fast time goes on from where it stood when it was last seen."""
    seconds = stack.options.day_seconds
    stored = await read_setting(connection, "clock")
    if seconds is None:
        if stored and stored["speed"] != 1:
            raise Failed(
                f"{stack.options.data} holds a base whose days were shortened: start it with --day, "
                "of any length, or start over with --fresh"
            )
        return REAL_TIME
    now = datetime.now(UTC)
    # A month that begins on a given day begins when everything runs, and not while it starts.
    starts = now + START_UP if stack.options.begins else now
    begins = stack.options.begins or now
    if stored:
        last = await read_setting(connection, "clock_seen")
        begins = datetime.fromisoformat(last) if last else restored(stored).origin
    clock = replace(REAL_TIME, speed=DAY_SECONDS / seconds, origin=begins, real_origin=starts)
    await write_setting(connection, "clock", clock.stored())
    return clock
