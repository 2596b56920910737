"""Temporal's schedules follow what is in force, and start scans."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, ScheduleRange

from dsl.nodes import Field
from dsl.plan import CampaignTrigger, DateTrigger, Plan, ScanTrigger
from dsl.policy import Formula
from engine.clock import REAL_TIME, Clock
from engine.schedules import sync, wanted
from store.database import Database
from tests.integration.installation import Installation, fast

BIRTHDATE = Formula("contact.birthdate", Field("contact", ("birthdate",)))
NINE = time(9)
MAY = datetime(2030, 5, 4, 9)  # noqa: DTZ001 - a campaign is local
ZONES = ("Europe/Paris", "Asia/Tokyo")


def plan(*triggers: ScanTrigger | DateTrigger | CampaignTrigger, zone: str | None = None) -> Plan:
    return Plan("news", "News", "loyalty", "newsletter", "marketing", triggers, (), None, zone=zone)


def test_there_is_one_schedule_a_trigger_and_zone() -> None:
    found = wanted([plan(ScanTrigger("day", NINE), DateTrigger(BIRTHDATE))], ZONES, REAL_TIME)
    assert set(found) == {f"relance/news/{place}/{zone}" for place in (0, 1) for zone in ZONES}
    schedule = found["relance/news/0/Asia/Tokyo"]
    assert schedule.spec.time_zone_name == "Asia/Tokyo"
    assert schedule.state.note == "every day at 09:00, Asia/Tokyo"


def test_a_scenario_with_a_zone_of_its_own_has_one() -> None:
    found = wanted([plan(ScanTrigger("day", NINE), zone="UTC")], ZONES, REAL_TIME)
    assert set(found) == {"relance/news/0/UTC"}


def test_weeks_begin_on_monday_for_us_and_on_sunday_for_temporal() -> None:
    (schedule,) = wanted([plan(ScanTrigger("week", NINE, on=6), zone="UTC")], ZONES, REAL_TIME).values()
    assert schedule.spec.calendars[0].day_of_week == [ScheduleRange(0)]
    assert schedule.state.note == "every Sunday at 09:00, UTC"


def test_a_local_time_that_the_clocks_may_skip_is_looked_for_an_hour_later_too() -> None:
    at = NINE.replace(hour=2, minute=30)
    (schedule,) = wanted([plan(ScanTrigger("day", at), zone="UTC")], ZONES, REAL_TIME).values()
    assert schedule.spec.calendars[0].hour == [ScheduleRange(2, 3)]


def test_in_fast_time_one_schedule_starts_a_scan_that_follows_the_days() -> None:
    found = wanted([plan(ScanTrigger("day", NINE))], ZONES, Clock(speed=86_400 / 20))
    assert set(found) == {"relance/news/0/every zone"}


async def listed(temporal: Client, ids: set[str]) -> None:
    """Until the server lists these schedules and no other; its list follows what is done with a delay."""
    async with asyncio.timeout(30):
        while {each.id async for each in await temporal.list_schedules()} != ids:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("trigger", [ScanTrigger("month", NINE, on=31), CampaignTrigger(MAY)])
async def test_schedules_are_made_kept_and_taken_away(temporal: Client, trigger: ScanTrigger) -> None:
    asked = wanted([plan(trigger)], ZONES, REAL_TIME)
    assert await sync(temporal, asked) == 2
    await listed(temporal, set(asked))
    assert await sync(temporal, asked) == 0
    changed = wanted([plan(ScanTrigger("day", NINE))], ZONES[:1], REAL_TIME)
    assert await sync(temporal, changed) == 2
    await listed(temporal, {"relance/news/0/Europe/Paris"})


async def test_a_birthday_in_fast_time_is_written_to(
    temporal: Client, database: Database, tmp_path: Path
) -> None:
    evening_before = datetime(2027, 2, 14, 18, tzinfo=UTC)
    async with Installation(database, temporal, tmp_path / "outbox", fast(20, evening_before)) as relance:
        await relance.contacts("c_42", birthdate="1988-02-22")
        current = [each for _, each in (await relance.plans.current()).values()]
        await sync(temporal, wanted(current, ZONES, relance.clock))
        (run,) = await relance.until("select entered_at from runs where scenario = 'birthday'")
        await relance.poke()
        await relance.until("select 1 from messages where message = 'birthday_soon' and state = 'sent'")
    nine = datetime(2027, 2, 15, 8, tzinfo=UTC)
    assert nine <= run["entered_at"] < nine + timedelta(hours=12)
