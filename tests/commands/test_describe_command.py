"""`relance describe` as people call it."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cli import relance

REPOSITORY = str(Path(__file__).parents[2])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(relance, ["describe", "--project", REPOSITORY, *arguments])


def test_a_scenario_is_told_in_words() -> None:
    """The page begins with the title and says whom the scenario is for."""
    result = run("welcome")
    assert result.exit_code == 0
    assert result.output.startswith("Welcome a new subscriber\n====")
    assert "Needs the person's consent to “News and offers” by email." in result.output


def test_the_page_is_data_too() -> None:
    """JSON has the same, for whoever keeps a register."""
    data = json.loads(run("welcome", "--format", "json").output)
    assert data["scenario"] == "welcome"
    assert data["most_messages"] == 3
    assert [step["number"] for step in data["steps"]] == ["1", "2", "3", "4"]


def test_a_slip_of_the_pen_is_told_with_the_nearest_name() -> None:
    """An unknown scenario ends in one line and status 2."""
    result = run("welcom")
    assert result.exit_code == 2
    assert "did you mean `welcome`" in result.output
