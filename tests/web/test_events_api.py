"""POST /v1/events: what is accepted is committed, what is refused says why, nothing is half done."""

import json

import pytest

EVENT = {
    "id": "o-1",
    "name": "order.placed",
    "contact": "c_zoe",
    "at": "2026-12-01T08:00:00+01:00",
    "with": {"order_id": "1", "total": 40, "channel": "web"},
}


def problem(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == f"urn:relance:problem:{kind}"
    assert told["status"] == status
    assert told["detail"]
    return told


async def stored(rows):
    return [row["id"] for row in await rows("select id from events where source like 'api/%' order by seq")]


async def test_an_event_is_committed_before_the_answer(api, rows):
    """After the 202 the event is in the history and in the router's outbox."""
    answer = await api.post("/v1/events", json=EVENT)
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 1, "duplicates": 0, "errors": []}
    assert await stored(rows) == ["o-1"]
    waiting = await rows("select 1 from routing r join events e using (seq) where e.id = 'o-1'")
    assert len(waiting) == 1


async def test_the_same_event_twice_is_one(api, rows):
    """An id that is there already does nothing and says so."""
    await api.post("/v1/events", json=EVENT)
    answer = await api.post("/v1/events", json=[EVENT, EVENT])
    assert answer.json() == {"accepted": 0, "duplicates": 2, "errors": []}
    assert await stored(rows) == ["o-1"]


async def test_in_a_list_the_good_ones_are_taken(api, rows):
    """A list is taken event by event; each refusal names its place, its reason and the remedy."""
    unknown = {**EVENT, "id": "o-2", "contact": "nobody"}
    misnamed = {**EVENT, "id": "o-3", "name": "order.plcaed"}
    wrong = {**EVENT, "id": "o-4", "with": {"total": "forty"}}
    answer = await api.post("/v1/events", json=[unknown, EVENT, misnamed, wrong])
    assert answer.status_code == 202
    told = answer.json()
    assert told["accepted"] == 1
    assert [(e["index"], e["code"]) for e in told["errors"]] == [
        (0, "unknown_contact"),
        (2, "unknown_event"),
        (3, "bad_property"),
    ]
    assert "PUT /v1/contacts" in told["errors"][0]["message"]
    assert "order.placed" in told["errors"][1]["message"]
    assert await stored(rows) == ["o-1"]


async def test_a_single_event_for_nobody_is_a_problem(api, rows):
    """One event of an unknown contact is a 404 that says how to create it."""
    told = problem(await api.post("/v1/events", json={**EVENT, "contact": "x"}), 404, "unknown-contact")
    assert "PUT /v1/contacts" in told["detail"]
    assert await stored(rows) == []


async def test_an_event_without_a_time_happens_now(api, rows):
    """`at` is now where it is left out."""
    await api.post("/v1/events", json={k: v for k, v in EVENT.items() if k != "at"})
    found = await rows("select at from events where id = 'o-1'")
    assert found[0]["at"].isoformat() == "2026-12-01T09:00:00+00:00"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({k: v for k, v in EVENT.items() if k != "id"}, "/id"),
        ({**EVENT, "contacts": "c_zoe"}, "/contacts"),
        ({**EVENT, "at": "2026-12-01T08:00:00"}, "/at"),
        ({**EVENT, "id": 7}, "/id"),
        ({**EVENT, "with": {"order_id": "nul \x00"}}, "/with"),
        ({**EVENT, "id": ""}, "/id"),
        ([EVENT, {**EVENT, "name": None}], "/1/name"),
        ([], ""),
        ("an event", ""),
    ],
)
async def test_a_body_of_another_shape_points_at_its_mistake(api, rows, body, pointer):
    """What is not as described is a 422 with a JSON pointer to it, and nothing is stored."""
    told = problem(await api.post("/v1/events", json=body), 422, "invalid-body")
    assert pointer in [each["pointer"] for each in told["errors"]]
    assert await stored(rows) == []


async def test_at_most_a_thousand_at_once(api):
    """A longer list is refused whole."""
    many = [{**EVENT, "id": f"o-{n}"} for n in range(1001)]
    problem(await api.post("/v1/events", json=many), 422, "invalid-body")


async def test_a_thousand_at_once_are_taken(api, rows):
    """The longest list that is promised works."""
    many = [{**EVENT, "id": f"o-{n}"} for n in range(1000)]
    assert (await api.post("/v1/events", json=many)).json()["accepted"] == 1000
    assert len(await stored(rows)) == 1000


@pytest.mark.parametrize("body", [b"{", b"", b"[1,]", b'{"id": "\xff"}', b"[" * 100_000])
async def test_malformed_json_is_said(api, body):
    """What is no JSON is a 400 in problem details."""
    headers = {"Content-Type": "application/json"}
    answer = await api.post("/v1/events", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Nothing was stored" in answer.json()["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
async def test_numbers_that_are_none_are_refused(api, number):
    """JSON of Python's dialect does not reach the database."""
    body = json.dumps(EVENT).replace("40", number)
    answer = await api.post("/v1/events", content=body, headers={"Content-Type": "application/json"})
    problem(answer, 422, "invalid-body")


async def test_another_type_than_json_is_refused(api):
    """A form is not JSON."""
    problem(await api.post("/v1/events", data={"id": "1"}), 415, "wrong-type")


@pytest.mark.parametrize("announced", [True, False])
async def test_too_large_a_body_is_refused(api, announced):
    """A body over the limit is a 413, whether its length was announced or not."""
    body = json.dumps({**EVENT, "with": {"order_id": "x" * 5_000_000}}).encode()

    async def pieces():
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    content = body if announced else pieces()
    answer = await api.post("/v1/events", content=content, headers={"Content-Type": "application/json"})
    problem(answer, 413, "too-large")


async def test_without_a_key_nothing_gets_in(client, rows):
    """No key, an unknown one, or another scheme: 401 that says what to send."""
    for headers in ({}, {"Authorization": "Bearer rl_other"}, {"Authorization": "Basic eDp5"}):
        answer = await client.post("/v1/events", json=EVENT, headers=headers)
        problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert await stored(rows) == []


async def test_a_revoked_key_is_unknown(api, database):
    """Revoking acts at once."""
    async with database.transaction() as connection:
        await connection.execute("update api_keys set revoked_at = now()")
    problem(await api.post("/v1/events", json=EVENT), 401, "unauthorized")


async def test_a_key_for_something_else_is_refused(api, database):
    """A key is for its scopes only."""
    async with database.transaction() as connection:
        await connection.execute("update api_keys set scopes = '{contacts}'")
    told = problem(await api.post("/v1/events", json=EVENT), 403, "wrong-scope")
    assert "`events`" in told["detail"]


async def test_only_the_hash_of_a_key_is_kept(services, rows):
    """Reading the table gives nobody a key."""
    found = await rows("select hash from api_keys")
    assert "rl_key" not in found[0]["hash"]


async def test_unknown_addresses_and_methods_are_problems(api):
    """Also what the framework answers is problem details."""
    problem(await api.get("/v1/nothing"), 404, "not-found")
    problem(await api.get("/v1/events"), 405, "wrong-method")
