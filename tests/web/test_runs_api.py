"""POST /v1/scenarios/{name}/runs: the `api` trigger."""

import shutil

import pytest

from engine.publish import publish
from tests.web.conftest import NOW, PROJECT

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
