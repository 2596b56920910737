"""A base of a million: who has a birthday today, who lives where, and who is in a segment.

The birthdays are found as a scan finds them, page by page; what entering them costs is another benchmark's.
The segment asks an attribute and a sum over a year of orders, beside the same question by hand.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.bounds import Bound, against
from benchmarks.crowd import Crowd, crowd
from benchmarks.result import Result
from benchmarks.stage import stage
from engine.scans import PAGE
from engine.segment_members import segment
from engine.zones import PLACE_NAMES, zones_of_base
from store import occurrences
from store.database import NAME_LINE, Connection
from store.occurrences import DateFilter, Window

PEOPLE = 1_000_000
FOUND_SECONDS = 2.0
OVER_BY_HAND = 4.0
"""How much longer a segment may take than the statement of somebody who knows the tables."""

YEAR = timedelta(days=365)
PARTS = NAME_LINE.split((Path(__file__).parent / "base.sql").read_text("utf-8"))[1:]
SQL = dict(zip(PARTS[::2], PARTS[1::2], strict=True))


async def _fill(connection: Connection, people: int, now: datetime) -> None:
    """People with their orders, looked at once: the first look reads what was just written from the disk."""
    for name in ("people", "orders"):
        await connection.execute(SQL[name].encode(), {"people": people, "now": now})
    await connection.execute("vacuum analyze contacts")
    await connection.execute("analyze events")
    await _birthdays(connection, now)


async def measure(scale: float = 1.0) -> Result:
    """The worst of two: seconds to find the birthdays, and a segment against the same by hand."""
    people = max(1000, round(PEOPLE * scale))
    with stage(temporal=False) as parts:
        async with crowd(parts) as base, base.database.connection() as connection:
            now = datetime.now(UTC)
            await _fill(connection, people, now)
            found, found_seconds = await _birthdays(connection, now)
            began = perf_counter()
            zones = await zones_of_base(base.database, await base.plans.world())
            zones_seconds = perf_counter() - began
            members, segment_seconds = await _segment(base, connection, now)
            by_hand, hand_seconds = await _by_hand(connection, now)
    if members != by_hand:
        raise RuntimeError(f"{by_hand} are in the segment, {members} were counted")
    bounds = [
        Bound("birthdays_seconds", found_seconds, FOUND_SECONDS),
        Bound("segment_over_by_hand", segment_seconds / hand_seconds, OVER_BY_HAND),
    ]
    figures = {
        "people": people,
        "birthdays": found,
        "zones": len(zones),
        "zones_seconds": zones_seconds,
        "members": members,
        "segment_seconds": segment_seconds,
        "by_hand_seconds": hand_seconds,
    }
    return against("scan", bounds, figures)


async def _birthdays(connection: Connection, now: datetime) -> tuple[int, float]:
    today = now.date()
    due = DateFilter("birthdate", (), (f"{today:%m-%d}",), today.isoformat())
    began, found, after = perf_counter(), 0, ""
    while True:
        page = await occurrences.page(connection, Window(after, PAGE, now), PLACE_NAMES, due)
        found += len(page)
        if len(page) < PAGE:
            return found, perf_counter() - began
        after = page[-1].id


async def _segment(base: Crowd, connection: Connection, now: datetime) -> tuple[int, float]:
    began = perf_counter()
    vip = await segment(connection, base.plans, "vip", now)
    return await vip.count(), perf_counter() - began


async def _by_hand(connection: Connection, now: datetime) -> tuple[int, float]:
    began = perf_counter()
    row = await (await connection.execute(SQL["by_hand"].encode(), {"since": now - YEAR})).fetchone()
    return (row["people"] if row else 0), perf_counter() - began
