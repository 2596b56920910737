"""Files that were made to do harm, or by a mistake: one diagnostic each, and never anything else."""

import os
from pathlib import Path

import pytest

from dsl import render
from dsl.compiler import Project, compile_project
from dsl.proofs.pace import most_a_week
from dsl.reader import read
from dsl.source import SourceFile
from dsl.step_reader import MAX_STEPS
from tests.unprivileged import as_nobody

CATALOG = """\
brand: { name: B, legal_sender: "B, 1 street", site: https://b.example, currency: EUR }
locales: [fr]
events: { order.placed: { total: money } }
topics: { news: { title: News, class: marketing, default: opt_in } }
senders: { email: { address: a@b.example, name: B } }
"""
UNTOLD = "W442"
"""Nobody tells stories of these."""
HEAD = "scenario: case\ntopic: news\ntrigger: { event: order.placed }\nentry: once\n"
LETTER = '---\nsubject: Hello\n---\n<a href="{{ unsubscribe_url }}">No more</a>\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project without scenarios."""
    (tmp_path / "scenarios" / "program").mkdir(parents=True)
    (tmp_path / "scenarios" / "catalog.yaml").write_text(CATALOG)
    (tmp_path / "templates" / "hello").mkdir(parents=True)
    (tmp_path / "templates" / "hello" / "email.fr.html").write_text(LETTER)
    return tmp_path


def check(folder: Path, text: str | bytes) -> Project:
    """The project with this scenario in it."""
    raw = text if isinstance(text, bytes) else text.encode()
    (folder / "scenarios" / "program" / "case.yaml").write_bytes(raw)
    return compile_project(folder)


def codes(project: Project) -> list[str]:
    return [each.code for each in project.diagnostics if each.code != UNTOLD]


DAMAGED = {
    "brackets without end": ("a: " + "[" * 100_000, "E106"),
    "braces without end": ("a: " + "{a: " * 50_000, "E106"),
    "blocks without end": ("".join(" " * depth + "a:\n" for depth in range(1_000)), "E106"),
    "lists without end": ("- " * 300_000, "E106"),
    "an alias bomb": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "E105"),
    "a line end that is none": (f"{HEAD}title: a\u2028b\nsteps: []\n", "E102"),
    "a space without width": (f"{HEAD}title: a\u200bb\nsteps: []\n", "E102"),
    "a direction written as an escape": (HEAD + 'title: "\\u202E"\nsteps: []\n', "E102"),
    "a zero written as an escape": (HEAD + 'title: "\\0"\nsteps: []\n', "E102"),
    "a text after the end": (f"{HEAD}steps: []\n...\nmore\n", "E100"),
    "a bracket at the end": (f"{HEAD}steps: [\n", "E100"),
    "half a character as an escape": (HEAD + 'title: "\\ud800"\nsteps: []\n', "E100"),
    "digits of another script": (f"{HEAD}priority: 5\nsteps:\n  - wait: \u0663 days\n", "E123"),
    "fifty thousand keys": (HEAD + "".join(f"k{n}: 1\n" for n in range(50_000)) + "steps: []\n", "E121"),
    "twenty thousand steps": (HEAD + "steps:\n" + "  - email: hello\n" * 20_000, "E131"),
    "ten thousand cases": (
        HEAD + "steps:\n  - choose:\n" + "      - { when: true, steps: [] }\n" * 10_000,
        "E131",
    ),
    "a number that is none": (f"{HEAD}priority: .nan\nsteps: []\n", "E123"),
    "a wait beyond the calendar": (f"{HEAD}steps:\n  - wait: 9000 years\n", "E123"),
    "days beyond the calendar": (f"{HEAD}steps:\n  - wait: 999999 weeks at 10:00\n", "E123"),
    "a merge key": (f"{HEAD}<<: {{ title: x }}\nsteps: []\n", "E121"),
}


@pytest.mark.parametrize(("text", "code"), DAMAGED.values(), ids=DAMAGED)
def test_a_hostile_file_ends_in_one_diagnostic(text: str, code: str, folder: Path):
    """Told in a few lines of a bounded width, whatever the file holds."""
    project = check(folder, text)
    assert codes(project) == [code]
    drawn = render.text(project.errors).splitlines()
    assert len(drawn) < 20
    assert max(map(len, drawn)) < 400


ENDINGS = {"of Windows": "\r\n", "of old Macs": "\r"}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_other_line_ends_and_a_byte_order_mark_are_read(ending: str, folder: Path):
    text = f"{HEAD}steps:\n  - email: hello\n".replace("\n", ending)
    assert codes(check(folder, b"\xef\xbb\xbf" + text.encode())) == []


def test_the_longest_scenario_is_checked(folder: Path):
    """As many steps as a scenario may have, all of them messages on one way."""
    project = check(folder, HEAD + "steps:\n" + "  - email: hello\n" * (MAX_STEPS - 1))
    assert codes(project) == []
    assert most_a_week(project.scenarios["case"].scenario, project.policy.expires) == MAX_STEPS - 1


def test_a_mistake_far_to_the_right_is_shown_with_what_is_around_it():
    """The caret stands under it, and the line does not fill the terminal."""
    text = f"a: {'x' * 5_000}\u200b{'y' * 5_000}\n"
    (found,) = read(SourceFile("f.yaml", text))[1]
    gutter, source, caret, *_ = render.text([found]).splitlines()[2:]
    assert "f.yaml:1:5004" in render.text([found])
    assert len(source) < 200
    assert source[caret.index("^")] == "\ufffd"
    assert (source[4], source[-1], gutter) == ("…", "…", "  |")


def _folder(path: Path) -> None:
    path.mkdir()


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def _link_to_nothing(path: Path) -> None:
    path.symlink_to("/nowhere/at/all")


def _link_without_end(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "make",
    [_folder, _link_to_itself, _link_to_nothing, _link_without_end, os.mkfifo],
    ids=lambda it: it.__name__,
)
@pytest.mark.parametrize(
    "place", ["scenarios/program/case.yaml", "scenarios/policy.yaml", "templates/hello/sms.fr.txt"]
)
def test_what_is_no_file_is_told_and_not_waited_for(make, place: str, folder: Path):
    make(folder / place)
    assert codes(compile_project(folder)) == ["E116"]


def test_a_file_that_may_not_be_read_is_told(folder: Path):
    assert codes(check(folder, f"{HEAD}steps: []\n")) == []
    with as_nobody(folder) as mine:
        (mine / "scenarios" / "program" / "case.yaml").chmod(0)
        assert codes(compile_project(mine)) == ["E116"]


@pytest.mark.parametrize("rights", [0o000, 0o444], ids=["not listed", "not entered"])
def test_a_folder_that_may_not_be_looked_into_is_told(rights: int, folder: Path):
    """Its scenarios are not gone, so that nothing takes them out of force."""
    check(folder, f"{HEAD}steps: []\n")
    with as_nobody(folder) as mine:
        (mine / "scenarios" / "program").chmod(rights)
        found = codes(compile_project(mine))
        (mine / "scenarios" / "program").chmod(0o755)
    assert found == ["E116"]


@pytest.mark.parametrize("base", ["scenarios", "templates"])
def test_a_link_to_a_folder_is_told_since_nothing_below_it_is_read(base: str, folder: Path):
    (folder / "elsewhere").mkdir()
    (folder / base / "linked").symlink_to(folder / "elsewhere")
    (folder / base / ".hidden").symlink_to(folder / "elsewhere")
    project = compile_project(folder)
    assert codes(project) == ["E116"]
    assert project.errors[0].file.path.endswith("linked")


@pytest.mark.parametrize("name", ["templates", "sources"])
def test_a_file_in_the_place_of_a_folder_is_told(name: str, folder: Path):
    if (folder / name).exists():
        (folder / name).rename(folder / "elsewhere")
    (folder / name).touch()
    assert codes(compile_project(folder)) == ["E116"]


def test_a_name_that_reads_differently_is_told(folder: Path):
    (folder / "scenarios" / "program" / "case\u202elmay.yaml").write_text(f"{HEAD}steps: []\n")
    found = compile_project(folder).errors[0]
    assert (found.code, found.file.path.isprintable()) == ("E116", True)


def test_what_editors_leave_behind_is_passed_over(folder: Path):
    """Locks, swap files and copies have names that begin with a dot."""
    (folder / "scenarios" / "program" / ".#case.yaml").symlink_to("someone@host")
    (folder / "scenarios" / "program" / ".case.yaml").write_text("a: [")
    assert codes(check(folder, f"{HEAD}steps: []\n")) == []
