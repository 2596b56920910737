"""The cookbook holds: no mistake, no warning, every story true, every recipe named with what it shows."""

from functools import cache
from pathlib import Path

import pytest

from dsl.compiler import Project, compile_project
from dsl.formatter import format_text
from dsl.plan import ReachTrigger, SegmentTrigger
from dsl.source import SourceFile
from dsl.story import Story, StoryFile
from engine.stories import Stage, play
from engine.story_comparison import compare

FOLDER = Path(__file__).parents[2] / "docs" / "cookbook"


@cache
def _project() -> Project:
    return compile_project(FOLDER)


STORIES = [(file, story) for file in _project().stories for story in file.stories]


def test_nothing_is_reported() -> None:
    """Neither an error nor a warning."""
    assert [f"{each.code} {each.file.path}: {each.message}" for each in _project().diagnostics] == []


@pytest.mark.parametrize(("file", "story"), STORIES, ids=[story.name for _, story in STORIES])
def test_the_story_holds(file: StoryFile, story: Story) -> None:
    """Played with the code that decides in production."""
    project = _project()
    plans = {name: each.plan for name, each in project.scenarios.items()}
    editions = {path: each.plan for path, each in project.editions.items()}
    told = play(story, file, Stage(project.world, plans, editions))
    assert compare(told, project.catalog).difference is None


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_is_in_canonical_form(path: Path) -> None:
    """As `relance fmt` leaves it."""
    text = path.read_text(encoding="utf-8")
    assert format_text(SourceFile(path.name, text)) == text


def test_every_recipe_stands_in_the_table_with_what_it_shows() -> None:
    """With a link to its file, which begins with the same in a sentence."""
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name, scenario in _project().scenarios.items():
        inside = Path(scenario.path).as_posix()
        assert f"| [{name}]({inside}) | " in table
        assert scenario.source.startswith("# ")


def test_the_field_is_covered() -> None:
    """Every form of trigger, and at least twenty recipes."""
    plans = [each.plan for each in _project().scenarios.values()]
    forms = {type(trigger) for plan in plans for trigger in plan.triggers}
    assert {ReachTrigger, SegmentTrigger} < forms
    assert len(forms) == 8
    assert len(plans) >= 20
