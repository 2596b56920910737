"""Triggers by time whose occurrences last, and whose text changes, on a real database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.wire import ScanReply, ScanRequest, ScanTask
from tests.integration.installation import Installation

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NINE = datetime(2027, 2, 15, 8, tzinfo=UTC)
"""A Monday, 9:00 in Paris."""

SCENARIO = """
scenario: case
title: Somebody's turn
owner: crm-team
topic: newsletter
trigger: [{triggers}]
entry: {entry}
steps:
  - exit: done
"""
CAMPAIGN = "{ at: 2027-02-15 09:00, if_past: skip }"


@pytest.fixture
def relance(database, tmp_path: Path, project: Path) -> Installation:
    return Installation(database, None, tmp_path / "outbox", at=NINE - DAY, project=project)


async def publish(relance: Installation, *triggers: str, entry: str = "always") -> None:
    file = relance.project / "scenarios" / "onboarding" / "case.yaml"
    file.write_text(SCENARIO.format(triggers=", ".join(triggers), entry=entry), "utf-8")
    await relance.publish()


async def scan(relance: Installation, at: datetime, place: int = 0, zone: str = "Europe/Paris") -> ScanReply:
    relance.at = at
    return await relance.scans.scan(ScanTask(ScanRequest("case", place, zone), at), lambda: None)


async def flow(relance: Installation, at: datetime, away: tuple[int, int] = (0, 0)) -> int:
    """Scan whenever it asks for it, but in the hours in which workers are away; how many entered."""
    begun, total = at, 0
    while True:
        if away[0] * HOUR < at - begun < away[1] * HOUR:
            at = begun + away[1] * HOUR
        reply = await scan(relance, at)
        total += reply.entered
        if reply.sleep_seconds is None:
            return total
        at += timedelta(seconds=reply.sleep_seconds)


async def state(relance: Installation) -> list[tuple[bool, bool]]:
    rows = await relance.rows(
        "select missed, finished_at is not null as over from occurrences order by due_at"
    )
    return [(row["missed"], row["over"]) for row in rows]


@pytest.mark.parametrize(
    ("spread", "away"),
    [("30 hours", (0, 0)), ("3 days", (0, 0)), ("12 hours", (6, 25)), ("12 hours", (6, 24 * 40))],
)
async def test_a_spread_that_lasts_beyond_a_day_loses_nobody(
    relance: Installation, spread: str, away: tuple[int, int]
) -> None:
    await publish(relance, CAMPAIGN.replace("skip", f"skip, spread: {spread}"))
    await relance.contacts(*(f"c{number:02}" for number in range(40)))
    assert await flow(relance, NINE, away) == 40
    assert await state(relance) == [(False, True)]


async def test_a_daily_spread_that_was_interrupted_for_long_goes_on_beside_the_next(
    relance: Installation,
) -> None:
    await publish(relance, "{ every: day at 09:00, spread: 2 hours }")
    await relance.contacts(*(f"c{number:02}" for number in range(40)))
    first = (await scan(relance, NINE + HOUR)).entered
    later = await scan(relance, NINE + 40 * DAY + 3 * HOUR)
    assert 0 < first < 40
    assert later.entered >= 40 - first


async def test_a_long_spread_may_begin_until_it_is_over(relance: Installation) -> None:
    await publish(relance, CAMPAIGN.replace("skip", "skip, spread: 3 days"))
    await relance.contacts("c1")
    assert await flow(relance, NINE + 2 * DAY) == 1


async def test_a_short_spread_that_never_began_is_missed_after_a_day(relance: Installation) -> None:
    await publish(relance, CAMPAIGN.replace("skip", "skip, spread: 2 hours"))
    await relance.contacts("c1")
    assert await flow(relance, NINE + DAY) == 0
    assert await state(relance) == [(True, True)]


BIRTHDAY = "{ date: contact.birthdate, repeat: yearly, offset: -7 days, at: 09:00, if_past: skip }"


@pytest.mark.parametrize(
    ("trigger", "entry", "instants"),
    [
        ("{ every: week on mon at 09:00 }", "once per 7 days", [NINE + n * 7 * DAY for n in range(4)]),
        ("{ every: day at 09:00 }", "once per 1 day", [NINE + n * DAY for n in range(4)]),
        (BIRTHDAY, "once per 1 year", [NINE.replace(year=2027 + n) for n in range(4)]),
    ],
)
async def test_the_second_at_which_a_scan_runs_keeps_nobody_out(
    relance: Installation, trigger: str, entry: str, instants: list[datetime]
) -> None:
    await publish(relance, trigger, entry=entry)
    await relance.contacts("ada", birthdate="1990-02-22")
    late = [timedelta(seconds=second) for second in (4, 1, 2, 0)]
    found = [(await scan(relance, at + by)).entered for at, by in zip(instants, late, strict=True)]
    assert found == [1, 1, 1, 1]


async def test_a_place_earlier_in_the_spread_keeps_nobody_out(relance: Installation) -> None:
    await publish(relance, "{ every: week on mon at 09:00, spread: 2 hours }", entry="once per 7 days")
    await relance.contacts(*(f"c{number:02}" for number in range(20)))
    assert await flow(relance, NINE) == 20
    await relance.contacts(*(f"d{number:02}" for number in range(5)))
    assert await flow(relance, NINE + 7 * DAY) == 25


async def test_a_period_that_is_longer_than_from_scan_to_scan_still_holds(relance: Installation) -> None:
    await publish(relance, "{ every: day at 09:00 }", entry="once per 2 days")
    await relance.contacts("ada")
    assert [(await scan(relance, NINE + n * DAY)).entered for n in range(4)] == [1, 0, 1, 0]
