"""POST /v1/scenarios/{name}/runs: the `api` trigger."""

import shutil

import pytest

from engine.publish import publish
from tests.web.conftest import NOW, PROJECT
from tests.web.test_events_api import problem

CALL_BACK = """\
scenario: call_back
title: Call back
topic: newsletter
trigger: { api: { input: { reason: text } } }
audience: contact.country == FR
entry: always
while_active: parallel
steps:
  - wait: 3 days
"""


@pytest.fixture
async def with_call_back(api, services, tmp_path):
    """The shipped project with one more scenario, started by a call."""
    for part in ("scenarios", "templates", "codes"):
        shutil.copytree(PROJECT / part, tmp_path / part)
    (tmp_path / "scenarios" / "service").mkdir()
    (tmp_path / "scenarios" / "service" / "call_back.yaml").write_text(CALL_BACK)
    await publish(services.database, tmp_path, author="tests", now=NOW)
    return api


async def test_a_call_starts_a_run(with_call_back, rows):
    """The contact is in the scenario when the answer comes, with its inputs."""
    body = {"contact": "c_zoe", "input": {"reason": "late parcel"}, "id": "call-1"}
    answer = await with_call_back.post("/v1/scenarios/call_back/runs", json=body)
    assert answer.json() == {"entered": True, "reason": None}, answer.text
    runs = await rows("select scenario, contact_id, state from runs")
    assert [(run["scenario"], run["contact_id"]) for run in runs] == [("call_back", "c_zoe")]
    assert runs[0]["state"]["trigger_event"]["reason"] == "late parcel"


async def test_the_same_call_twice_is_one_run(with_call_back, rows):
    """A retry with the same id starts nothing and says why."""
    body = {"contact": "c_zoe", "id": "call-1"}
    await with_call_back.post("/v1/scenarios/call_back/runs", json=body)
    answer = await with_call_back.post("/v1/scenarios/call_back/runs", json=body)
    assert answer.json()["entered"] is False
    assert len(await rows("select 1 from runs")) == 1


async def test_the_audience_still_decides(with_call_back):
    """Somebody outside the audience does not enter, and the answer says so."""
    answer = await with_call_back.post("/v1/scenarios/call_back/runs", json={"contact": "c_tom"})
    assert answer.json() == {"entered": False, "reason": "audience"}


@pytest.mark.parametrize("given", [{"reason": 7}, {"raison": "x"}])
async def test_inputs_are_checked(with_call_back, given):
    """An input of another name or type is pointed at."""
    body = {"contact": "c_zoe", "input": given}
    answer = await with_call_back.post("/v1/scenarios/call_back/runs", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/input/")


async def test_nobody_cannot_enter(with_call_back):
    """An unknown contact is a 404."""
    answer = await with_call_back.post("/v1/scenarios/call_back/runs", json={"contact": "nobody"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "named",
    [
        {"identities": {"email": "ZOE@Example.com"}},
        {"identities": {"loyalty_card": "0042"}},
        {"contact": "c_zoe", "identities": {"loyalty_card": "0042"}},
        {"contact": "c_zoe", "identities": {"device": "a new one"}},
    ],
)
async def test_who_is_started_may_be_named_by_what_the_caller_knows(with_call_back, rows, named):
    """By an address in any spelling or an id of another system, alone or beside our own id."""
    await with_call_back.put("/v1/contacts/c_zoe", json={"identities": {"loyalty_card": "0042"}})
    answer = await with_call_back.post("/v1/scenarios/call_back/runs", json={**named, "id": "call-1"})
    assert answer.json() == {"entered": True, "reason": None}, answer.text
    assert [run["contact_id"] for run in await rows("select contact_id from runs")] == ["c_zoe"]


@pytest.mark.parametrize(
    ("named", "status", "code"),
    [
        ({}, 422, "nobody-named"),
        ({"identities": {"loyalty_card": "0099"}}, 404, "unknown-identity"),
        ({"contact": "c_tom", "identities": {"loyalty_card": "0042"}}, 409, "identities-differ"),
        ({"identities": {"phone": "06 39 98 00 01"}}, 422, "bad-identity"),
    ],
)
async def test_who_is_not_clearly_named_is_not_started(with_call_back, rows, named, status, code):
    """Nobody, somebody unknown, two people at once, an address that is none: said without repeating it."""
    await with_call_back.put("/v1/contacts/c_zoe", json={"identities": {"loyalty_card": "0042"}})
    told = problem(await with_call_back.post("/v1/scenarios/call_back/runs", json=named), status, code)
    assert "00" not in told["detail"].replace("+33639980001", "")
    assert not await rows("select 1 from runs")
