"""People over the API: attributes, ids elsewhere, consents with proof, erasure."""

from datetime import datetime
from urllib.parse import quote, unquote

ATTRIBUTES = {"email": "Lea@Example.com", "phone": "06 39 98 00 02", "country": "FR", "points": 12}
CONSENT = {
    "topic": "newsletter",
    "channel": "email",
    "state": "granted",
    "text": "optin_v3",
    "proof": {"page": "/inscription"},
    "at": "2026-11-30T10:00:00+01:00",
}


async def test_put_creates_a_person_whole(api, rows):
    """Attributes are brought to one spelling; the consent is in the ledger with its proof."""
    body = {"attributes": ATTRIBUTES, "identities": {"card": "77"}, "consents": [CONSENT]}
    answer = await api.put("/v1/contacts/c_lea", json=body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["attributes"]["phone"] == "+33639980002"
    assert told["attributes"]["points"] == 12
    assert told["identities"] == {"card": "77"}
    assert told["consents"][0]["state"] == "granted"
    line = (await rows("select * from consents where contact_id = 'c_lea'"))[0]
    assert line["text_version"] == "optin_v3"
    assert line["proof"]["page"] == "/inscription"
    assert line["at"] == datetime.fromisoformat(CONSENT["at"])


async def test_put_leaves_alone_what_it_does_not_name(api):
    """A second PUT changes what it names; null clears."""
    await api.put("/v1/contacts/c_lea", json={"attributes": ATTRIBUTES})
    answer = await api.put("/v1/contacts/c_lea", json={"attributes": {"points": 20, "country": None}})
    held = answer.json()["attributes"]
    assert held["points"] == 20
    assert "country" not in held
    assert held["phone"] == "+33639980002"


async def test_a_bad_attribute_is_pointed_at_and_nothing_is_stored(api, rows):
    """The answer leads to the attribute and says what is expected."""
    answer = await api.put("/v1/contacts/c_lea", json={"attributes": {**ATTRIBUTES, "contry": "FR"}})
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["pointer"] == "/attributes/contry"
    assert "country" in error["detail"]
    assert await rows("select 1 from contacts where id = 'c_lea'") == []


async def test_an_unknown_topic_stores_nothing(api, rows):
    """A consent to what the catalog does not have refuses the person whole."""
    body = {"attributes": ATTRIBUTES, "consents": [{**CONSENT, "topic": "gossip"}]}
    answer = await api.put("/v1/contacts/c_lea", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/consents/0"
    assert await rows("select 1 from contacts where id = 'c_lea'") == []


async def test_an_identity_belongs_to_one_person(api):
    """An id elsewhere that another contact has is refused by name."""
    await api.put("/v1/contacts/c_lea", json={"identities": {"card": "77"}})
    answer = await api.put("/v1/contacts/c_max", json={"identities": {"card": "77"}})
    assert answer.status_code == 422
    assert "c_lea" in answer.json()["errors"][0]["detail"]


async def test_a_batch_takes_the_good_ones(api, rows):
    """In a batch one person's mistake is theirs alone."""
    batch = [
        {"id": "c_1", "attributes": {"email": "one@example.com"}, "consents": [CONSENT]},
        {"id": "c_2", "attributes": {"email": "not an address"}},
        {"id": "c_3", "consents": [{**CONSENT, "channel": "pigeon"}]},
    ]
    told = (await api.post("/v1/contacts", json=batch)).json()
    assert told["accepted"] == 1
    assert [(e["index"], e["code"]) for e in told["errors"]] == [(1, "bad_attribute"), (2, "unknown_topic")]
    assert [r["id"] for r in await rows("select id from contacts where id like 'c\\__' order by id")] == [
        "c_1"
    ]


async def test_an_unknown_person_is_a_problem(api):
    """GET and DELETE of nobody say how a person is created."""
    for answer in (await api.get("/v1/contacts/nobody"), await api.delete("/v1/contacts/nobody")):
        assert answer.status_code == 404
        assert "PUT /v1/contacts" in answer.json()["detail"]


async def test_erasing_forgets_the_person_and_keeps_the_hash(api, rows, services):
    """After DELETE nothing tells who it was, and the address is blocked by its hash alone."""
    await api.put("/v1/contacts/c_zoe", json={"identities": {"card": "77"}, "consents": [CONSENT]})
    event = {
        "id": "e1",
        "name": "order.placed",
        "contact": "c_zoe",
        "with": {"order_id": "SECRET-9", "total": 1},
    }
    await api.post("/v1/events", json=event)
    assert (await api.delete("/v1/contacts/c_zoe")).status_code == 204
    assert (await api.delete("/v1/contacts/c_zoe")).status_code == 204, "twice is fine"
    assert (await api.get("/v1/contacts/c_zoe")).status_code == 404
    tables = ("attribute_history", "identities", "events", "consents")
    whole = str(await rows("select * from contacts where id = 'c_zoe'"))
    whole += str(await rows("select * from suppressions"))
    for table in tables:
        whole += str(await rows(f"select * from {table} where contact_id = 'c_zoe'"))
    for secret in ("zoe@", "33639980001", "SECRET-9", "'77'", "Zoé"):
        assert secret not in whole
    hashes = {row["address_hash"] for row in await rows("select address_hash from suppressions")}
    assert hashes == {
        services.plans.addresses.hashes("email", "zoe@example.com")[0],
        services.plans.addresses.hashes("sms", "+33639980001")[0],
    }


async def test_a_run_needs_a_scenario_that_calls_start(api):
    """A scenario without an `api` trigger says what to give it; an unknown one is a 404."""
    answer = await api.post("/v1/scenarios/welcome/runs", json={"contact": "c_zoe"})
    assert answer.status_code == 422
    assert "api" in answer.json()["detail"]
    answer = await api.post("/v1/scenarios/nothing/runs", json={"contact": "c_zoe"})
    assert answer.status_code == 404
    assert "welcome" in answer.json()["detail"]


async def test_an_id_may_hold_any_sign(api):
    """Ids are the brand's: those with a slash, a percent sign or an accent are found again."""
    for id_ in ("fr/4711", "100%", "Zoé ?", "a/why/b"):
        await api.post("/v1/contacts", json=[{"id": id_, "attributes": {"first_name": "Ann"}}])
        there = quote(id_, safe="")
        assert (await api.get(f"/v1/contacts/{there}")).json()["id"] == id_
        assert (await api.get(f"/contacts/{there}")).status_code == 200
        assert (await api.delete(f"/v1/contacts/{there}")).status_code == 204


async def test_an_older_fact_does_not_overwrite_what_is_known(api):
    """It is kept at its date."""
    await api.put("/v1/contacts/c_zoe", json={"attributes": {"tier": "gold"}})
    old = {"attributes": {"tier": "silver"}, "as_of": "2025-01-01T00:00:00Z"}
    answer = await api.put("/v1/contacts/c_zoe", json=old)
    assert answer.json()["attributes"]["tier"] == "gold", answer.text


async def test_an_id_that_is_no_utf_8_is_refused(api, rows):
    """`Ren%E9` and `Ren%E8` are two people of a system that speaks Latin-1, and would be one of ours."""
    for id_ in ("Ren%E9", "Ren%E8"):
        answer = await api.put(f"/v1/contacts/{id_}", json={"attributes": ATTRIBUTES})
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:relance:problem:malformed-address")
    assert await rows("select 1 from contacts where id like 'Ren%%'") == []


async def test_an_id_that_nobody_can_have_creates_nobody(api, rows):
    """At its address somebody else would be found, or nobody: it could be neither read nor erased."""
    for id_ in ("%00", "q%0Ar", "c_lea/why", "c_lea/timeline"):
        answer = await api.put(f"/v1/contacts/{id_}", json={"attributes": ATTRIBUTES})
        assert answer.status_code in (404, 405, 422), answer.text
        batch = await api.post("/v1/contacts", json=[{"id": unquote(id_), "attributes": ATTRIBUTES}])
        assert batch.status_code == 422
        assert batch.json()["errors"][0]["pointer"] == "/0/id"
    assert await rows("select 1 from contacts where id not in ('c_zoe', 'c_tom')") == []
