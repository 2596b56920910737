"""`relance tasks`: listed by team, taken by one, done with an outcome that the scenario hears."""

import json
from datetime import timedelta

import pytest

from tests.engine.conftest import NOON

CALL = """
scenario: call
title: Call who asks
owner: crm
topic: newsletter
trigger: { event: contact.subscribed }
entry: always
steps:
  - task: Call back
    team: store_75011
    due: 30 minutes
  - wait_for: { event: task.done, where: outcome == "comes on Friday" }
    up_to: 2 days
    then:
      - exit: done
"""


@pytest.fixture
def tasks(typed, configured, brand):
    """Types a verb of tasks, an hour after noon; Ada asked to be called at noon."""

    async def story(shop):
        await shop.publish(call=CALL)
        await shop.person("ada")
        await shop.happens("contact.subscribed", list="newsletter")

    brand.lives(story)
    return lambda *words: typed("tasks", *words, env=configured)


def test_a_task_is_listed_by_team_and_late_once_its_time_is_over(tasks):
    (task,) = json.loads(tasks("list", "--team", "store_75011", "--late", "--format", "json").stdout)
    assert (task["task"], task["contact_id"], task["scenario"], task["late"]) == (
        "Call back",
        "ada",
        "call",
        True,
    )
    assert tasks("list", "--team", "store_69001").stdout == "nothing to do\n"


def test_what_one_has_taken_no_other_begins(tasks):
    assert tasks("take", "1", "--by", "marie").stdout == "task 1 is taken by marie\n"
    assert tasks("take", "1", "--by", "marie").exit_code == 0
    other = tasks("take", "1", "--by", "paul")
    assert (other.exit_code, other.stderr) == (2, "relance: task 1 was taken by marie\n")


def test_an_outcome_is_an_event_that_the_scenario_waits_for(tasks, brand):
    told = tasks("done", "1", "--by", "marie", "--outcome", "comes on Friday")
    assert told.stdout == "task 1 is done: comes on Friday\n"

    async def heard(shop):
        await shop.route(NOON + timedelta(hours=1))
        await shop.look(NOON + timedelta(hours=1))
        return await shop.rows("select end_reason from runs")

    assert brand.lives(heard) == [{"end_reason": "done"}]
    assert "comes on Friday" in tasks("list", "--done").stdout
    again = tasks("done", "1", "--by", "paul", "--outcome", "no answer")
    assert (again.exit_code, again.stderr) == (2, "relance: task 1 was done by marie: comes on Friday\n")


def test_a_number_of_no_task_is_told(tasks):
    assert tasks("take", "9").stderr == "relance: there is no task 9\n"


@pytest.mark.parametrize("number", ["0", str(2**63)])
def test_what_can_be_no_number_of_a_task_is_wrong_usage(tasks, number):
    told = tasks("take", number)
    assert told.exit_code == 2
    assert f"{number} is not in the range" in told.stderr
