"""Triggers by time on a real database: who enters, when, and what a crash or a pause of days changes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.wire import ScanReply, ScanRequest, ScanTask
from engine.zones import zones_of_base
from store.database import Database
from tests.integration.installation import Installation

DAY = timedelta(days=1)
PUBLISHED = datetime(2027, 2, 15, 6, tzinfo=UTC)
NINE = datetime(2027, 2, 15, 8, tzinfo=UTC)
"""A Monday, 9:00 in Paris: a week before 22 February."""

CAMPAIGN = """
scenario: sale
title: The winter sale
owner: crm-team
topic: newsletter
trigger: { at: 2027-02-15 12:00, if_past: skip, spread: 2 hours }
entry: always
steps:
  - email: welcome_hello
    id: hello
"""


@pytest.fixture
async def relance(database: Database, tmp_path: Path) -> Installation:
    """The shipped project, published on a Monday at 7:00 in Paris."""
    installation = Installation(database, None, tmp_path / "outbox", at=PUBLISHED)
    await installation.publish()
    return installation


def nothing() -> None:
    """A beat that is not listened to."""


async def scan(
    relance: Installation,
    at: datetime,
    scenario: str = "birthday",
    zone: str | None = "Europe/Paris",
    beat: Callable[[], None] = nothing,
) -> ScanReply:
    return await relance.scans.scan(ScanTask(ScanRequest(scenario, 0, zone), at), beat)


async def entered(relance: Installation) -> list[str]:
    return [
        row["contact_id"] for row in await relance.rows("select contact_id from runs order by contact_id")
    ]


async def test_a_birthday_is_found_a_week_before_and_once(relance: Installation) -> None:
    await relance.contacts("due", birthdate="1988-02-22")
    await relance.contacts("tomorrow", birthdate="1988-02-23")
    await relance.contacts("unborn", birthdate="2030-02-22")
    await relance.contacts("unknown")
    assert (await scan(relance, NINE)).entered == 1
    assert (await scan(relance, NINE + timedelta(minutes=5))).entered == 0
    assert await entered(relance) == ["due"]


async def test_nobody_is_looked_for_before_the_hour(relance: Installation) -> None:
    await relance.contacts("due", birthdate="1988-02-22")
    assert (await scan(relance, NINE - timedelta(seconds=1))).entered == 0


async def test_each_zone_has_its_own_nine_o_clock(relance: Installation) -> None:
    await relance.contacts("paris", birthdate="1988-02-22")
    await relance.contacts("tokyo", birthdate="1988-02-22", timezone="Asia/Tokyo")
    await relance.contacts("overseas", birthdate="1988-02-22", timezone="America/Guadeloupe")
    assert (await scan(relance, NINE)).entered == 1
    assert (await scan(relance, NINE, zone="America/Guadeloupe")).entered == 0
    assert (await scan(relance, NINE + timedelta(hours=5), zone="America/Guadeloupe")).entered == 1
    world = await relance.plans.world()
    assert await zones_of_base(relance.database, world) == (
        "America/Guadeloupe",
        "Asia/Tokyo",
        "Europe/Paris",
    )


async def test_a_scan_missed_by_less_than_a_day_is_made_up(relance: Installation) -> None:
    await relance.contacts("due", birthdate="1988-02-22")
    assert (await scan(relance, NINE + timedelta(hours=23, minutes=59))).entered == 1


async def test_a_scan_missed_by_a_day_is_recorded_as_missed(relance: Installation) -> None:
    await relance.contacts("due", birthdate="1988-02-22")
    await relance.contacts("next", birthdate="1988-02-23")
    assert (await scan(relance, NINE + DAY)).entered == 1
    assert await entered(relance) == ["next"]
    found = await relance.rows("select due_at, missed, entered from occurrences order by due_at")
    assert [(row["due_at"], row["missed"], row["entered"]) for row in found] == [
        (NINE, True, 0),
        (NINE + DAY, False, 1),
    ]


async def test_what_was_due_before_it_was_published_is_nobodys_concern(
    database: Database, tmp_path: Path
) -> None:
    relance = Installation(database, None, tmp_path / "outbox", at=NINE + timedelta(hours=1))
    await relance.publish()
    await relance.contacts("due", birthdate="1988-02-22")
    assert (await scan(relance, NINE + timedelta(hours=2))).entered == 0
    assert await relance.rows("select 1 from occurrences") == []


async def test_a_scan_that_dies_goes_on_where_it_stopped_and_enters_nobody_twice(
    relance: Installation,
) -> None:
    people = [f"c_{number:04}" for number in range(2500)]
    await relance.contacts(*people, birthdate="1988-02-22")
    pages = 0

    def dies() -> None:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await scan(relance, NINE, beat=dies)
    (before,) = await relance.rows("select count(*) as n from runs")
    assert 0 < before["n"] < 2500
    await scan(relance, NINE)
    assert await entered(relance) == people
    (groups,) = await relance.rows("select count(*) as n, max(size) as largest from groups")
    assert (groups["n"], groups["largest"]) == (5, 500)


async def test_a_daily_scan_enters_those_in_its_audience(relance: Installation) -> None:
    await relance.contacts("lost", "buyer")
    async with relance.database.transaction() as connection:
        await connection.execute("update contacts set created_at = %s", (NINE - 800 * DAY,))
    order = {"order_id": "o1", "total": 40, "channel": "store", "items": []}
    relance.at = NINE - 400 * DAY
    await relance.happen("order.placed", order | {"order_id": "o0"}, "lost", "buyer")
    relance.at = NINE
    await relance.happen("order.placed", order, "buyer")
    await relance.route()
    assert (await scan(relance, NINE + DAY, "reactivation")).entered == 1
    assert await entered(relance) == ["lost"]


async def test_a_campaign_flows_over_its_spread(relance: Installation, project: Path) -> None:
    (project / "scenarios" / "onboarding" / "sale.yaml").write_text(CAMPAIGN, "utf-8")
    relance.use(project)
    await relance.publish()
    await relance.contacts(*(f"c_{number:03}" for number in range(200)))
    noon = NINE + timedelta(hours=3)
    first = await scan(relance, noon, "sale")
    assert 0 < first.entered < 10
    assert first.sleep_seconds
    half = await scan(relance, noon + timedelta(hours=1), "sale")
    assert 90 <= first.entered + half.entered <= 110
    last = await scan(relance, noon + timedelta(hours=2), "sale")
    assert (first.entered + half.entered + last.entered, last.sleep_seconds) == (200, None)


async def test_a_campaign_published_too_late_is_skipped_unless_it_says_otherwise(
    relance: Installation, project: Path
) -> None:
    relance.use(project)
    relance.at = NINE + timedelta(hours=8)
    file = project / "scenarios" / "onboarding" / "sale.yaml"
    await relance.contacts("c_1")
    file.write_text(CAMPAIGN, "utf-8")
    await relance.publish()
    assert (await scan(relance, relance.now, "sale")).entered == 0
    file.write_text(CAMPAIGN.replace("if_past: skip", "if_past: enter"), "utf-8")
    await relance.publish()
    assert (await scan(relance, relance.now, "sale")).entered == 1


async def test_a_trigger_that_is_in_force_no_more_enters_nobody(relance: Installation) -> None:
    assert await scan(relance, NINE, "no_such") == ScanReply(0, None, "The trigger is no longer in force.")
