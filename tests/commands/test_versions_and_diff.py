"""`relance publish --rollback`, `versions` and `diff`, as they are typed."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import relance
from tests.engine.story_projects import scenario, write

FIRST = "- { email: hello, id: first }\n- { wait: 2 days, id: pause }\n- { email: hello, id: last }\n"
SECOND = FIRST.replace("2 days", "5 days")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one scenario."""
    return write(tmp_path / "project", {"case": scenario(FIRST)}, "  - { name: none, expect: [] }\n").folder


@pytest.fixture
def environment(database_url: str, project: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "RELANCE_SECRET_KEYS": "k" * 40,
        "RELANCE_PROJECT": str(project),
        "RELANCE_EMAIL": "outbox",
        "RELANCE_SMS": "outbox",
    }


@pytest.fixture
def case(project: Path) -> Path:
    return project / "scenarios" / "program" / "case.yaml"


def typed(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(relance, words, env=environment)


def test_an_older_text_is_published_again_and_told(environment: dict[str, str], case: Path) -> None:
    assert typed(environment, "publish", "--author", "ada").exit_code == 0
    case.write_text(scenario(SECOND))
    assert typed(environment, "publish").exit_code == 0
    back = typed(environment, "publish", "--rollback", "case", "1", "--author", "ops")
    assert back.output.startswith("case: version 3 (as version 1 was)\nThe file of case has the newer text")
    (_, *lines) = typed(environment, "versions", "case").output.splitlines()
    assert [line.split()[:2] for line in lines] == [["case", "3"], ["case", "2"], ["case", "1"]]
    assert lines[0].endswith("in force, same as 1")
    assert typed(environment, "versions", "case", "--text", "1").output == scenario(FIRST)
    found = json.loads(typed(environment, "versions", "--format", "json").output)
    assert [(each["version"], each["author"]) for each in found][::2] == [(3, "ops"), (1, "ada")]


def test_nothing_else_is_published_by_a_rollback(environment: dict[str, str], project: Path) -> None:
    typed(environment, "publish")
    (project / "scenarios" / "program" / "more.yaml").write_text(scenario(FIRST, name="more"))
    typed(environment, "publish", "--rollback", "case", "1")
    assert "more" not in typed(environment, "versions").output


@pytest.mark.parametrize(("words", "status", "said"), [
    (("publish", "--rollback", "case", "9"), 1, "case has no version 9: see `relance versions case`"),
    (("publish", "--rollback", "case", "one"), 2, "not `one`"),
    (("versions", "cases"), 2, "no scenario `cases` was ever published"),
    (("versions", "case", "--text", "9"), 2, "case has no version 9"),
    (("versions", "--text", "9"), 2, "--text needs a scenario"),
    (("diff", "case@9", "case"), 2, "case has no version 9"),
    (("diff", "HEAD:case.yaml", "case"), 2, "git has no `HEAD:case.yaml`"),
    (("diff", "here/and/there", "case"), 2, "there is nothing called `here/and/there`"),
])  # fmt: skip
def test_what_is_not_there_is_said_with_its_remedy(
    words: tuple[str, ...], status: int, said: str, environment: dict[str, str]
) -> None:
    typed(environment, "publish")
    result = typed(environment, *words)
    assert result.exit_code == status, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_a_published_version_and_a_file_are_compared(environment: dict[str, str], case: Path) -> None:
    typed(environment, "publish")
    case.write_text(scenario(SECOND, "on_edit: { move: exit }\n"))
    result = typed(environment, "diff", "case@1", "case")
    assert result.output.splitlines() == [
        "case: case@1 → scenarios/program/case.yaml",
        "",
        "HOW OFTEN",
        "  - People in it when a new version is published finish the version they began.",
        "  + People in it go on at the same step of a new version; where that step is gone, they leave.",
        "",
        "WHAT HAPPENS, STEP BY STEP",
        "  - 2. Waits 2 days, to the same time of day.",
        "  + 2. Waits 5 days, to the same time of day.",
        "",
        "PEOPLE IN IT WHEN IT IS PUBLISHED",
        "  People in it go on at the same step of a new version; where that step is gone, they leave.",
        "  Nobody is in it now.",
    ]
    found = json.loads(typed(environment, "diff", "case@1", "case", "--format", "json").output)
    assert [(each["part"], each["how"]) for each in found["changes"]] == [
        ("entry", "changed"),
        ("steps", "changed"),
    ]
    assert found["on_edit"]["after"] == "move_exit"


def test_a_revision_and_a_file_are_compared_without_a_database(
    environment: dict[str, str], project: Path, case: Path
) -> None:
    """And it is said which steps are gone."""
    git = ["git", "-C", str(project), "-c", "user.name=ada", "-c", "user.email=ada@example.com"]
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "first")):
        subprocess.run([*git, *words], check=True)
    case.write_text(scenario(FIRST.replace("pause", "rest"), "on_edit: { move: finish }\n"))
    apart = environment | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    result = typed(apart, "diff", "HEAD:scenarios/program/case.yaml", "case")
    assert result.exit_code == 0, result.output
    assert "    Gone: step pause (wait: 2 days)." in result.output.splitlines()


def test_a_text_that_today_cannot_be_read_says_where(environment: dict[str, str], tmp_path: Path) -> None:
    old = tmp_path / "old.yaml"
    old.write_text(scenario(FIRST, "audience: contact.cuntry == FR\n"))
    result = typed(environment, "diff", str(old), "case")
    assert result.exit_code == 2
    assert "cannot be read with the files of today: line 5, column 19: E511" in result.stderr


@pytest.mark.parametrize("sides", [("{file}", "case"), ("case", "{file}")])
def test_a_file_that_is_no_text_is_told(
    sides: tuple[str, str], environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "old.yaml"
    file.write_bytes("scenario: case\ntitle: \xe9t\xe9\n".encode("latin-1"))
    result = typed(environment, "diff", *(side.format(file=file) for side in sides))
    assert (result.exit_code, result.stderr) == (
        2,
        f"relance: {file} is not text in UTF-8: byte 23 is none of it\n",
    )
