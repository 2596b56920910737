"""Facts at their own dates: late ones are history, and what was decided stays as it was known."""

from datetime import timedelta

import pytest

from engine.contact_input import Person, take
from engine.known_then import known_at
from tests.engine.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def told(shop):
    """Tells of Ada as other systems do; `at` is since when, `now` when it comes."""

    async def tell(at, now, **attributes):
        async with shop.database.transaction() as connection:
            person = Person("ada", attributes, at=at)
            assert await take(connection, shop.plans, [person], source="till", now=now) == []

    return tell


@pytest.fixture
def kept(shop):
    """Ada's tier, with its history by date."""

    async def read():
        async with shop.database.connection() as connection:
            row = await (
                await connection.execute("select attributes from contacts where id = 'ada'")
            ).fetchone()
            lines = await connection.execute(
                "select value, at, in_force from attribute_history where attribute = 'tier' order by at"
            )
            history = [(each["value"], each["at"], each["in_force"]) for each in await lines.fetchall()]
        return row["attributes"].get("tier"), history

    return read


async def known(shop, at):
    async with shop.database.connection() as connection:
        return (await known_at(connection, shop.plans, "ada", at)).facts.attributes["tier"]


async def test_an_older_fact_is_kept_at_its_date_and_the_newer_value_stays(shop, told, kept):
    await shop.publish()
    await told(None, NOON, tier="bronze")
    await told(NOON - 10 * DAY, NOON + DAY, tier="silver")
    assert await kept() == ("bronze", [("silver", NOON - 10 * DAY, False), ("bronze", NOON, True)])


async def test_a_newer_fact_is_the_value_at_its_own_date(shop, told, kept):
    await shop.publish()
    await told(NOON - 10 * DAY, NOON, tier="bronze")
    await told(NOON - 5 * DAY, NOON + DAY, tier="silver")
    assert await kept() == ("silver", [("bronze", NOON - 10 * DAY, True), ("silver", NOON - 5 * DAY, True)])


async def test_what_was_known_then_is_not_rewritten_by_what_comes_late(shop, told):
    """Neither by a fact that is only history, nor by one that becomes the value: it was not known."""
    await shop.publish()
    await told(None, NOON, tier="bronze")
    await told(NOON - 10 * DAY, NOON + DAY, tier="silver")
    assert await known(shop, NOON + timedelta(hours=1)) == "bronze"
    assert await known(shop, NOON + 2 * DAY) == "bronze"
    await told(NOON + timedelta(minutes=30), NOON + 3 * DAY, tier="gold")
    assert await known(shop, NOON + 2 * DAY) == "bronze"
    assert await known(shop, NOON + 4 * DAY) == "gold"


async def test_a_late_fact_raises_no_event_and_told_twice_is_one(shop, told, kept):
    await shop.publish()
    await told(None, NOON, tier="bronze")
    await told(NOON - DAY, NOON + DAY, tier="silver")
    await told(NOON - DAY, NOON + DAY, tier="silver")
    assert await shop.rows("select 1 from events where name = 'contact.changed'") == []
    assert await kept() == ("bronze", [("silver", NOON - DAY, False), ("bronze", NOON, True)])


async def test_a_value_that_is_said_again_is_known_since_then(shop, told, kept):
    """So that it is not taken for stale."""
    await shop.publish()
    await told(NOON - 10 * DAY, NOON - 10 * DAY, tier="bronze")
    await told(NOON, NOON, tier="bronze")
    assert await kept() == ("bronze", [("bronze", NOON - 10 * DAY, True), ("bronze", NOON, True)])


async def test_of_several_facts_that_come_together_the_newest_is_the_value(shop, kept):
    await shop.publish()
    people = [
        Person("ada", {"tier": name}, at=NOON - days * DAY)
        for name, days in (("bronze", 1), ("silver", 9), ("gold", 4))
    ]
    async with shop.database.transaction() as connection:
        assert await take(connection, shop.plans, people, source="till", now=NOON) == []
    value, history = await kept()
    assert value == "bronze"
    assert [(name, there) for name, _, there in history] == [
        ("silver", False),
        ("gold", False),
        ("bronze", True),
    ]
