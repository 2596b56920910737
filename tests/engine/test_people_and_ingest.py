"""The base and the one door: what comes in is checked, counted once, and leaves nothing half done."""

import asyncio
from datetime import timedelta

import pytest

from engine.ingest import Incoming, ingest
from engine.people import Profile, upsert
from tests.engine.scenarios import scenario

WELCOME = scenario("welcome", "- email: m1")


async def test_changes_of_attributes_keep_their_history_and_raise_events(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada", tier="bronze")
    await upsert(
        shop.database, shop.plans, [Profile("ada", {"tier": "gold", "points": 12})], source="shop", now=noon
    )
    await upsert(shop.database, shop.plans, [Profile("ada", {"tier": "gold"})], source="shop", now=noon)
    history = await shop.rows(
        "select attribute, value, source from attribute_history where attribute = 'tier' order by at"
    )
    assert [(row["value"], row["source"]) for row in history] == [("bronze", "tests"), ("gold", "shop")]
    events = await shop.rows("select name, properties from events where name like 'contact.%%' order by seq")
    assert [row["name"] for row in events] == ["contact.created", "contact.changed", "contact.changed"]
    assert events[1]["properties"] == {
        "attribute": "tier",
        "before": "bronze",
        "after": "gold",
        "source": "shop",
    }


async def test_a_bad_profile_is_refused_whole_and_the_others_are_kept(shop, noon):
    await shop.publish(welcome=WELCOME)
    result = await upsert(
        shop.database,
        shop.plans,
        [
            Profile("ada", {"email": "Ada@Example.com", "phone": "06 39 98 00 01", "country": "FR"}),
            Profile("bob", {"email": "not an address"}),
            Profile("cyd", {"teir": "gold"}),
            Profile("dan", {"tier": "platinum"}),
        ],
        source="shop",
        now=noon,
    )
    assert result.created == 1
    assert [(error.index, error.attribute) for error in result.errors] == [
        (1, "email"),
        (2, "teir"),
        (3, "tier"),
    ]
    assert "did you mean `tier`" in result.errors[1].message
    assert "not an address" not in result.errors[0].message, "no personal data in messages"
    rows = await shop.rows("select id, email, phone from contacts")
    assert rows == [{"id": "ada", "email": "Ada@example.com", "phone": "+33639980001"}]


async def test_the_same_event_counts_once_whoever_sends_it_again(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    event = Incoming("o1", "contact.subscribed", "ada", noon, {"list": "newsletter"})
    results = await asyncio.gather(
        *(ingest(shop.database, shop.plans, [event, event], source="shop", now=noon) for _ in range(4))
    )
    assert sum(result.accepted for result in results) == 1
    assert sum(result.duplicates for result in results) == 7
    other = await ingest(shop.database, shop.plans, [event], source="store", now=noon)
    assert other.accepted == 1, "ids are each source's own"


async def test_concurrent_batches_with_the_same_ids_in_other_orders_do_not_block_each_other(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    events = [Incoming(f"o{n}", "contact.subscribed", "ada", noon, {}) for n in range(200)]
    results = await asyncio.gather(
        ingest(shop.database, shop.plans, events, source="shop", now=noon),
        ingest(shop.database, shop.plans, events[::-1], source="shop", now=noon),
    )
    assert sum(result.accepted for result in results) == 200


async def test_each_bad_event_says_what_to_do_and_the_good_ones_are_kept(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    incoming = [
        Incoming("1", "order.placed", "ada", noon, {"order_id": "o1", "total": 12.5}),
        Incoming("2", "order.placed", "nobody", noon, {}),
        Incoming("3", "order.plaecd", "ada", noon, {}),
        Incoming("4", "order.placed", "ada", noon, {"totl": 3}),
        Incoming("5", "order.placed", "ada", noon, {"total": "twelve"}),
        Incoming("6", "message.sent", "ada", noon, {}),
        Incoming("7", "order.placed", "ada", noon + timedelta(days=3), {}),
        Incoming("8", "order.placed", None, noon, {}),
        Incoming("9", "product.price_changed", None, noon, {"sku": "fern", "price": 3}),
        Incoming("10", "product.price_changed", "ada", noon, {"sku": "fern"}),
    ]
    result = await ingest(shop.database, shop.plans, incoming, source="shop", now=noon)
    assert result.accepted == 2
    assert [(error.index, error.code) for error in result.errors] == [
        (1, "unknown_contact"),
        (2, "unknown_event"),
        (3, "unknown_property"),
        (4, "bad_property"),
        (5, "built_in_event"),
        (6, "in_the_future"),
        (7, "no_contact"),
        (9, "about_an_object"),
    ]
    assert "PUT /v1/contacts" in result.errors[0].message
    assert "did you mean `order.placed`" in result.errors[1].message
    assert "did you mean `total`" in result.errors[2].message


async def test_events_keep_the_order_of_their_arrival(shop, noon):
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    incoming = [Incoming(str(n), "order.placed", "ada", noon, {"order_id": str(n)}) for n in (3, 1, 2)]
    await ingest(shop.database, shop.plans, incoming, source="shop", now=noon)
    rows = await shop.rows("select id from events where name = 'order.placed' order by seq")
    assert [row["id"] for row in rows] == ["3", "1", "2"]


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"order_id": "o\x001"}, "NUL"),
        ({"order_id": "\ud83d"}, "surrogate"),
        ({"total": float("nan")}, "finite"),
        ({"total": 1e308}, "15 digits"),
        ({"total": {"amount": "Infinity", "currency": "EUR"}}, "finite"),
        ({"total": {"amount": 3, "currency": "euros"}}, "expected an amount"),
        ({"items": [{"sku": "fern", "colour": "red"}]}, "`0.colour` is not declared"),
    ],
)
async def test_what_could_not_be_kept_or_is_not_declared_is_refused_at_the_door(shop, noon, properties, said):
    """Whoever sends it: files and commands do not pass by the API's own checks."""
    await shop.publish(welcome=WELCOME)
    await shop.person("ada")
    event = Incoming("o1", "order.placed", "ada", noon, properties)
    result = await ingest(shop.database, shop.plans, [event], source="shop", now=noon)
    assert result.accepted == 0
    assert said in result.errors[0].message


@pytest.mark.parametrize(
    "id_", ["", "q\nr", "a\x00", "x/why", "x/timeline", "x/merge", "../x", "a/./b", "x" * 201]
)
async def test_nobody_gets_an_id_at_whose_address_they_would_not_be_found(shop, noon, id_):
    """Ids are parts of addresses: of the API, where people are asked about and erased, and of the studio."""
    await shop.publish(welcome=WELCOME)
    result = await upsert(shop.database, shop.plans, [Profile(id_, {})], source="shop", now=noon)
    assert [(error.attribute, result.created) for error in result.errors] == [("id", 0)]


@pytest.mark.parametrize("id_", ["why", "a/whyever", "Zoé/é", "a/b/c", "..x", "émile 7"])
async def test_any_other_id_is_taken(shop, noon, id_):
    await shop.publish(welcome=WELCOME)
    result = await upsert(shop.database, shop.plans, [Profile(id_, {})], source="shop", now=noon)
    assert (result.created, result.errors) == (1, ())
