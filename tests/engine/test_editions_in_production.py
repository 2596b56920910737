"""New versions in the middle of a story: production does with people what the virtual world does."""

from pathlib import Path

import pytest

from store.database import Database
from tests.engine.production_life import Life
from tests.engine.story_projects import PERSON, POLICY, SUBSCRIBED, scenario, stage_of, story, write
from tests.engine.test_stories_in_production import same_in_both
from tests.integration.installation import Installation

FIRST = """
    - { email: hello, id: first }
    - { wait: 2 days, id: pause }
    - { sms: hello, id: text }
    - wait_for: order.placed
      id: order
      up_to: 3 days
      then: [{ email: offer, id: thanks }]
      timeout: []
    - repeat: { every: 2 days, at_most: 3 }
      id: again
      steps: [{ email: hello, id: nudge }, { wait: 6 hours, id: breath }]
    - { email: hello, id: last }
"""
SECOND = """
    - { email: offer, id: first }
    - { wait: 4 days, id: pause }
    - { email: offer, id: last }
    - wait_for: product.viewed
      id: order
      up_to: 1 day
      then: [{ email: offer, id: thanks }]
      timeout: [{ email: hello, id: sorry }]
    - repeat: { every: 1 day, at_most: 2 }
      id: round
      steps: [{ wait: 3 hours, id: breath }, { email: offer, id: nudge }]
"""
SHORT = scenario(
    "- { email: offer, id: first }\n- { wait: 1 hour, id: order }\n- { email: offer, id: last }\n",
    "on_edit: { move: finish }\n",
)
RULES = ("finish", "restart", "exit", "{ move: exit }", "{ move: finish }")


def published(*lines: str) -> str:
    """A story in which somebody subscribes, orders, and versions are published."""
    ordered = "{ at: day 3, event: order.placed, with: { order_id: o1, total: 40 } }"
    viewed = '{ at: day 3 12:00, event: product.viewed, with: { sku: "A" } }'
    at_night = "{ at: day 1 22:30, event: contact.subscribed }"
    told = (SUBSCRIBED, at_night, *lines, ordered, viewed)
    return "\n".join(sorted(told, key=lambda line: line.split(",")[0].removeprefix("{ at: ")))


WHEN = {
    "in a wait": "{ at: day 1, publishes: case_v2.yaml }",
    "when a text has its place": "{ at: day 2 09:30, publishes: case_v2.yaml }",
    "in a wait for an event": "{ at: day 2 18:00, publishes: case_v2.yaml }",
    "in a pass": "{ at: day 5 12:00, publishes: case_v2.yaml }",
}


async def lived(database: Database, folder: Path, when: str, **later: str) -> Life:
    """A story of versions, to be lived."""
    told = story(when, "", PERSON)
    project = write(folder / "project", {"case": scenario(FIRST)}, told, policy=POLICY, **later)
    (file,) = project.stories
    relance = Installation(database, None, folder / "outbox", project=project.folder)
    return Life.of(relance, file.stories[0], file, stage_of(project))


STANDING = [
    *(("in a wait", rule) for rule in RULES),
    ("when a text has its place", "restart"),
    ("when a text has its place", "{ move: exit }"),
    ("in a wait for an event", "{ move: exit }"),
    ("in a wait for an event", "{ move: finish }"),
    ("in a pass", "exit"),
    ("in a pass", "{ move: finish }"),
]


@pytest.mark.parametrize(("where", "rule"), STANDING)
async def test_people_in_flight_do_the_same_in_both(
    where: str, rule: str, database: Database, tmp_path: Path
) -> None:
    """Whatever the rule, and wherever they stand when the version comes."""
    second = scenario(SECOND, f"on_edit: {rule}\n")
    life = await lived(database, tmp_path, published(WHEN[where]), case_v2=second)
    assert await same_in_both(life) > 1


async def test_two_versions_at_once_are_heeded_one_after_the_other(
    database: Database, tmp_path: Path
) -> None:
    """Who stands at a step that the second has and the first has not is lost with the first."""
    when = published("{ at: day 1, publishes: case_v2.yaml }", "{ at: day 1, publishes: case_v3.yaml }")
    second = scenario(SECOND, "on_edit: { move: exit }\n")
    life = await lived(database, tmp_path, when, case_v2=second, case_v3=SHORT)
    assert await same_in_both(life) > 1


@pytest.mark.parametrize("rule", ["restart", "{ move: finish }"])
async def test_a_version_that_comes_in_a_pause_is_heeded_and_its_people_wait(
    rule: str, database: Database, tmp_path: Path
) -> None:
    """What they do in it they do when it is resumed."""
    when = published(
        "{ at: day 1 12:00, pauses: case }",
        "{ at: day 2 12:00, publishes: case_v2.yaml }",
        "{ at: day 4 12:00, resumes: case }",
    )
    second = scenario(SECOND, f"on_edit: {rule}\n")
    life = await lived(database, tmp_path, when, case_v2=second)
    assert await same_in_both(life) > 1


async def test_who_moves_does_the_same_when_no_round_ever_comes(database: Database, tmp_path: Path) -> None:
    """Whatever touches them lets them heed the version first: here the end of the wait that they knew."""
    second = scenario(SECOND, "on_edit: { move: finish }\n")
    life = await lived(database, tmp_path, published(WHEN["in a wait"]), case_v2=second)
    life.takes_over = False
    assert await same_in_both(life) > 1
    assert await life.relance.rows("select 1 from edits where finished_at is null") != []
