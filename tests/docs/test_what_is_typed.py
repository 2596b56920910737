"""What the pages tell people to type and to write works: verbs, options, make targets, the first scenario."""

import re
import shutil
from itertools import chain
from pathlib import Path

import click
import pytest

from cli import VERBS, relance
from dsl.compiler import compile_project

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def typed() -> list[str]:
    """Every command line of the pages: of examples for a shell, and inside sentences."""
    texts = [page.read_text("utf-8") for page in PAGES]
    lines = chain.from_iterable(block.splitlines() for text in texts for block in SHELL.findall(text))
    inline = chain.from_iterable(re.findall(r"`((?:relance|make) [^`]+)`", text) for text in texts)
    return sorted({line.split("#")[0].strip() for line in (*lines, *inline)})


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The verb that these words name, down to a verb of a group, and what is left of them."""
    context = click.Context(relance)
    found: click.Command = relance
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        below = found.get_command(context, words[0])
        assert below is not None, words
        found, words = below, words[1:]
    return found, words


@pytest.mark.parametrize("line", [line for line in typed() if line.startswith("relance ")])
def test_a_command_line_has_a_verb_and_options_that_there_are(line):
    """As click knows them."""
    words = line.split()[1:]
    assert words[0].startswith("-") or words[0] in VERBS
    command, rest = command_of(words)
    known = {"--help", "--version", *chain.from_iterable(each.opts for each in command.params)}
    assert [word for word in rest if word.startswith("-") and word not in known] == []


@pytest.mark.parametrize("line", [line for line in typed() if line.startswith("make ")])
def test_a_make_target_is_one(line):
    """By the Makefile's own list."""
    (listed,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert line.split()[1] in listed.split()


def test_the_first_scenario_that_a_newcomer_reads_has_nothing_to_mend(tmp_path):
    """The README's, among the shipped ones. W442 asks for its stories, which are on no page."""
    for part in ("scenarios", "templates", "codes"):
        shutil.copytree(ROOT / part, tmp_path / part)
    (shown,) = re.findall(
        r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    welcome = tmp_path / "scenarios" / "onboarding" / "welcome.yaml"
    welcome.write_text(shown, "utf-8")
    welcome.with_suffix(".test.yaml").unlink()
    found = [each for each in compile_project(tmp_path).diagnostics if "onboarding" in each.file.path]
    assert {each.code for each in found} <= {"W442"}
