"""What waits and what stands still, counted over what is open and never over what is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store import pauses
from store.database import Connection, Row, queries
from store.pauses import Pause, Ramp

SQL = queries("gauges")

COUNTED = 100_000
"""Where more wait, this many are told: it is late by then, whatever the figure."""

CODES_COUNTED = 10_000
OVERDUE = timedelta(minutes=1)
"""From when on something that is due counts as overdue, in business time."""


@dataclass(frozen=True)
class Gauges:
    """One look.

    Rows: runs (scenario, active), messages (channel, waiting, due, oldest), attempts (channel, open, oldest),
    codes (pool, free), tasks (team, open, late), overdue (runs, oldest),
    outboxes (events, pokes, oldest_poke, set_aside, calls).
    """

    runs: list[Row]
    messages: list[Row]
    attempts: list[Row]
    codes: list[Row]
    tasks: list[Row]
    overdue: Row
    outboxes: Row
    pauses: list[Pause]
    ramps: list[Ramp]


async def read(connection: Connection, now: datetime) -> Gauges:
    """What waits at this instant. Cheap: by partial indexes over what is open."""

    async def rows(name: str) -> list[Row]:
        asked = {"now": now, "before": now - OVERDUE, "limit": CODES_COUNTED if name == "codes" else COUNTED}
        cursor = await connection.execute(SQL[name], asked)
        return await cursor.fetchall()

    return Gauges(
        runs=await rows("runs"),
        messages=await rows("messages"),
        attempts=await rows("attempts"),
        codes=await rows("codes"),
        tasks=await rows("tasks"),
        overdue=(await rows("overdue_runs"))[0],
        outboxes=(await rows("outboxes"))[0],
        pauses=await pauses.in_force(connection),
        ramps=await pauses.ramps(connection),
    )
