"""How long people wait: from an event to the first message, and from the end of a wait to the next one.

Entries come at five a second, then a thousand at once; then ten thousand wait for the same minute. Instants
are those of the rows: the event is committed, the message is taken by its provider. Warmed up by people alone
and by as many at once: an engine that runs for months has met both.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.bounds import Bound, against
from benchmarks.crowd import Crowd, crowd
from benchmarks.result import Result
from benchmarks.stage import Stage, stage
from store.database import NAME_LINE

HERE = Path(__file__).parent
PARTS = NAME_LINE.split((HERE / "latency.sql").read_text("utf-8"))[1:]
SQL = dict(zip(PARTS[::2], PARTS[1::2], strict=True))

WORKERS = 2
SINGLY, A_SECOND = 100, 5.0
BURST, TOGETHER, WARM_UP = 1_000, 10_000, 9
P50, P95, BURST_P95, WAIT_P95, ALL_SECONDS = 0.12, 0.3, 3.0, 1.0, 15.0
AHEAD = timedelta(seconds=90)
"""At least so long before the minute that they wait for, people enter."""

WITH_THE_MINUTE = 0.05
LOOK_SECONDS = 1.0
"""Instants are those of the rows; to look for ten thousand people costs the database what they need of it."""

PATIENCE_SECONDS = 240
ZONE = ZoneInfo("Europe/Paris")


async def measure(scale: float = 1.0) -> Result:
    """The worst of five: what people waited over what they may."""
    singly, burst, together = (max(WARM_UP, round(n * scale)) for n in (SINGLY, BURST, TOGETHER))
    # In a small run nobody waits for the full minute.
    together = together if scale >= WITH_THE_MINUTE else 0
    with stage() as parts:
        _write_scenario(parts, _minute())
        async with crowd(parts) as people, asyncio.timeout(PATIENCE_SECONDS * 2):
            ids = iter(await people.people(WARM_UP + singly + 2 * burst + together))
            warm, alone, crowd_before, many, waiting = (
                list(islice(ids, n)) for n in (WARM_UP, singly, burst, burst, together)
            )
            with parts.workers(WORKERS):
                await _through(people, warm)
                await _through(people, crowd_before)
                await people.subscribe(waiting, to="together")
                await _all(people, "status = 'active' and due_at > now()", waiting)
                await _drip(people, alone)
                await _finished(people, alone)
                await _through(people, many)
                await _finished(people, waiting)
            bounds = await _bounds(people, alone, many, waiting)
    return against("latency", bounds, {"singly": singly, "burst": burst, "at_once": together})


async def _bounds(
    people: Crowd, alone: Sequence[str], many: Sequence[str], waiting: Sequence[str]
) -> list[Bound]:
    first = await _figures(people, "first_messages", alone)
    waits = await _figures(people, "waits", alone)
    burst = await _figures(people, "first_messages", many)
    bounds = [
        Bound("first_message_p50", first["p50"], P50),
        Bound("first_message_p95", first["p95"], P95),
        Bound("burst_p95", burst["p95"], BURST_P95),
        Bound("wait_p95", waits["p95"], WAIT_P95),
    ]
    if waiting:
        last = await _figures(people, "all_waits", waiting)
        bounds.append(Bound("all_at_once_seconds", last["last"], ALL_SECONDS))
    return bounds


def _minute() -> datetime:
    """The next full minute that is far enough away."""
    return (datetime.now(UTC) + AHEAD + timedelta(minutes=1)).replace(second=0, microsecond=0)


def _write_scenario(parts: Stage, minute: datetime) -> None:
    text = (HERE / "together.yaml").read_text("utf-8").replace("MINUTE", f"{minute.astimezone(ZONE):%H:%M}")
    (parts.project / "scenarios" / "together.yaml").write_text(text, "utf-8")


async def _drip(people: Crowd, ids: Sequence[str]) -> None:
    """They sign up one by one, at an even pace."""
    clock = asyncio.get_running_loop().time
    began = clock()
    for number, id_ in enumerate(ids):
        await asyncio.sleep(began + number / A_SECOND - clock())
        await people.subscribe([id_])


async def _through(people: Crowd, ids: Sequence[str]) -> None:
    await people.subscribe(ids)
    await _finished(people, ids)


async def _finished(people: Crowd, ids: Sequence[str]) -> None:
    await _all(people, "status = 'ended'", ids)


async def _all(people: Crowd, condition: str, ids: Sequence[str]) -> None:
    """Return when the runs of all of them meet a condition."""
    statement = f"select count(*) as n from runs where {condition} and contact_id = any(%s)"
    while (await people.row(statement, list(ids)))["n"] < len(ids):  # noqa: ASYNC110 - in other processes
        await asyncio.sleep(LOOK_SECONDS)


async def _figures(people: Crowd, name: str, ids: Sequence[str]) -> dict[str, Any]:
    async with people.database.connection() as connection:
        row = await (await connection.execute(SQL[name].encode(), {"contacts": list(ids)})).fetchone()
    if row is None or row["people"] != len(ids):
        raise RuntimeError(f"{name}: {len(ids)} people were written to, {row and row['people']} are found")
    return row
