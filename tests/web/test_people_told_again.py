"""Other systems tell of people again and again: nothing is doubled, lost, or brought back by it."""

from datetime import timedelta

import pytest

from engine.privacy import erase
from engine.subscriptions import withdraw
from tests.web.conftest import NOW
from tests.web.messages import agree

OPTED_IN = {
    "topic": "newsletter",
    "channel": "email",
    "state": "granted",
    "text": "optin_v3",
    "proof": {"page": "/inscription"},
    "at": "2026-11-30T10:00:00+01:00",
}
UNDATED = {name: value for name, value in OPTED_IN.items() if name != "at"}


@pytest.fixture
async def left(services):
    """Zoé agreed and then unsubscribed, an hour ago."""
    await agree(services, "c_zoe", ("newsletter", "email"))
    ago = NOW - timedelta(hours=1)
    await withdraw(services.database, services.plans, "c_zoe", "newsletter", "email", source="link", now=ago)


async def states(rows):
    found = await rows("select state from consents where contact_id = 'c_zoe' order by id")
    return [row["state"] for row in found]


@pytest.mark.usefixtures("left")
async def test_an_old_consent_does_not_come_back_by_an_import(api, rows):
    """The sheet still holds the day on which she opted in; she has left since."""
    answer = await api.put("/v1/contacts/c_zoe", json={"consents": [OPTED_IN]})
    assert answer.json()["consents"][0]["state"] == "withdrawn"
    assert await states(rows) == ["granted", "withdrawn"]
    assert len(await rows("select 1 from events where name = 'consent.granted'")) == 1


@pytest.mark.usefixtures("left")
async def test_who_left_comes_back_only_by_a_dated_consent(api, rows):
    """A state without a date would undo every unsubscription at the next nightly import."""
    answer = await api.put("/v1/contacts/c_zoe", json={"consents": [UNDATED]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/consents/0/at"
    assert (await states(rows))[-1] == "withdrawn"
    anew = {**OPTED_IN, "at": (NOW - timedelta(minutes=5)).isoformat()}
    answer = await api.put("/v1/contacts/c_zoe", json={"consents": [anew]})
    assert answer.json()["consents"][0]["state"] == "granted"


@pytest.mark.parametrize("consent", [OPTED_IN, UNDATED], ids=["dated", "undated"])
async def test_the_same_consent_again_is_one_line_and_one_event(api, rows, consent):
    """A nightly import of the whole base writes nothing and starts nothing."""
    for _ in range(3):
        assert (await api.put("/v1/contacts/c_zoe", json={"consents": [consent]})).status_code == 200
    assert await states(rows) == ["granted"]
    assert len(await rows("select 1 from events where name = 'consent.granted'")) == 1


async def test_a_whole_history_can_be_imported_twice(api, rows):
    """Withdrawn last year, agreed anew since: the second import changes nothing."""
    old = {**OPTED_IN, "state": "withdrawn", "at": "2025-03-01T10:00:00+01:00"}
    for _ in range(2):
        await api.put("/v1/contacts/c_zoe", json={"consents": [old, OPTED_IN]})
    assert await states(rows) == ["withdrawn", "granted"]


@pytest.mark.parametrize("told", [{"attributes": {"first_name": "Z"}}, {"identities": {"card": "8"}}])
async def test_somebody_erased_is_not_brought_back(api, services, rows, told):
    """Neither alone nor in a batch; the others of the batch are taken, with their consents."""
    await erase(services.database, services.plans, "c_zoe", source="tests", now=NOW)
    body = {**told, "consents": [OPTED_IN]}
    alone = await api.put("/v1/contacts/c_zoe", json=body)
    assert alone.status_code == 422
    assert "erased" in alone.json()["errors"][0]["detail"]
    batch = [{"id": "c_zoe", **body}, {"id": "c_new", "consents": [OPTED_IN]}]
    answer = (await api.post("/v1/contacts", json=batch)).json()
    assert (answer["accepted"], [each["code"] for each in answer["errors"]]) == (1, ["erased"])
    assert await rows("select 1 from identities") == []
    assert {row["contact_id"] for row in await rows("select contact_id from consents")} == {"c_new"}


async def test_two_lines_of_a_batch_about_one_person_both_count(api):
    """What the second leaves out stays as the first says; of two values the last holds."""
    batch = [
        {"id": "c_d", "attributes": {"first_name": "Ann", "points": 1}},
        {"id": "c_d", "attributes": {"points": 3}},
    ]
    await api.post("/v1/contacts", json=batch)
    assert (await api.get("/v1/contacts/c_d")).json()["attributes"] == {"first_name": "Ann", "points": 3}


async def test_two_people_of_a_batch_do_not_share_an_identity(api):
    """The second is told of the first."""
    batch = [{"id": "c_d", "identities": {"card": "9"}}, {"id": "c_e", "identities": {"card": "9"}}]
    answer = (await api.post("/v1/contacts", json=batch)).json()
    assert [(each["index"], each["code"]) for each in answer["errors"]] == [(1, "identity_taken")]
    assert (await api.get("/v1/contacts/c_e")).status_code == 404
