"""`relance check` and `relance explain` as people and other programs call them."""

import json
import shutil
from pathlib import Path

import pytest
from click import Command
from click.testing import CliRunner, Result

from commands import check, explain
from commands import test as play
from tests.dsl.told import tell

BASE = Path(__file__).parents[1] / "dsl" / "golden" / "project"
GOOD = (
    "scenario: case\ntopic: newsletter\ntrigger: { event: contact.subscribed }\n"
    "entry: once\nsteps:\n  - email: hello\n"
)
BAD = GOOD.replace("email: hello", "email: helo") + "priority: 60\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "scenarios" / "good").mkdir()
    (tmp_path / "scenarios" / "good" / "case.yaml").write_text(GOOD)
    tell(tmp_path, "case")
    return tmp_path


@pytest.fixture
def broken(folder: Path) -> Path:
    bad = folder / "scenarios" / "bad"
    bad.mkdir()
    (bad / "other.yaml").write_text(BAD.replace("scenario: case", "scenario: other"))
    tell(folder, "case", "other")
    return folder


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(check.command, ["--project", str(folder), *arguments])


def test_a_project_that_holds_ends_with_0_and_says_how_many_messages(folder: Path) -> None:
    """The largest number of messages of a run stands beside each scenario."""
    result = run(folder)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "1 scenario, no errors",
        "  case  at most 1 message a run, 1 in any 7 days",
        "  all together, for one person: at most 1 message in any 7 days",
    ]


def test_the_week_is_bounded_by_timing_and_by_limits(folder: Path) -> None:
    """Who may enter at any time gets what the limits let through, and what they do not count besides."""
    (folder / "scenarios" / "good" / "case.yaml").write_text(GOOD.replace("entry: once", "entry: always"))
    service = GOOD.replace("scenario: case", "scenario: other").replace("newsletter", "service")
    (folder / "scenarios" / "good" / "other.yaml").write_text(service.replace("once", "always"))
    tell(folder, "case", "other")
    assert run(folder).output.splitlines() == [
        "2 scenarios, no errors",
        "  case   at most 1 message a run, 3 in any 7 days",
        "  other  at most 1 message a run, as often as it starts",
        "  all together, for one person: at most 3 messages in any 7 days, besides what policy exempts",
    ]


def test_an_error_ends_with_1(broken: Path) -> None:
    """And is drawn with its excerpt, without colour where nobody reads it on a terminal."""
    result = run(broken)
    assert result.exit_code == 1
    assert "error[E610]" in result.output
    assert "\x1b" not in result.output


def test_json_has_the_promised_fields(broken: Path) -> None:
    """One-based places, in a list."""
    (found,) = json.loads(run(broken, "--format", "json").output)
    promised = {"code", "severity", "message", "file", "line", "column", "end_line", "end_column"}
    assert set(found) >= promised | {"label", "help", "note"}
    assert (found["code"], found["line"], found["column"], found["end_column"]) == ("E610", 6, 12, 16)


def test_github_annotations_stand_at_the_line(broken: Path) -> None:
    """Workflow commands, on one line each."""
    (line,) = run(broken, "--format", "github").output.splitlines()
    assert line.startswith("::error file=")
    assert ",line=6,col=12,endLine=6,endColumn=16,title=E610::" in line


def test_sarif_is_a_log_with_one_run(broken: Path) -> None:
    """Version 2.1.0, with the rule and the region."""
    log = json.loads(run(broken, "--format", "sarif").output)
    (result,) = log["runs"][0]["results"]
    assert (log["version"], result["ruleId"], result["level"]) == ("2.1.0", "E610", "error")
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 6


def test_paths_choose_what_is_printed(broken: Path) -> None:
    """The rest of the project is read, and not reported."""
    assert run(broken, str(broken / "scenarios" / "good")).exit_code == 0
    assert run(broken, str(broken / "scenarios" / "bad" / "other.yaml")).exit_code == 1


@pytest.mark.parametrize("verb", [check.command, play.command])
@pytest.mark.parametrize("path", ["elsewhere.yaml", "scenarios/notes.md", "scenarios/good/.case.yaml"])
def test_a_path_of_which_nothing_is_read_is_wrong_usage(folder: Path, path: str, verb: Command) -> None:
    """A scenario that lies beside `scenarios/` is not without errors: it is not there."""
    (folder / path).write_text(BAD)
    told = CliRunner().invoke(verb, ["--project", str(folder), str(folder / path)])
    assert told.exit_code == 2
    assert f"{folder / path} is not read" in " ".join(told.output.split())


@pytest.mark.parametrize("path", [".", "..", "scenarios", "templates/hello", "scenarios/catalog.yaml"])
def test_what_holds_files_that_are_read_may_be_checked(folder: Path, path: str) -> None:
    assert run(folder, str(folder / path)).exit_code == 0


def test_no_errors_prints_an_empty_list_as_json(folder: Path) -> None:
    """Nothing found is a list too."""
    assert json.loads(run(folder, "--format", "json").output) == []


def test_a_folder_that_is_no_project_is_wrong_usage(tmp_path: Path) -> None:
    """Status 2, and the remedy."""
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "--project" in result.output


def test_a_path_that_does_not_exist_is_wrong_usage(folder: Path) -> None:
    """Status 2."""
    assert run(folder, str(folder / "nowhere.yaml")).exit_code == 2


def test_explain_tells_the_story_of_a_code() -> None:
    """Whatever the case it is typed in."""
    result = CliRunner().invoke(explain.command, ["e402"])
    assert result.exit_code == 0
    assert result.output.startswith("# E402: what happens when the time is past")


def test_explain_suggests_a_code() -> None:
    """Status 2 for a code that there is not."""
    result = CliRunner().invoke(explain.command, ["E4O2"])
    assert result.exit_code == 2
    assert "did you mean" in result.output
