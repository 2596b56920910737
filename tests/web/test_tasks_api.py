"""The inbox of tasks over HTTP, and its page."""

import pytest

from engine.access import keep_key
from tests.web.conftest import NOW

HEADERS = {"Authorization": "Bearer rl_tasks"}


@pytest.fixture
async def task(services, database):
    """The number of a task about Zoé, of a run that there is."""
    async with database.transaction() as connection:
        await keep_key(connection, "calls", "rl_tasks", scopes=("tasks",), now=NOW)
        await connection.execute(
            "insert into groups (workflow_id, scenario, version, size, created_at)"
            " values ('welcome/c_zoe/t', 'welcome', 1, 1, %s) on conflict do nothing",
            (NOW,),
        )
        cursor = await connection.execute(
            "with r as (insert into runs (group_id, scenario, version, contact_id, parallel, entered_at)"
            " select id, 'welcome', 1, 'c_zoe', true, %(now)s from groups limit 1 returning id)"
            " insert into tasks (run_id, step, contact_id, task, team, due_at, created_at)"
            " select id, 'call', 'c_zoe', 'Call back', 'store_75011', %(now)s, %(now)s from r returning id",
            {"now": NOW},
        )
        row = await cursor.fetchone()
    return row["id"]


async def test_a_task_goes_from_the_inbox_to_its_outcome(client, task, database):
    (listed,) = (await client.get("/v1/tasks?team=store_75011", headers=HEADERS)).json()["tasks"]
    assert (listed["id"], listed["state"], listed["contact_id"]) == (task, "open", "c_zoe")
    taken = await client.post(f"/v1/tasks/{task}/take", json={"by": "marie"}, headers=HEADERS)
    assert (taken.status_code, taken.json()["taken_by"]) == (200, "marie")
    other = await client.post(f"/v1/tasks/{task}/take", json={"by": "paul"}, headers=HEADERS)
    assert (other.status_code, other.json()["detail"]) == (409, f"task {task} was taken by marie.")
    body = {"by": "marie", "outcome": "reached"}
    for _ in range(2):
        done = await client.post(f"/v1/tasks/{task}/done", json=body, headers=HEADERS)
        assert (done.status_code, done.json()["state"]) == (200, "done")
    async with database.connection() as connection:
        cursor = await connection.execute("select properties from events where name = 'task.done'")
        (event,) = await cursor.fetchall()
    assert event["properties"] == {
        "task": "Call back",
        "team": "store_75011",
        "outcome": "reached",
        "scenario": "welcome",
        "step": "call",
    }
    page = (await client.get("/tasks?team=store_75011")).text
    assert "reached" in page
    assert "Nothing is to be done." in page


async def test_a_key_for_something_else_and_a_number_of_no_task_are_refused(client, task, api):
    assert (await api.get("/v1/tasks")).status_code == 403
    gone = await client.post("/v1/tasks/999999/take", json={"by": "marie"}, headers=HEADERS)
    assert (gone.status_code, gone.json()["type"].rpartition(":")[2]) == (404, "unknown-task")
