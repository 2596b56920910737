"""Why somebody did or did not get something, over the API and on their page."""

from datetime import timedelta

import pytest

from engine.ingest import Incoming, ingest
from engine.router import route
from tests.web.conftest import NOW


@pytest.fixture
async def subscribed(services):
    """Zoé subscribed without consent to anything."""
    event = Incoming("s1", "contact.subscribed", "c_zoe", NOW, {"list": "newsletter"})
    result = await ingest(services.database, services.plans, [event], source="shop", now=NOW)
    assert result.accepted == 1, result
    while await route(services.database, services.plans, NOW):
        pass


@pytest.mark.usefixtures("subscribed")
async def test_it_is_told_what_was_decided_and_why(api):
    answer = await api.get("/v1/contacts/c_zoe/why", params={"scenario": "welcome"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["contact"], told["at"]) == ("c_zoe", "2026-12-01T09:00:00Z")
    (scenario,) = told["scenarios"]
    assert scenario["runs"] or scenario["refused"]
    assert {each["because"] for each in scenario["unreachable"]} == {"consent"}


async def test_before_anybody_did_anything_there_is_nothing_to_tell(api):
    told = (await api.get("/v1/contacts/c_tom/why")).json()
    assert told["scenarios"] == []
    assert told["notes"] == ["no scenario was started for them, and none refused them"]


@pytest.mark.parametrize(
    ("path", "parameters", "status", "problem"),
    [
        ("/v1/contacts/nobody/why", {}, 404, "unknown-contact"),
        ("/v1/contacts/c_tom/why", {"scenario": "welcom"}, 404, "unknown-scenario"),
        ("/v1/contacts/c_tom/why", {"at": (NOW + timedelta(days=1)).isoformat()}, 422, "bad-instant"),
        ("/v1/contacts/c_tom/why", {"at": "2020-01-01T00:00:00Z"}, 404, "nothing-known"),
        ("/v1/contacts/c_tom/why", {"at": "2026-12-01T00:00:00"}, 422, None),
    ],
)
async def test_a_question_without_an_answer_is_a_problem(api, path, parameters, status, problem):
    answer = await api.get(path, params=parameters)
    assert answer.status_code == status, answer.text
    assert problem is None or answer.json()["type"].endswith(problem)


async def test_it_needs_a_key(client):
    assert (await client.get("/v1/contacts/c_tom/why")).status_code == 401


@pytest.mark.usefixtures("subscribed")
async def test_the_page_of_a_person_leads_to_the_same_in_words(client):
    assert 'href="/contacts/c_zoe/why"' in (await client.get("/contacts/c_zoe")).text
    shown = (await client.get("/contacts/c_zoe/why")).text
    assert "there is no consent to newsletter by email" in shown
    assert (await client.get("/contacts/nobody/why")).status_code == 404
