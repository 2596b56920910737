"""Merges over the API: said beforehand, done, undone, and clear refusals."""

import pytest

from engine.access import keep_key
from tests.web.conftest import NOW


@pytest.fixture
async def people(api):
    """Two people of whom one withdrew."""
    said = {"topic": "newsletter", "channel": "email", "state": "granted"}
    one = {"attributes": {"email": "one@example.com"}, "consents": [said]}
    two = {"attributes": {"email": "two@example.com"}, "consents": [said | {"state": "withdrawn"}]}
    assert (await api.put("/v1/contacts/c_1", json=one)).status_code == 200
    assert (await api.put("/v1/contacts/store/2", json=two)).status_code == 200


async def test_a_merge_is_said_done_and_undone(api, people):
    path = "/v1/contacts/c_1/merge"
    said = (await api.post(path, json={"loser": "store/2", "dry_run": True})).json()
    assert said["consents"] == [
        {
            "topic": "newsletter",
            "channel": "email",
            "winner": "granted",
            "loser": "withdrawn",
            "after": "withdrawn",
        }
    ]
    assert (await api.get("/v1/contacts/store/2")).json()["id"] == "store/2"
    done = (await api.post(path, json={"loser": "store/2"})).json()
    assert done["kept"] == ["email"]
    seen = (await api.get("/v1/contacts/store/2")).json()
    assert (seen["id"], seen["attributes"]["email"]) == ("c_1", "one@example.com")
    event = {"id": "late", "name": "contact.subscribed", "contact": "store/2", "at": "2026-12-01T09:00:00Z"}
    assert (await api.post("/v1/events", json=event)).status_code == 202
    back = await api.post(f"/v1/merges/{done['id']}/undo", json={})
    assert (back.status_code, back.json()["loser"]) == (200, "store/2")
    seen = (await api.get("/v1/contacts/store/2")).json()
    assert (seen["id"], seen["attributes"]["email"]) == ("store/2", "two@example.com")


@pytest.mark.parametrize(
    ("path", "body", "status", "type_"),
    [
        ("/v1/contacts/c_1/merge", {"loser": "c_1"}, 409, "oneself"),
        ("/v1/contacts/c_1/merge", {"loser": "c_none"}, 404, "unknown-contact"),
        ("/v1/merges/999999/undo", {}, 404, "unknown-merge"),
    ],
)
async def test_what_cannot_be_done_is_a_problem_that_says_why(api, people, path, body, status, type_):
    answer = await api.post(path, json=body)
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (status, type_)


async def test_a_merge_is_for_keys_of_people(client, people, database):
    async with database.transaction() as connection:
        await keep_key(connection, "calls", "rl_calls", scopes=("tasks",), now=NOW)
    headers = {"Authorization": "Bearer rl_calls"}
    answer = await client.post("/v1/contacts/c_1/merge", json={"loser": "store/2"}, headers=headers)
    assert answer.status_code == 403


async def test_the_page_of_the_old_id_is_the_persons(api, people):
    await api.post("/v1/contacts/c_1/merge", json={"loser": "store/2"})
    page = (await api.get("/contacts/store/2")).text
    assert "one@example.com" in page
