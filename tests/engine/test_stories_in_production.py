"""A story played by the virtual world, and the same story lived in PostgreSQL: the same messages and ends."""

from pathlib import Path

import pytest

from dsl.compiler import compile_project
from dsl.story import Story, StoryFile
from engine.stories import Stage, play
from store.database import Database
from tests.engine.production_life import Life, project_of
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
    life = Life.of(relance, story, file, STAGE)
    await life.live()
    played = play(story, file, STAGE).happened
    told = [h for h in played if h.kind in ("message", "not_sent", "exit")]
    assert await life.timeline() == sorted(
        (h.at, h.channel if h.kind == "message" and h.channel else h.kind, h.name) for h in told
    )
