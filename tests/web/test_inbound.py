"""Requests of other systems: signed, each item once and whole, its person found, refused with its place."""

import base64
import hmac
import json
from datetime import timedelta

import pytest

from tests.web.conftest import NOW, SHOP_SECRET

ORDER = {
    "id": 450789469,
    "name": "#1001",
    "financial_status": "paid",
    "processed_at": "2026-12-01T09:30:00+01:00",
    "source_name": "pos",
    "total_price": "85.00",
    "customer": {"id": 207119551, "email": "zoe@example.com"},
    "shipping_address": {"zip": "75011"},
    "line_items": [{"sku": "POT-20", "quantity": 2, "title": "Pot"}],
}
CUSTOMER = {
    "id": 300,
    "state": "enabled",
    "updated_at": "2026-11-30 18:00:00",
    "email": "New@Example.com",
    "first_name": "Nour",
    "locale": "fr-FR",
    "marketing": {"state": "subscribed", "updated_at": "2026-11-30T18:00:00+01:00"},
}


@pytest.fixture
def shop(client):
    """Posts a request as the shop does."""

    async def post(content, secret=SHOP_SECRET):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        digest = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
        return await client.post("/webhooks/in/shop", content=body, headers={"X-Shop-Hmac-Sha256": digest})

    return post


async def test_an_order_becomes_an_event_of_who_has_the_address(shop, rows):
    """With the catalog's types, the translations, and what it tells of the person."""
    answer = await shop(ORDER)
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 1
    (event,) = await rows("select contact_id, name, at, properties from events where source = 'webhook/shop'")
    assert (event["contact_id"], event["name"], event["at"]) == (
        "c_zoe",
        "order.placed",
        NOW - timedelta(minutes=30),
    )
    assert event["properties"] == {
        "order_id": "#1001",
        "total": 85.0,
        "channel": "store",
        "items": [{"sku": "POT-20", "qty": 2}],
    }
    (zoe,) = await rows("select attributes ->> 'postcode' as postcode from contacts where id = 'c_zoe'")
    assert zoe["postcode"] == "75011"
    assert await rows("select kind, value from identities where contact_id = 'c_zoe'") == [
        {"kind": "shop", "value": "207119551"}
    ]


async def test_whoever_is_known_by_their_id_elsewhere_is_found_by_it(shop, rows):
    """Even once their address there is another."""
    await shop(ORDER)
    moved = {**ORDER, "id": 2, "customer": {"id": 207119551, "email": "zoe@elsewhere.example"}}
    assert (await shop(moved)).json()["accepted"] == 1
    assert await rows("select distinct contact_id from events where source = 'webhook/shop'") == [
        {"contact_id": "c_zoe"}
    ]


async def test_somebody_new_comes_into_being_where_a_mapping_tells_of_them(shop, rows):
    """With their consent, and its proof."""
    answer = await shop(CUSTOMER)
    assert answer.json()["accepted"] == 1, answer.text
    (person,) = await rows("select email, locale from contacts where id = 'shop_300'")
    assert person == {"email": "New@example.com", "locale": "fr"}
    (consent,) = await rows(
        "select state, at, text_version, proof from consents where contact_id = 'shop_300'"
    )
    assert (consent["state"], consent["text_version"]) == ("granted", "optin_v3")
    assert consent["proof"] == {"source": "shop", "mapping": "customer"}


async def test_an_order_of_nobody_known_is_refused_and_may_come_again(shop, rows):
    """Nothing of it is kept, so that it counts once they are known."""
    strange = {**ORDER, "customer": {"id": 300, "email": "new@example.com"}}
    answer = (await shop(strange)).json()
    assert (answer["refused"], answer["items"][0]["status"]) == (1, "refused")
    assert "import them first" in answer["items"][0]["detail"]
    await shop(CUSTOMER)
    assert (await shop(strange)).json()["accepted"] == 1


async def test_a_list_is_taken_item_by_item(shop, rows):
    """A bad one is refused with its place and the remedy; it changes nothing, and the others are in."""
    bad = {
        **ORDER,
        "id": 2,
        "line_items": [{"sku": "A", "quantity": "two"}],
        "shipping_address": {"zip": "1"},
    }
    other = {**ORDER, "id": 3, "financial_status": "refunded"}
    answer = (await shop([bad, ORDER, other, ORDER])).json()
    assert [each["status"] for each in answer["items"]] == ["refused", "accepted", "ignored", "duplicate"]
    refused = answer["items"][0]
    assert refused["pointer"] == "/0/line_items/0/quantity"
    assert refused["detail"] == "expected a number, got 'two'"
    (zoe,) = await rows("select attributes ->> 'postcode' as postcode from contacts where id = 'c_zoe'")
    assert zoe["postcode"] == "75011"


@pytest.mark.parametrize(
    ("change", "pointer", "said"),
    [
        ({"id": None}, "/id", "is missing"),
        ({"processed_at": "yesterday"}, "/processed_at", "expected an instant"),
        ({"processed_at": "2027-12-01T09:30:00Z"}, "/processed_at", "more than a day in the future"),
        ({"processed_at": "0001-01-01T00:00:00Z"}, "/processed_at", "expected an instant"),
        ({"customer": None}, "", "does not say whose it is"),
        ({"customer": {"email": "zoe"}}, "/customer/email", "not an email address"),
        ({"customer": [1]}, "/customer", "is a list"),
        ({"total_price": {"amount": "x"}}, "/total_price", "expected an amount"),
        ({"name": "a\x00b"}, "/name", "NUL"),
        ({"id": "x" * 300}, "/id", "200 characters"),
        ({"line_items": {"sku": "a"}}, "/line_items", "is no list"),
        ({"line_items": ["a"]}, "/line_items/0", "is no object"),
    ],
)
async def test_what_cannot_be_read_is_told_with_its_place(shop, rows, change, pointer, said):
    """And leaves nothing behind, not even half."""
    (item,) = (await shop({**ORDER, **change})).json()["items"]
    assert (item["status"], item["pointer"]) == ("refused", pointer)
    assert said in item["detail"]
    assert await rows("select 1 from events where source = 'webhook/shop'") == []
    assert await rows("select 1 from inbound_items") == []
    assert await rows("select 1 from identities") == []


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 5000, b"null"])
async def test_what_is_no_json_is_told(shop, body):
    """Although it is signed."""
    answer = await shop(body)
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.json()["detail"]


async def test_two_secrets_hold_while_one_follows_the_other(shop, services):
    """Both stand in the variable, comma-separated."""
    services.sources.environment["SHOP_WEBHOOK_SECRET"] = "old, new"
    for secret, status in (("old", 202), ("new", 202), ("old, new", 403)):
        assert (await shop(ORDER, secret)).status_code == status


async def test_without_its_secret_nothing_gets_in(shop, services):
    """The variable is named."""
    services.sources.environment.clear()
    answer = await shop(ORDER)
    assert answer.status_code == 403
    assert "SHOP_WEBHOOK_SECRET is not set" in answer.json()["detail"]


async def test_a_source_that_there_is_not_is_not_found(client):
    """Whatever is sent to it."""
    assert (await client.post("/webhooks/in/nobody", content=b"{}")).status_code == 404
