"""The demo from the first line to the last table."""

import asyncio
import math
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.live import Live

from commands.dev import addresses
from commands.local.stack import Options, Stack
from commands.running import end_on_signals
from commands.sample_life import invariants, report
from commands.sample_life.doors import Doors
from commands.sample_life.life import Life
from commands.sample_life.people import people
from commands.sample_life.stream import Stream
from engine.plans import Plans
from store.database import Database

BEGINS = datetime(2027, 3, 1, 5, 30, tzinfo=UTC)
"""A Monday at 6:30 in Paris; the clocks change on the 28th, and Easter Monday is the 29th."""

SINCE = BEGINS - timedelta(days=30)
"""Business time at which the base was empty."""

REDRAW_SECONDS = 0.5
LOG_WIDTH = 120
"""Of lines that go to a file, where there is no terminal to ask."""

SETTLE = timedelta(hours=12)
"""Business time after the month, in which what was under way arrives."""

API_SOURCE = "api/local"


@dataclass(frozen=True)
class Show:
    """How the demo is given. `day`: seconds that a day lasts."""

    project: Path
    port: int
    data: Path
    day: float
    days: int
    ends: bool


def play(show: Show) -> int:
    """Give the demo; the exit status: 0 when every promise held, 1 when one was broken."""
    console = Console() if sys.stdout.isatty() else Console(width=LOG_WIDTH)
    end_on_signals()
    console.print("Starting PostgreSQL, Temporal, the worker and the web...")
    started = time.monotonic()
    options = Options(
        show.project,
        show.data,
        show.port,
        show.day,
        begins=BEGINS,
        fresh=True,
        say=lambda line: console.print(f"  {line}"),
    )
    try:
        with Stack(options) as stack:
            console.print(f"Ready after {time.monotonic() - started:.1f} s.")
            console.print(addresses(stack), highlight=False)
            return _play(show, stack, console)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 0


def _play(show: Show, stack: Stack, console: Console) -> int:
    status = asyncio.run(_month(show, stack, console))
    if not show.ends:
        console.print("\nEverything goes on running: look around, and end it with Ctrl-C.")
        while True:
            stack.check()
            time.sleep(REDRAW_SECONDS)
    return status


async def _month(show: Show, stack: Stack, console: Console) -> int:
    database = await Database.open(stack.database_url, size=2)
    doors = Doors(stack.web, stack.keys)
    try:
        life = Life(people(), BEGINS, show.days)
        stream = Stream(life, doors, stack.clock, stack.outbox)
        await stream.load()
        console.print(f"{len(life.people)} people and {doors.accepted} past orders are loaded.")
        life.begin(first_morning(stack.clock.now()))
        await asyncio.sleep(stack.clock.real_seconds(life.begins - stack.clock.now()))
        console.print("The month begins.\n")
        await _watch(stream, stack, database, console)
        await asyncio.sleep(stack.clock.real_seconds(SETTLE))
        return await _conclude(stack, doors, database, console)
    finally:
        await doors.close()
        await database.close()


def first_morning(now: datetime) -> datetime:
    """The month's first instant: the planned one, or on a slow machine the same hour of a later day."""
    late = max(timedelta(), now - BEGINS)
    return BEGINS + timedelta(days=math.ceil(late / timedelta(days=1)))


async def _watch(stream: Stream, stack: Stack, database: Database, console: Console) -> None:
    """Draw while the stream runs: a table that changes on a terminal, a line a day elsewhere."""
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        drawn, day, first = 0.0, -1, True

        async def tick(now: datetime) -> None:
            nonlocal drawn, day, first
            if time.monotonic() - drawn < REDRAW_SECONDS:
                return
            drawn = time.monotonic()
            stack.check()
            async with database.connection() as connection:
                figures = await report.read(connection, SINCE)
            if first and figures.sent:
                console.print(f"The first message left at {now:%A %d %B, %H:%M} UTC: see {stack.outbox}")
                first = False
            today = (now - stream.life.begins).days
            heading = f"Day {today + 1}: {now:%A %d %B %Y, %H:%M} UTC"
            if console.is_terminal:
                live.update(report.live_table(figures, heading))
            elif today != day:
                day = today
                console.print(f"{heading}: {report.one_line(figures)}")

        await stream.run(tick)


async def _conclude(stack: Stack, doors: Doors, database: Database, console: Console) -> int:
    async with database.connection() as connection:
        figures = await report.read(connection, SINCE)
        month = invariants.Month(
            connection,
            await Plans(database, (stack.keys.secret_key,)).world(),
            stack.outbox,
            doors.accepted,
            API_SOURCE,
            SINCE,
            stack.clock.now(),
        )
        held = await invariants.check_all(month)
    console.print(report.final_table(figures))
    console.print(report.invariants_table(held))
    if not all(each.holds for each in held):
        print("relance: a promise was broken, see the table above", file=sys.stderr)  # noqa: T201 - a command speaks
        return 1
    return 0
