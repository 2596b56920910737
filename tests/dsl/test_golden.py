"""Every diagnostic as people see it: `golden/CODE*.yaml` is the mistake, `.expected` the rendered text.

A line `# file: PATH` begins another file of the project; without one the text is a scenario. After a change
of wording, `python tests/dsl/test_golden.py` writes the expected texts again, for the diff to be read.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from dsl import render
from dsl.compiler import compile_project
from tests.dsl.told import tell

GOLDEN = Path(__file__).with_name("golden")
SOURCES = GOLDEN.parents[2] / "dsl"
CASES = sorted(GOLDEN.glob("*.yaml"))
ELSEWHERE = ("W62", "E101", "E115", "E116", "E131", "E700")
"""Codes of expressions, of templates, of files that are no text or too long: they have tests of their own."""


def _rendered(case: Path, folder: Path) -> str:
    """What `relance check` says of the golden project with the files of a case in it."""
    shutil.copytree(GOLDEN / "project", folder, dirs_exist_ok=True)
    parts = re.split(r"^# file: (\S+)\n", case.read_text(), flags=re.MULTILINE)
    files = {"scenarios/program/case.yaml": parts[0]} if parts[0].strip() else {}
    files |= dict(zip(parts[1::2], parts[2::2], strict=True))
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    tell(folder, "case", "other")
    return render.text(compile_project(folder).diagnostics).replace(f"{folder.as_posix()}/", "") + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_mistake_is_told_in_these_words(case: Path, tmp_path: Path) -> None:
    """The rendered text is the one that was read and approved."""
    assert _rendered(case, tmp_path) == case.with_suffix(".expected").read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_one_cause_makes_one_diagnostic(case: Path, tmp_path: Path) -> None:
    """A file named for a code shows that code and no other."""
    codes = set(re.findall(r"^(?:error|warning)\[(\w+)\]", _rendered(case, tmp_path), re.MULTILINE))
    assert codes == {case.stem.split("-")[0]}


def _codes() -> set[str]:
    texts = [path.read_text() for path in SOURCES.rglob("*.py")]
    return {code for text in texts for code in re.findall(r'"([EW]\d{3})"', text)}


def test_every_code_is_shown_by_a_golden_file() -> None:
    """No diagnostic of the reader, the parsers and the rules goes unseen."""
    shown = {case.stem.split("-")[0] for case in CASES}
    assert {code for code in _codes() if not code.startswith(ELSEWHERE)} - shown == set()


def test_every_code_has_a_page() -> None:
    """`relance explain` knows every code."""
    assert _codes() - {page.stem for page in (SOURCES / "hints").glob("*.md")} == set()


if __name__ == "__main__":
    for each in CASES:
        with tempfile.TemporaryDirectory() as scratch:
            text = _rendered(each, Path(scratch))
            each.with_suffix(".expected").write_text(text)
            sys.stdout.write(f"# {each.name}\n{text}\n")
