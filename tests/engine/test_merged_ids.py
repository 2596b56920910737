"""Whoever still has the id of somebody who was merged comes to whom they were merged into."""

from datetime import timedelta

import pytest

from engine.confirmation import confirm
from engine.contact_input import Person, Said, take
from engine.contact_view import view
from engine.explain import explain
from engine.people import Profile, upsert_within
from engine.preferring import prefer
from engine.rights.archive import archive_of
from engine.subscriptions import withdraw
from tests.engine.merged_people import both, join


@pytest.fixture
async def merged(shop, noon, days):
    """Bob was merged into Ada."""
    await both(shop, noon)
    await join(shop, "ada", "bob", days(1))
    return shop


async def test_what_other_systems_tell_of_the_old_id_is_told_of_the_person(merged, days):
    person = Person(
        "bob",
        {"points": 50},
        {"loyalty_card": "L1"},
        (Said("newsletter", "sms", "withdrawn"),),
    )
    async with merged.database.transaction() as connection:
        assert await take(connection, merged.plans, [person], source="crm", now=days(2)) == []
    (ada,) = await merged.rows("select attributes, id from contacts where merged_into is null")
    assert (ada["id"], ada["attributes"]["points"]) == ("ada", 50)
    assert await merged.rows("select contact_id from identities") == [{"contact_id": "ada"}]
    said = await merged.rows("select contact_id from consents where state = 'withdrawn'")
    assert said == [{"contact_id": "ada"}]


async def test_links_in_old_messages_act_on_the_person(merged, days):
    about = (merged.database, merged.plans, "bob")
    assert await withdraw(*about, "newsletter", "email", source="unsubscribe link", now=days(2)) == 1
    assert await prefer(*about, {"days_per_message": 7}, source="page", now=days(2))
    assert await confirm(merged.database, "bob", "newsletter", source="page", now=days(2))
    (ada,) = await merged.rows("select attributes from contacts where id = 'ada'")
    assert ada["attributes"]["days_per_message"] == 7
    told = await merged.rows("select contact_id from events where name = 'consent.confirmed'")
    assert told == [{"contact_id": "ada"}]


async def test_why_and_the_view_of_the_old_id_are_those_of_the_person(merged, days):
    async with merged.database.connection() as connection:
        told = await explain(connection, merged.plans, "bob", days(2))
        seen = await view(connection, merged.plans, "bob", days(2))
    assert (told.contact, seen.id) == ("ada", "ada")
    assert [(row["loser_id"], row["winner_id"]) for row in seen.merges] == [("bob", "ada")]


async def test_the_archive_has_what_came_from_the_old_id_and_the_merge(merged, days):
    async with merged.database.transaction() as connection:
        found = await archive_of(connection, merged.plans, "bob", days(2))
    assert found.contact_id == "ada"
    assert {row["contact_id"] for row in found.records["consents"]} == {"ada", "bob"}
    assert {row["value"] for row in found.records["attribute_history"]} >= {
        "bob@example.com",
        "ada@example.com",
    }
    assert len(found.records["merges"]) == 1


async def test_an_api_call_at_the_moment_of_the_merge_is_told_to_come_again(shop, noon, days):
    await both(shop, noon)
    later = noon + timedelta(days=2)
    async with shop.database.transaction() as connection:
        await join(shop, "ada", "bob", days(1))
        result = await upsert_within(
            connection, shop.plans, [Profile("bob", {"points": 1})], source="t", now=later
        )
    assert [error.message for error in result.errors] == [
        "this person was merged with another at this very moment: send it again"
    ]
