"""A soft opt-in rests on a sale to that very person, or it is none (CPCE, article L34-5)."""

from datetime import timedelta

import pytest

from engine.contact_input import Person, Said, take
from engine.imports.applying import By, import_people
from engine.imports.mapping import Mapping
from engine.imports.staging import Source
from engine.publish import publish
from engine.sales import NoSale
from engine.statements import Statement
from engine.subscriptions import record
from tests.engine.conftest import CATALOG, NOON, write_project

OFFERS = """
  offers: { title: Similar, class: marketing, channels: [email], default: soft_opt_in, sale: order.placed }
senders:"""
YESTERDAY = NOON - timedelta(days=1)
SOFT = Said("offers", "email", "granted", "soft_opt_in", "optin_v3", {"form": "checkout"})


@pytest.fixture
async def sells(shop):
    """A shop that writes to its customers about similar products; Ada and Bob have an account each."""
    write_project(shop.folder, {})
    (shop.folder / "scenarios/catalog.yaml").write_text(CATALOG.replace("\nsenders:", OFFERS, 1))
    await publish(shop.database, shop.folder, author="tests", now=NOON)
    await shop.person("ada", consent=())
    await shop.person("bob", consent=())
    return shop


async def say(shop, *, topic="offers", at=NOON, contact="ada"):
    said = Statement(contact, topic, "email", "granted", at, "soft_opt_in", proof={"form": "checkout"})
    await record(shop.database, shop.plans, [said], source="shop", now=NOON)


async def told(shop, *persons):
    async with shop.database.transaction() as connection:
        return await take(connection, shop.plans, persons, source="shop", now=NOON)


async def test_who_bought_something_may_be_told_of_similar_things_and_the_proof_names_the_sale(sells):
    await sells.send("order.placed", id_="o1", at=YESTERDAY - timedelta(days=9))
    await sells.send("order.placed", id_="o2", at=YESTERDAY)
    await say(sells)
    (line,) = await sells.rows("select state, basis, proof from consents")
    assert (line["state"], line["basis"]) == ("granted", "soft_opt_in")
    assert line["proof"]["form"] == "checkout"
    sale = line["proof"]["sale"]
    assert (sale["event"], sale["source"], sale["id"]) == ("order.placed", "shop", "o2")


async def test_the_box_may_be_read_shortly_before_the_order_is_paid(sells):
    await sells.send("order.placed", id_="o1", at=NOON + timedelta(minutes=5))
    await say(sells)
    assert len(await sells.rows("select 1 from consents")) == 1


async def test_an_account_a_sale_to_somebody_else_and_a_sale_of_years_later_are_none(sells):
    await sells.send("contact.subscribed", list="account", at=YESTERDAY)
    await sells.send("order.placed", "bob", at=YESTERDAY)
    with pytest.raises(
        NoSale, match=r"this person has no order\.placed up to 2027-02-15: send the order first"
    ):
        await say(sells)
    with pytest.raises(NoSale, match="up to 2024"):
        await say(sells, contact="bob", at=NOON.replace(year=2024))
    assert await sells.rows("select 1 from consents") == []


async def test_a_topic_without_a_sale_takes_no_soft_opt_in(sells):
    await sells.send("order.placed", at=YESTERDAY)
    with pytest.raises(NoSale, match="declare `default: soft_opt_in` and its `sale`"):
        await say(sells, topic="newsletter")


async def test_other_systems_are_told_which_of_their_people_it_is_and_where(sells):
    await sells.send("order.placed", "bob", at=YESTERDAY)
    (error,) = await told(sells, Person("bob", consents=[SOFT]), Person("ada", consents=[SOFT]))
    assert (error.index, error.code, error.pointer) == (1, "no_sale", "/consents/0/basis")
    assert [row["contact_id"] for row in await sells.rows("select contact_id from consents")] == ["bob"]


async def test_a_nightly_repetition_asks_for_the_sale_once(sells):
    """Events are deleted after their time; the ledger keeps what it rested on."""
    await sells.send("order.placed", "bob", at=YESTERDAY)
    assert await told(sells, Person("bob", consents=[SOFT])) == []
    await sells.rows("delete from events where name = 'order.placed' returning 1")
    assert await told(sells, Person("bob", consents=[SOFT])) == []
    assert len(await sells.rows("select 1 from consents")) == 1


async def test_a_file_is_held_to_the_same(sells, tmp_path):
    await sells.send("order.placed", "bob", at=YESTERDAY)
    file = tmp_path / "people.csv"
    file.write_text("id,offers\nada,yes\nbob,yes\n")
    target = {"consent": "offers.email", "granted": ["yes"], "text": "optin_v3", "basis": "soft_opt_in"}
    mapping = Mapping.model_validate({"columns": {"offers": target}})
    catalog = (await sells.plans.world()).catalog
    by = By("tests", "till")
    done = await import_people(sells.database, sells.plans, Source(file, mapping, catalog), by, now=NOON)
    assert [(each.line, each.column) for each in done.rejects] == [(2, "/consents/0/basis")]
    assert "send the order first" in done.rejects[0].reason
    assert [row["contact_id"] for row in await sells.rows("select contact_id from consents")] == ["bob"]
