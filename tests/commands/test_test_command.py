"""`relance test` as people and build servers call it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands import test as command_module
from tests.engine.story_projects import SUBSCRIBED, scenario, story, write

REPOSITORY = Path(__file__).parents[2]
HELLO = "{ at: day 0 09:00, email: hello }"


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command_module.command, ["--project", str(folder), *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one story, which holds."""
    write(tmp_path, {"case": scenario("- email: hello\n")}, story(SUBSCRIBED, HELLO))
    return tmp_path


def test_every_shipped_story_holds() -> None:
    """What the repository ships does what its stories say."""
    result = run(REPOSITORY)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].endswith("stories, all hold")


def test_it_ends_with_0_when_all_hold(folder: Path) -> None:
    result = run(folder)
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "1 story, all hold"


def test_it_ends_with_1_when_one_does_not(folder: Path) -> None:
    stories = folder / "scenarios" / "program" / "case.test.yaml"
    stories.write_text(stories.read_text().replace("day 0 09:00, email", "day 1, email"))
    result = run(folder)
    assert result.exit_code == 1
    assert "email hello: expected at day 1, came at day 0 09:00" in result.output


def test_a_mistake_in_a_story_is_shown_with_its_place(folder: Path) -> None:
    stories = folder / "scenarios" / "program" / "case.test.yaml"
    stories.write_text(stories.read_text().replace("email: hello", "email: helo"))
    result = run(folder)
    assert result.exit_code == 1
    assert "error[E804]" in result.output


def test_json_stays_json_beside_a_mistake(folder: Path) -> None:
    """Diagnostics go to the other stream."""
    stories = folder / "scenarios" / "program" / "other.test.yaml"
    stories.write_text("scenarios: [csae]\nstarts: 2027-02-15\nstories: []\n")
    result = run(folder, "--format", "json")
    assert result.exit_code == 1
    assert [each["passed"] for each in json.loads(result.stdout)] == [True]
    assert "error[E801]" in result.stderr


def test_paths_choose_by_story_scenario_or_folder(folder: Path) -> None:
    program = folder / "scenarios" / "program"
    for path in (program, program / "case.yaml", program / "case.test.yaml"):
        assert run(folder, str(path)).output.splitlines()[-1] == "1 story, all hold"


def test_without_stories_it_is_a_wrong_usage(folder: Path) -> None:
    result = run(folder, str(folder / "templates"))
    assert result.exit_code == 2
    assert "there are no stories here" in result.output


def test_a_scenario_with_a_mistake_is_not_played(folder: Path) -> None:
    scenario_file = folder / "scenarios" / "program" / "case.yaml"
    scenario_file.write_text(scenario_file.read_text().replace("email: hello", "email: helo"))
    result = run(folder)
    assert result.exit_code == 1
    assert "error[E610]" in result.output
    assert "hold" not in result.output
