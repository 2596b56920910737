"""Who comes into a segment or leaves it, in production: once each, in time, and nobody by surprise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.people import Profile, upsert
from engine.privacy import erase
from engine.segment_rounds import SegmentRounds
from store.database import Database
from tests.engine.story_projects import scenario, write
from tests.integration.installation import Installation

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
"""9:00 in Paris."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO_STORY = "  - { name: nothing, when: [], expect: [] }\n"
LAPSED = "lapsed: { title: Lapsed, is: 'did(order.placed) and not did(order.placed, last 30 days)' }\n"
REACHABLE = "reachable: { title: Reachable, is: 'can_receive(email, newsletter) and contact.points > 5' }\n"


class Base:
    """An installation with one scenario, and the looks of one worker."""

    def __init__(self, relance: Installation, folder: Path) -> None:
        self.relance = relance
        self.folder = folder
        self.rounds = SegmentRounds(relance.database, relance.plans)

    async def publish(self, trigger: str, segments: str = LAPSED + REACHABLE) -> None:
        text = scenario("- wait: 1 day\n- email: hello\n", trigger=trigger)
        if self.folder.exists():
            (self.folder / "scenarios" / "segments.yaml").write_text("")
            vip = "vip: { title: Best customers, is: contact.tier == gold }\n"
            segments = segments if "vip:" in segments else vip + segments
            (self.folder / "scenarios" / "program" / "case.yaml").write_text(text)
            (self.folder / "scenarios" / "segments.yaml").write_text(segments)
        else:
            write(self.folder, {"case": text}, NO_STORY, segments=segments)
        await self.relance.publish()

    async def person(self, id_: str, *, source: str = "api", **attributes: Any) -> None:
        """Somebody is created or changed, and that is routed."""
        profile = Profile(id_, {"country": "FR"} | attributes)
        now = self.relance.now
        result = await upsert(self.relance.database, self.relance.plans, [profile], source=source, now=now)
        assert not result.errors, result.errors
        await self.relance.route()

    async def bought(self, id_: str, at: datetime) -> None:
        now, self.relance.at = self.relance.now, at
        await self.relance.happen("order.placed", {"order_id": f"{id_}{at}"}, id_)
        self.relance.at = now
        await self.relance.route()

    async def look(self, at: datetime | None = None) -> int:
        self.relance.at = at or self.relance.now
        return await self.rounds.look(self.relance.now)

    async def entered(self) -> list[str]:
        found = await self.relance.rows("select contact_id from runs order by contact_id, id")
        return [row["contact_id"] for row in found]

    async def members(self) -> list[str]:
        found = await self.relance.rows("select contact_id from segment_members order by 1")
        return [row["contact_id"] for row in found]


@pytest.fixture
async def base(database: Database, tmp_path: Path) -> Base:
    folder = tmp_path / "project"
    return Base(Installation(database, None, tmp_path / "outbox", at=MONDAY, project=folder), folder)


# Segments over attributes


async def test_whoever_comes_in_enters_and_whoever_was_inside_does_not(base: Base) -> None:
    await base.publish("changed: contact.birthdate")
    await base.person("before", tier="gold")
    await base.person("ada", tier="silver")
    await base.publish("entered: vip")
    await base.look()
    assert await base.members() == ["before"]
    await base.person("ada", tier="gold")
    await base.person("before", points=3)
    await base.person("ada", points=3)
    assert await base.entered() == ["ada"]
    assert await base.members() == ["ada", "before"]


async def test_who_leaves_and_comes_back_enters_again(base: Base) -> None:
    await base.publish("entered: vip")
    await base.look()
    await base.person("ada", tier="silver")
    for tier in ("gold", "silver", "gold"):
        await base.person("ada", tier=tier)
        await base.relance.rows("update runs set status = 'ended' returning 1")
    assert await base.entered() == ["ada", "ada"]


async def test_leaving(base: Base) -> None:
    await base.publish("changed: contact.birthdate")
    await base.person("ada", tier="gold")
    await base.publish("left: vip")
    await base.look()
    await base.person("ben", tier="silver")
    assert await base.entered() == []
    await base.person("ada", tier="silver")
    assert await base.entered() == ["ada"]


async def test_a_contact_created_inside_enters(base: Base) -> None:
    """Whatever the segment looks at, and though nobody has looked before."""
    await base.publish("entered: vip")
    await base.person("ada", tier="gold")
    assert await base.entered() == ["ada"]
    await base.look()
    assert await base.entered() == ["ada"]


@pytest.mark.parametrize(("existing", "expected"), [("", []), (", existing: include", ["ada", "new"])])
async def test_an_import_brings_nobody_in_unless_it_says_so(
    existing: str, expected: list[str], base: Base
) -> None:
    """Neither who changes by it nor who is created by it; and it is no news later."""
    await base.publish(f"entered: vip{existing}")
    await base.look()
    await base.person("ada", tier="silver")
    await base.person("ada", tier="gold", source="import")
    await base.person("new", tier="gold", source="import")
    await base.person("ada", points=4)
    assert await base.entered() == expected
    assert await base.members() == ["ada", "new"]


@pytest.mark.parametrize(("existing", "expected"), [("", []), (", existing: include", ["ada", "ben"])])
async def test_those_who_are_inside_at_the_first_publication(
    existing: str, expected: list[str], base: Base
) -> None:
    await base.publish("changed: contact.birthdate")
    for name in ("ada", "ben"):
        await base.person(name, tier="gold")
    await base.person("poor", tier="silver")
    await base.publish(f"entered: vip{existing}")
    for _ in range(3):
        await base.look()
    assert await base.entered() == expected
    assert await base.members() == ["ada", "ben"]


@pytest.mark.parametrize(("existing", "expected"), [("", []), (", existing: include", ["ada"])])
async def test_an_edit_of_the_segment_brings_nobody_in_unless_it_says_so(
    existing: str, expected: list[str], base: Base
) -> None:
    await base.publish(f"entered: vip{existing}")
    await base.look()
    await base.person("ada", tier="silver")
    wider = "vip: { title: Best customers, is: contact.tier >= silver }\n"
    await base.publish(f"entered: vip{existing}", LAPSED + REACHABLE + wider)
    await base.look()
    assert await base.entered() == expected
    await base.person("ben", tier="silver")
    assert await base.entered() == [*expected, "ben"]


async def test_what_is_withdrawn_begins_anew(base: Base) -> None:
    """Who came in meanwhile was inside when it came back."""
    await base.publish("entered: vip")
    await base.look()
    await base.publish("changed: contact.birthdate")
    await base.look()
    await base.person("ada", tier="gold")
    assert await base.members() == []
    await base.publish("entered: vip")
    await base.look()
    assert (await base.entered(), await base.members()) == ([], ["ada"])


# Segments that time moves people in and out of


async def test_time_brings_people_in_at_the_next_full_hour(base: Base) -> None:
    await base.publish("entered: lapsed")
    await base.look()
    await base.person("ada")
    await base.person("young")
    await base.bought("ada", MONDAY - 30 * DAY + HOUR * 1.5)
    await base.bought("young", MONDAY - DAY)
    assert await base.look(MONDAY + HOUR * 1.1) == 0
    assert await base.look(MONDAY + HOUR * 1.9) == 0
    assert await base.look(MONDAY + HOUR * 2) == 1
    assert await base.look(MONDAY + HOUR * 3) == 0
    assert await base.entered() == ["ada"]


async def test_a_segment_is_checked_at_its_hour_of_each_zone(base: Base) -> None:
    await base.publish("entered: lapsed, checked: day at 10:00")
    await base.look()
    for name, zone in (("paris", "Europe/Paris"), ("tokyo", "Asia/Tokyo")):
        await base.person(name, timezone=zone)
        await base.bought(name, MONDAY - 31 * DAY)
    await base.look(MONDAY + HOUR * 0.9)
    assert await base.entered() == []
    await base.look(MONDAY + HOUR * 1.1)
    assert await base.entered() == ["paris"]
    await base.look(MONDAY + DAY - 7 * HOUR)
    assert await base.entered() == ["paris", "tokyo"]


async def test_after_days_without_a_worker_everybody_enters_once(base: Base) -> None:
    await base.publish("entered: lapsed")
    await base.look()
    people = [f"c_{number:02}" for number in range(25)]
    for name in people:
        await base.person(name)
        await base.bought(name, MONDAY - 29 * DAY)
    assert await base.look(MONDAY + 3 * DAY) == 25
    assert await base.look(MONDAY + 4 * DAY) == 0
    (groups,) = await base.relance.rows("select count(*) as n, max(size) as most from groups")
    assert (groups["n"], groups["most"]) == (1, 25)


async def test_what_the_base_cannot_tell_is_asked_of_each_person(base: Base) -> None:
    """Consent, among others; and then who was inside is remembered the same way."""
    await base.publish("entered: reachable")
    await base.look()
    await base.relance.contacts("ada", points=10)
    await base.relance.contacts("silent", points=10, consent=())
    await base.relance.contacts("poor", points=1)
    await base.relance.route()
    await base.look(MONDAY + HOUR)
    assert await base.entered() == ["ada"]


async def test_an_import_is_no_news_at_the_next_hour_either(base: Base) -> None:
    await base.publish("entered: reachable")
    await base.look()
    await base.relance.contacts("ada", points=1)
    await base.relance.route()
    await base.person("ada", points=10, source="import")
    await base.look(MONDAY + HOUR)
    assert (await base.entered(), await base.members()) == ([], ["ada"])


async def test_a_look_that_dies_begins_again_and_enters_nobody_twice(base: Base) -> None:
    """Two workers look at once, one of them after the other's entries and before it is marked."""
    await base.publish("entered: lapsed")
    await base.look()
    await base.person("ada")
    await base.bought("ada", MONDAY - 31 * DAY)
    await base.look(MONDAY + HOUR)
    await base.relance.rows("delete from segment_looks where zone <> '' returning 1")
    other = SegmentRounds(base.relance.database, base.relance.plans)
    assert await other.look(MONDAY + HOUR) == 0
    assert await base.entered() == ["ada"]


async def test_two_workers_look_for_one_trigger_one_at_a_time(base: Base) -> None:
    await base.publish("entered: lapsed")
    await base.look()
    await base.person("ada")
    await base.bought("ada", MONDAY - 31 * DAY)
    async with base.relance.database.transaction() as connection:
        await connection.execute("select 1 from segment_looks for update")
        assert await base.look(MONDAY + HOUR) == 0
    assert await base.look(MONDAY + HOUR) == 1


async def test_who_is_erased_is_in_no_segment(base: Base) -> None:
    await base.publish("entered: vip")
    await base.look()
    await base.person("ada", tier="gold")
    await erase(base.relance.database, base.relance.plans, "ada", source="test", now=MONDAY)
    assert await base.members() == []
