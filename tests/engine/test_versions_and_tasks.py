"""Versions that come while somebody has a task to do: it stays theirs, and is asked for once."""

import pytest

from engine.tasks import done, take
from tests.engine.conftest import NOON
from tests.engine.editions import live, put, rounds, standing, subscribed, text

TASK = "  - { task: Call back, team: shop, id: phone }\n"
ANSWER = """
  - wait_for: { event: task.done, where: outcome == "reached" }
    id: answer
    up_to: 5 days
    then: [{ email: m1, id: glad }]
    timeout: [{ email: m2, id: sorry }]
"""
FIRST = f"\n{TASK}{ANSWER}"
KEPT = FIRST.replace("m1", "m3")
CHANGED = KEPT.replace("Call back", "Write a card")
REMOVED = KEPT.replace(TASK, "")
LATER = f"{ANSWER.replace('m1', 'm3')}{TASK}"
ASKED = "Call back"


@pytest.mark.parametrize(("rule", "becomes", "tasks", "sent", "ended"), [
    ("finish", CHANGED, [ASKED], ["m1"], [(1, "end")]),
    ("exit", KEPT, [ASKED], [], [(1, "stopped")]),
    ("restart", KEPT, [ASKED, ASKED], ["m3"], [(1, "restarted"), (2, "end")]),
    ("{ move: exit }", CHANGED, [ASKED], ["m3"], [(2, "end")]),
    ("{ move: exit }", LATER, [ASKED], ["m3"], [(2, "end")]),
    ("{ move: finish }", REMOVED.replace("answer", "reply"), [ASKED], ["m1"], [(1, "end")]),
])  # fmt: skip
async def test_a_task_that_somebody_has_taken_stays_and_its_outcome_is_heard(
    rule, becomes, tasks, sent, ended, shop, noon, days
):
    """By whoever waits for it; the task itself is done by the words by which it was asked for."""
    await put(shop, text(FIRST))
    await subscribed(shop, "ada")
    (task,) = await shop.rows("select id from tasks")
    await take(shop.database, task["id"], "marie", noon)
    await put(shop, text(becomes, f"on_edit: {rule}\n"))
    await rounds(shop)
    await shop.look()
    ended_task = await done(shop.database, task["id"], "marie", "reached", NOON.replace(hour=15))
    assert (ended_task.task, ended_task.state) == (ASKED, "done")
    await shop.route(NOON.replace(hour=15))
    await live(shop, NOON.replace(hour=15), days(9))
    found = await shop.rows("select task from tasks order by id")
    assert [row["task"] for row in found] == tasks
    assert [message for message, _, _ in await shop.messages()] == sent
    assert await standing(shop) == [("ada", version, "ended", why) for version, why in ended]
