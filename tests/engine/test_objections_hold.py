"""Who objected is left alone until they themselves agree anew, whatever other systems go on telling."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.contact_input import Person, Said, take
from engine.publish import publish
from engine.statements import Statement
from engine.subscriptions import record, withdraw
from store import contacts
from tests.engine.conftest import CATALOG, NOON, write_project
from tests.engine.scenarios import scenario

TOPICS = """
  offers: { title: Similar, class: marketing, channels: [email], default: soft_opt_in, sale: order.placed }
  fairs: { title: Fairs, class: marketing, channels: [email], default: opt_out }
senders:"""
LATER = NOON + timedelta(days=1)
SALE = Said("offers", "email", "granted", "soft_opt_in", proof={"form": "checkout"}, at=LATER)
INTEREST = Said("fairs", "email", "granted", "legitimate_interest", at=LATER)
AGREED = Said("offers", "email", "granted", text="optin_v3", at=LATER)


@pytest.fixture
async def objected(shop):
    """A shop at which Ada bought yesterday and today, and objected to everything in between."""
    write_project(shop.folder, {})
    (shop.folder / "scenarios/catalog.yaml").write_text(CATALOG.replace("\nsenders:", TOPICS, 1))
    await publish(shop.database, shop.folder, author="tests", now=NOON)
    await shop.person("ada", consent=(), is_professional=True)
    await shop.send("order.placed", id_="o1", at=NOON - timedelta(days=1))
    await withdraw(shop.database, shop.plans, "ada", None, None, source="unsubscribe link", now=NOON)
    await shop.send("order.placed", id_="o2", at=LATER)
    return shop


async def told(shop, said, now=LATER):
    async with shop.database.transaction() as connection:
        return await take(connection, shop.plans, [Person("ada", {}, {}, [said])], source="shop", now=now)


async def states(shop, topic):
    rows = await shop.rows("select state, topic from consents order by id")
    return [row["state"] for row in rows if row["topic"] == topic]


@pytest.mark.parametrize("said", [SALE, INTEREST])
async def test_neither_a_sale_nor_an_interest_brings_back_who_objected(objected, said):
    (error,) = await told(objected, said)
    assert (error.code, error.pointer) == ("withdrawn", "/consents/0/basis")
    assert "only a consent of theirs brings it back" in error.message
    assert (await states(objected, said.topic))[-1] == "withdrawn"


async def test_a_sale_that_is_recorded_by_ourselves_does_not_either(objected):
    sale = Statement("ada", "offers", "email", "granted", LATER, "soft_opt_in", proof={"form": "checkout"})
    await record(objected.database, objected.plans, [sale], source="shop", now=LATER)
    assert (await states(objected, "offers"))[-1] == "withdrawn"


async def test_a_consent_of_theirs_does(objected):
    assert await told(objected, AGREED) == []
    assert (await states(objected, "offers"))[-1] == "granted"


async def test_a_list_without_dates_loses_to_an_objection_that_is_being_written(objected):
    """Both wait for the same person: the objection was first, and the list is older than it."""
    await told(objected, AGREED)
    undated = Said("offers", "email", "granted", text="optin_v3")
    database, plans = objected.database, objected.plans
    async with database.transaction() as busy:
        await contacts.lock(busy, ["ada"])
        at = LATER + timedelta(hours=1)
        leaving = asyncio.create_task(
            withdraw(database, plans, "ada", "offers", "email", source="unsubscribe link", now=at)
        )
        await asyncio.sleep(0.3)
        sync = asyncio.create_task(told(objected, undated, at + timedelta(seconds=1)))
        await asyncio.sleep(0.3)
    await leaving
    (error,) = await sync
    assert (error.code, error.pointer) == ("withdrawn", "/consents/0/at")
    assert (await states(objected, "offers"))[-1] == "withdrawn"


LATE = "  letters: { title: Letters, class: marketing, channels: [email], default: opt_out }\nsenders:"
LETTER = scenario("letter", "- email: m1", entry="always").replace("topic: newsletter", "topic: letters")


async def with_a_new_topic(shop):
    """The brand begins to write about something else, which professionals get until they object."""
    catalog = CATALOG.replace("\nsenders:", TOPICS, 1).replace("senders:", LATE, 1)
    await shop.publish(letter=LETTER, catalog=catalog, now=LATER)
    await shop.person("bob", consent=(), is_professional=True)


async def planned(shop, *people):
    for each in people:
        await shop.happens("contact.subscribed", each, at=LATER)
    return {each for each in people if await shop.messages(each)}


async def test_who_left_everything_has_left_what_is_written_about_later(objected):
    await with_a_new_topic(objected)
    assert await planned(objected, "ada", "bob") == {"bob"}


async def test_who_left_everything_is_not_signed_up_for_it_by_an_interest(objected):
    await with_a_new_topic(objected)
    (error,) = await told(objected, replace(INTEREST, topic="letters"))
    assert error.code == "withdrawn"


async def test_who_agrees_to_it_themselves_gets_it(objected):
    await with_a_new_topic(objected)
    assert await told(objected, replace(AGREED, topic="letters")) == []
    assert await planned(objected, "ada") == {"ada"}
