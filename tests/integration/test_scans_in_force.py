"""Triggers by time whose occurrences last, and whose text changes, on a real database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.people import Profile, upsert
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


@pytest.mark.parametrize("trigger", [CAMPAIGN, CAMPAIGN.replace("skip", "enter"), "{ every: day at 09:00 }"])
async def test_who_is_the_first_in_a_zone_has_no_part_in_a_time_that_was_over(
    relance: Installation, trigger: str
) -> None:
    await publish(relance, trigger)
    await relance.contacts("paris")
    assert (await scan(relance, NINE)).entered == 1
    relance.at = NINE + 9 * HOUR
    await relance.contacts("tokyo", timezone="Asia/Tokyo")
    assert (await scan(relance, NINE + 10 * HOUR, zone="Asia/Tokyo")).entered == 0


async def test_who_comes_while_a_scan_is_late_has_no_part_in_it(relance: Installation) -> None:
    await publish(relance, "{ every: day at 09:00 }")
    await relance.contacts("before")
    relance.at = NINE + HOUR
    await relance.contacts("after")
    assert (await scan(relance, NINE + 2 * HOUR)).entered == 1
    assert (await scan(relance, NINE + DAY)).entered == 2


async def test_who_came_before_a_late_publication_enters_by_it(relance: Installation) -> None:
    relance.at = NINE + 5 * HOUR
    await publish(relance, "{ event: order.placed }")
    await relance.contacts("ada")
    relance.at = NINE + 6 * HOUR
    await publish(relance, CAMPAIGN.replace("skip", "enter"))
    assert (await scan(relance, NINE + 7 * HOUR)).entered == 1


async def test_who_is_created_on_the_day_itself_enters_at_the_next_look(relance: Installation) -> None:
    await publish(relance, "{ date: contact.birthdate, repeat: yearly, at: 09:00, if_past: enter }")
    relance.at = NINE + 3.5 * HOUR
    await relance.contacts("ada", birthdate="1990-02-15")
    assert (await scan(relance, NINE + 4 * HOUR)).entered == 1


async def test_who_is_imported_as_an_old_customer_is_a_newcomer_here(relance: Installation) -> None:
    await publish(relance, "{ every: day at 09:00 }")
    relance.at = NINE + HOUR
    old = Profile("old", {"country": "FR", "timezone": "Asia/Tokyo"}, NINE - 900 * DAY)
    await upsert(relance.database, relance.plans, [old], source="import", now=relance.at)
    assert (await scan(relance, NINE + 2 * HOUR, zone="Asia/Tokyo")).entered == 0
    assert (await scan(relance, NINE + DAY, zone="Asia/Tokyo")).entered == 1


async def test_who_was_known_and_moves_to_a_new_zone_takes_part_once(relance: Installation) -> None:
    await publish(relance, "{ every: day at 09:00 }")
    await relance.contacts("before", "after")
    relance.at = NINE - HOUR
    await relance.contacts("before", timezone="Asia/Tokyo")
    assert (await scan(relance, NINE - HOUR, zone="Asia/Tokyo")).entered == 1
    assert (await scan(relance, NINE)).entered == 1
    relance.at = NINE + HOUR
    await relance.contacts("after", timezone="America/New_York")
    assert (await scan(relance, NINE + 7 * HOUR, zone="America/New_York")).entered == 0


async def test_who_comes_during_a_spread_has_no_part_in_it(relance: Installation) -> None:
    await publish(relance, "{ every: day at 09:00, spread: 2 hours }")
    await relance.contacts(*(f"c{number:02}" for number in range(10)))
    first = await scan(relance, NINE)
    relance.at = NINE + HOUR
    await relance.contacts("d")
    assert first.entered + (await flow(relance, NINE + HOUR)) == 10


async def test_a_campaign_that_is_changed_to_be_entered_late_is_for_those_who_are_known_by_then(
    relance: Installation,
) -> None:
    relance.at = NINE + HOUR
    await publish(relance, CAMPAIGN)
    await relance.contacts("between")
    relance.at = NINE + 2 * HOUR
    await publish(relance, CAMPAIGN.replace("skip", "enter"))
    relance.at = NINE + 3 * HOUR
    await relance.contacts("after")
    assert (await scan(relance, NINE + 4 * HOUR)).entered == 1


async def test_who_was_there_before_it_was_noted_since_when_takes_part(relance: Installation) -> None:
    await publish(relance, "{ every: day at 09:00 }")
    relance.at = NINE + HOUR
    await relance.contacts("ada")
    async with relance.database.transaction() as connection:
        await connection.execute("update contacts set known_at = null")
    assert (await scan(relance, NINE + 2 * HOUR)).entered == 1
