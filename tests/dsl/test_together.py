"""Scenarios beside one another: who competes for a place, and who does not."""

import shutil
from pathlib import Path

import pytest

from dsl.compiler import compile_project
from tests.dsl.told import tell

BASE = Path(__file__).parent / "golden" / "project"
ONE = "scenario: case\ntopic: newsletter\nentry: always\ntrigger: { event: order.placed }\n"
OTHER = ONE.replace("scenario: case", "scenario: other")
HELLO = "steps:\n  - email: hello\n"


def codes(folder: Path, *scenarios: str) -> list[str]:
    shutil.copytree(BASE, folder, dirs_exist_ok=True)
    for number, text in enumerate(scenarios):
        (folder / "scenarios" / f"s{number}.yaml").write_text(text)
    tell(folder, "case", "other")
    return [each.code for each in compile_project(folder).diagnostics]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", ""),
        ("audience: contact.tier == gold\n", ""),
        ("audience: contact.tier == gold\n", "audience: contact.tier >= silver and contact.tier is known\n"),
        ("audience: in segment vip\n", "audience: contact.tier == gold\n"),
    ],
)
def test_the_same_people_at_the_same_moment_compete(first: str, second: str, tmp_path: Path) -> None:
    """Where everybody of the one is proven to be of the other."""
    assert codes(tmp_path, ONE + first + HELLO, OTHER + second + HELLO) == ["W434"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("priority: 60\n", ""),
        ("audience: contact.tier == gold\n", "audience: contact.tier == silver\n"),
        ("audience: contact.tier == gold\n", "audience: contact.country == FR\n"),
        ("class: transactional\n", ""),
    ],
)
def test_others_do_not(first: str, second: str, tmp_path: Path) -> None:
    """Another priority, people who may be others, messages that no limit counts."""
    assert codes(tmp_path, ONE + first + HELLO, OTHER + second + HELLO) == []


def test_who_waits_first_does_not_compete(tmp_path: Path) -> None:
    """What comes days later meets another day's limits."""
    later = "steps:\n  - wait: 3 days\n  - email: hello\n"
    assert codes(tmp_path, ONE + HELLO, OTHER + later) == []


def test_a_purpose_in_words_of_its_own_is_not_compared(tmp_path: Path) -> None:
    """`birthday offer` is no topic, so that nobody can say whether a scenario keeps to it."""
    assert codes(tmp_path, ONE + "audience: age(contact.birthdate) >= 18\n" + HELLO) == []


def test_a_purpose_that_names_the_topic_fits(tmp_path: Path) -> None:
    """By its name or by its title, among others."""
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    catalog = tmp_path / "scenarios" / "catalog.yaml"
    said = 'purpose: "service, News and offers"'
    catalog.write_text(catalog.read_text().replace("purpose: birthday offer", said))
    (tmp_path / "scenarios" / "s.yaml").write_text(ONE + "audience: age(contact.birthdate) > 17\n" + HELLO)
    tell(tmp_path, "case")
    assert compile_project(tmp_path).diagnostics == ()
