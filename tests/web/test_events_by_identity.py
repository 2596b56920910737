"""Events whose sender knows an address or a card, and not our id."""

import logging

import pytest

from engine.merging import merge
from engine.people import Profile, upsert
from tests.web.conftest import NOW
from tests.web.test_events_api import problem

EVENT = {"id": "o-1", "name": "order.placed", "at": "2026-12-01T08:00:00+01:00", "with": {"total": 40}}


@pytest.fixture
async def known(api):
    """Zoé has a loyalty card and a phone app, Tom a card of his own."""
    await api.put("/v1/contacts/c_zoe", json={"identities": {"loyalty_card": "0042", "device": "d-1"}})
    await api.put("/v1/contacts/c_tom", json={"identities": {"loyalty_card": "0043"}})
    return api


async def whose(rows):
    found = await rows(
        "select id, contact_id from events where source = 'api/tests' and name = 'order.placed'"
    )
    return {row["id"]: row["contact_id"] for row in found}


@pytest.mark.parametrize(
    "identities",
    [
        {"email": "ZOE@Example.com"},
        {"phone": "+33 6 39 98 00 01"},
        {"loyalty_card": "0042"},
        {"device": "d-1", "email": "zoe@example.com"},
        {"device": "a new one", "loyalty_card": "0042"},
    ],
)
async def test_an_event_is_of_whom_its_identities_lead_to(known, rows, identities):
    """By address in any spelling, by an id of another system; what nobody has says nothing beside another."""
    answer = await known.post("/v1/events", json={**EVENT, "identities": identities})
    assert answer.status_code == 202, answer.text
    assert await whose(rows) == {"o-1": "c_zoe"}


async def test_an_id_of_ours_and_an_identity_agree_or_the_event_is_refused(known, rows):
    """Two that name different people are a conflict, which says the kinds and no value."""
    both = {**EVENT, "contact": "c_zoe", "identities": {"loyalty_card": "0042"}}
    assert (await known.post("/v1/events", json=both)).status_code == 202
    wrong = {**EVENT, "id": "o-2", "contact": "c_tom", "identities": {"loyalty_card": "0042"}}
    told = problem(await known.post("/v1/events", json=wrong), 409, "identities-differ")
    assert "`contact` and `loyalty_card` lead to different people" in told["detail"]
    cards = {**EVENT, "id": "o-3", "identities": {"loyalty_card": "0043", "email": "zoe@example.com"}}
    told = problem(await known.post("/v1/events", json=cards), 409, "identities-differ")
    assert "zoe" not in str(told)
    assert await whose(rows) == {"o-1": "c_zoe"}


async def test_an_identity_that_nobody_has_is_refused_by_its_kind(known, rows, caplog):
    """The remedy is said; what was given is neither repeated nor logged."""
    caplog.set_level(logging.DEBUG)
    given = {**EVENT, "identities": {"email": "secret.person@example.com"}}
    told = problem(await known.post("/v1/events", json=given), 404, "unknown-identity")
    assert "nobody has this `email`" in told["detail"]
    assert "PUT /v1/contacts" in told["detail"]
    assert "secret.person" not in str(told) + caplog.text
    bad = {**EVENT, "identities": {"phone": "06 39 98 00 01"}}
    told = problem(await known.post("/v1/events", json=bad), 422, "bad-identity")
    assert "+33639980001" in told["detail"]
    assert await whose(rows) == {}


async def test_an_address_of_several_people_needs_another_identity(known, services, rows):
    """A box that two share names nobody alone; with the card of one it is clear."""
    shared = [
        Profile("c_zoe", {"email": "family@example.com"}),
        Profile("c_tom", {"email": "family@example.com"}),
    ]
    await upsert(services.database, services.plans, shared, source="tests", now=NOW)
    alone = {**EVENT, "identities": {"email": "family@example.com"}}
    problem(await known.post("/v1/events", json=alone), 409, "shared-identity")
    with_card = {**EVENT, "identities": {"email": "family@example.com", "loyalty_card": "0043"}}
    assert (await known.post("/v1/events", json=with_card)).status_code == 202
    assert await whose(rows) == {"o-1": "c_tom"}


async def test_in_a_list_each_finds_its_own_person(known, rows):
    """Ids and identities side by side; who is not found is refused alone."""
    batch = [
        {**EVENT, "id": "a", "contact": "c_tom"},
        {**EVENT, "id": "b", "identities": {"loyalty_card": "0042"}},
        {**EVENT, "id": "c", "identities": {"loyalty_card": "9999"}},
        {**EVENT, "id": "d"},
        {"id": "e", "name": "product.price_changed", "with": {"sku": "x"}, "identities": {"device": "d-1"}},
    ]
    told = (await known.post("/v1/events", json=batch)).json()
    assert told["accepted"] == 2
    codes = [(each["index"], each["code"]) for each in told["errors"]]
    assert codes == [(2, "unknown_identity"), (3, "no_contact"), (4, "about_an_object")]
    assert await whose(rows) == {"a": "c_tom", "b": "c_zoe"}


async def test_after_a_merge_all_that_either_had_leads_to_who_stayed(known, services, rows):
    """The card of the other, and the address that the winner's own replaced."""
    await merge(services.database, services.plans, "c_zoe", "c_tom", actor="tests", now=NOW)
    batch = [
        {**EVENT, "id": "card", "identities": {"loyalty_card": "0043"}},
        {**EVENT, "id": "mail", "identities": {"email": "TOM@example.com"}},
        {**EVENT, "id": "both", "contact": "c_tom", "identities": {"email": "zoe@example.com"}},
    ]
    assert (await known.post("/v1/events", json=batch)).json()["errors"] == []
    assert await whose(rows) == dict.fromkeys(("card", "mail", "both"), "c_zoe")


async def test_sent_again_an_event_counts_once_though_its_person_has_another_address(known, services, rows):
    """Sending the same request twice stays harmless."""
    given = {**EVENT, "identities": {"email": "zoe@example.com"}}
    await known.post("/v1/events", json=given)
    moved = [Profile("c_zoe", {"email": "zoe@elsewhere.example"})]
    await upsert(services.database, services.plans, moved, source="tests", now=NOW)
    assert (await known.post("/v1/events", json=given)).json()["duplicates"] == 1
    assert await whose(rows) == {"o-1": "c_zoe"}
