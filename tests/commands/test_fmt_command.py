"""`relance fmt` as people and pre-commit call it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import relance
from tests.unprivileged import as_nobody


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "good.yaml").write_text("a: { b: c }\n")
    (tmp_path / "scenarios" / "loose.yaml").write_text("a:   {b: c} # why\n")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(relance, ["fmt", "--project", str(folder), *arguments])


def test_files_are_put_in_form(folder: Path) -> None:
    """Only the file that needed it is written, and a second run finds nothing to do."""
    result = run(folder)
    assert result.exit_code == 0
    assert "1 file formatted, 1 as they should be" in result.output
    assert (folder / "scenarios" / "loose.yaml").read_text() == "a: { b: c } # why\n"
    assert "0 files formatted, 2 as they should be" in run(folder).output


def test_check_changes_nothing(folder: Path) -> None:
    """With --check the file stays, and the status says that it is not in form."""
    result = run(folder, "--check")
    assert result.exit_code == 1
    assert "would format" in result.output
    assert (folder / "scenarios" / "loose.yaml").read_text() == "a:   {b: c} # why\n"


def test_a_broken_file_is_told_and_left(folder: Path) -> None:
    """The mistake is drawn with its place; the others are formatted."""
    broken = folder / "scenarios" / "broken.yaml"
    broken.write_text("a: [b\nc: d\n")
    result = run(folder)
    assert result.exit_code == 1
    assert "E100" in result.output
    assert "left as it is" in result.output
    assert broken.read_text() == "a: [b\nc: d\n"


def test_bytes_that_are_no_text_are_told(folder: Path) -> None:
    """A file that is not UTF-8 ends in one diagnostic."""
    (folder / "scenarios" / "latin.yaml").write_bytes(b"a: caf\xe9\n")
    result = run(folder)
    assert result.exit_code == 1
    assert "E115" in result.output


def test_what_belongs_to_other_programs_is_left(folder: Path) -> None:
    """Names that begin with a dot, as those of repositories and editors do."""
    (folder / ".github").mkdir()
    for name in (".github/ci.yaml", ".loose.yaml"):
        (folder / name).write_text("a:   1\n")
    assert "1 file formatted, 1 as they should be" in run(folder, str(folder)).output
    assert (folder / ".github" / "ci.yaml").read_text() == (folder / ".loose.yaml").read_text() == "a:   1\n"


def test_a_folder_that_may_not_be_looked_into_is_told(folder: Path) -> None:
    assert run(folder).exit_code == 0
    with as_nobody(folder) as mine:
        (mine / "scenarios" / "closed").mkdir(mode=0)
        result = run(mine, "--check", str(mine / "scenarios"))
    assert result.exit_code == 1
    assert "closed: Permission denied" in result.output
