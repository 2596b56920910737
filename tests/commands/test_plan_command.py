"""`relance plan` as people call it."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cli import relance

REPOSITORY = str(Path(__file__).parents[2])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(relance, ["plan", *arguments])


def test_the_plan_is_printed_by_program() -> None:
    """Without options it is a list to read."""
    result = run("--project", REPOSITORY)
    assert result.exit_code == 0
    assert "Welcome a new subscriber (welcome)" in result.output


def test_the_page_is_written_to_a_file(tmp_path: Path) -> None:
    """`-o` writes the page and prints nothing."""
    target = tmp_path / "plan.html"
    result = run("--project", REPOSITORY, "--format", "html", "-o", str(target))
    assert (result.exit_code, result.output) == (0, "")
    assert target.read_text().startswith("<!doctype html>")


def test_the_plan_is_data_too() -> None:
    """JSON has the rows and what bounds them all."""
    data = json.loads(run("--project", REPOSITORY, "--format", "json").output)
    assert {"welcome", "birthday", "reactivation"} <= {row["scenario"] for row in data["scenarios"]}
    assert data["most_a_week"] == {"limited": 4, "exempt": 8, "together": 12}
    assert {row["scenario"]: row["most_a_week"] for row in data["scenarios"]}["welcome"] == 2


def test_a_project_with_mistakes_has_no_plan(tmp_path: Path) -> None:
    """What is wrong is not documented: one line says where to look."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "a.yaml").write_text("scenario: a\n")
    result = run("--project", str(tmp_path))
    assert result.exit_code == 2
    assert "relance check" in result.output
