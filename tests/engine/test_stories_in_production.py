"""A story played by the virtual world, and the same story lived in PostgreSQL: the same messages and ends."""

from pathlib import Path

import pytest

from dsl.compiler import compile_project
from dsl.story import Story, StoryFile
from engine.replay import replay
from engine.stories import Stage, play
from store.database import Database
from tests.engine.production_life import Life
from tests.engine.production_past import project_of
from tests.engine.story_projects import (
    ONE_A_DAY,
    PERSON,
    POLICY,
    SUBSCRIBED,
    scenario,
    stage_of,
    story,
    write,
)
from tests.integration.installation import Installation

PROJECT = compile_project(Path(__file__).parents[2])
STAGE = Stage(PROJECT.world, {name: each.plan for name, each in PROJECT.scenarios.items()})
SHIPPED = [
    pytest.param(file, story, id=f"{file.scenarios[0]}: {story.name}")
    for file in PROJECT.stories
    for story in file.stories
]


@pytest.mark.parametrize(("file", "story"), SHIPPED)
async def test_production_does_what_the_story_says(
    file: StoryFile, story: Story, database: Database, tmp_path: Path
) -> None:
    """To the minute, whatever the story expects."""
    folder = project_of(file, PROJECT, tmp_path / "project")
    relance = Installation(database, None, tmp_path / "outbox", project=folder)
    await same_in_both(Life.of(relance, story, file, STAGE))


async def same_in_both(life: Life) -> int:
    """What the story's person gets, minute by minute, is the same in both; how much that is."""
    await life.live()
    played = play(life.story, life.file, life.stage).happened
    told = [h for h in played if h.kind in ("message", "not_sent", "exit")]
    assert await life.timeline() == sorted(
        (h.at, h.channel if h.kind == "message" and h.channel else h.kind, h.name) for h in told
    )
    await all_runs_are_decided_the_same_again(life.relance)
    return len(told)


async def all_runs_are_decided_the_same_again(relance: Installation) -> None:
    """Each run, from the facts that are recorded and from nothing else."""
    for row in await relance.rows("select id, sequence from runs order by id"):
        async with relance.database.connection() as connection:
            found = await replay(connection, relance.plans, row["id"])
        assert found.difference is None, found
        assert len(found.steps) == row["sequence"]


SEVERAL = {
    "case": scenario(
        """
        - { email: hello, id: hi }
        - wait: 2 days at 12:00
        - if: opened(hi) or delivered(hi)
          then: [{ sms: hello, id: ask }]
          else: [{ email: offer, with: { code: take(winback_15) } }]
        - wait_for: { reply: ask }
          up_to: 2 days
          then: [{ add: { contact.points: 100 } }]
          timeout: [{ emit: product.viewed, with: { sku: "A" } }]
        - { email: offer, with: { code: take(winback_15) } }
        """,
        "priority: 40\nwhile_active: restart\ngoal: { event: order.placed, within: 30 days }\n",
    ),
    "points": scenario(
        "- email: hello\n", "priority: 90\n", "points", "changed: contact.points, where: after > before"
    ),
    "seen": scenario(
        "- wait: 1 hour\n- repeat: { every: 3 days, at_most: 3 }\n  steps: [{ email: hello }]\n",
        "priority: 60\nexit_when: [contact.tier == gold]\n",
        "seen",
        "event: product.viewed",
    ),
}
LIVES = {
    "a reply, points, and a place that gives way": '{ at: day 3, replies: "oui, merci" }',
    "stop": '{ at: day 3, replies: "STOP" }\n{ at: day 4, unsubscribes: newsletter }',
    "stop and start": '{ at: day 2 18:00, replies: "STOP" }\n{ at: day 2 19:00, replies: "START" }',
    "a bounce": "{ at: day 1, bounces: hi }",
    "a complaint": "{ at: day 1, complains: hi }",
    "a restart": "{ at: day 1, event: contact.subscribed, with: { list: again } }",
    "an order in the night": "{ at: day 1 23:30, event: order.placed, with: { total: 20 } }",
    "nothing more": "",
    "a condition": "{ at: day 6 12:00, changes: { tier: gold } }",
    "no more codes": "{ at: day 20, event: contact.subscribed }",
    "an import": "{ at: day 2, changes: { points: 90 }, source: import }",
}


PRESSED = [pytest.param(ONE_A_DAY, deeds, id=name) for name, deeds in LIVES.items()]
CALM = [
    pytest.param(POLICY, LIVES[name], id=f"{name}, no limits")
    for name in ("stop", "a bounce", "nothing more")
]


@pytest.mark.parametrize(("policy", "deeds"), [*PRESSED, *CALM])
async def test_scenarios_that_meet_do_the_same_in_both(
    policy: str, deeds: str, database: Database, tmp_path: Path
) -> None:
    """Replies, STOP, dead addresses, limits, codes, and scenarios that start one another."""
    given = PERSON + "  pool: { winback_15: 1 }\n"
    told = story(f"{SUBSCRIBED}\n{deeds}", "", given)
    project = write(tmp_path / "project", SEVERAL, told, policy=policy)
    (file,) = project.stories
    relance = Installation(database, None, tmp_path / "outbox", project=project.folder)
    assert await same_in_both(Life.of(relance, file.stories[0], file, stage_of(project))) > 1


PAUSED = """
{ at: day 1, pauses: case }
{ at: day 2, event: contact.subscribed, with: { list: again } }
{ at: day 3, event: product.viewed, with: { sku: "A", price: 9 } }
{ at: day 4, resumes: case }
"""


@pytest.mark.parametrize("ends", ["contact.subscribed", "product.viewed", "order.placed"])
async def test_what_ends_a_run_in_a_pause_is_the_same_in_both(
    ends: str, database: Database, tmp_path: Path
) -> None:
    """Ends act at once, so that the same event may start the next run; the rest waits for the resume."""
    text = scenario(
        "- { email: hello, id: hi }\n- { wait: 5 days }\n- { email: offer }\n",
        f"exit_when: [{{ event: {ends}, as: over }}]\n",
    )
    project = write(tmp_path / "project", {"case": text}, story(f"{SUBSCRIBED}\n{PAUSED}", ""))
    (file,) = project.stories
    relance = Installation(database, None, tmp_path / "outbox", project=project.folder)
    assert await same_in_both(Life.of(relance, file.stories[0], file, stage_of(project))) > 1
    entered = await relance.rows("select end_reason from runs order by id")
    assert len(entered) == (2 if ends == "contact.subscribed" else 1)
