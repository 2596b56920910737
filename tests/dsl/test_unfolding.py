"""Definitions that are made of one another: how much they come to, and what is too much."""

from pathlib import Path

import pytest

from dsl.compiler import compile_project
from tests.dsl.template_project import CATALOG, MAIL, SCENARIO, write

STEPS = "  - if: in segment final\n    then:\n      - email: hi\n"
ATTRIBUTE = '  engagement: { type: number, is: "count(contact.subscribed, last 90 days)" }\n'


def told(folder: Path, *, segments: str = "", computed: str = "", steps: str = STEPS) -> list[str]:
    """The errors of a project with these segments and computed attributes: code and what is said."""
    write(folder / "scenarios/catalog.yaml", CATALOG.replace(ATTRIBUTE, ATTRIBUTE + computed))
    write(folder / "scenarios/segments.yaml", segments)
    write(folder / "scenarios/onboarding/hello.yaml", SCENARIO + steps)
    for locale in ("fr", "en"):
        write(folder / f"templates/hi/email.{locale}.mjml", MAIL % "")
    return [f"{each.code} {each.message}: {each.label}" for each in compile_project(folder).errors]


def chain(length: int, of: str) -> str:
    """Segments of which each asks for the one before, as `of` says it."""
    first = "s0: { title: A, is: contact.engagement > 1 }\n"
    middle = "".join(
        f's{n}: {{ title: A, is: "{of.format(f"in segment s{n - 1}")}" }}\n' for n in range(1, length)
    )
    return first + middle + f"final: {{ title: A, is: in segment s{length - 1} }}\n"


@pytest.mark.parametrize(
    ("length", "of", "said"),
    [
        (60, "{0} and not {0} or {0}", "E704 `segment s5` is too much to be worked out: "),
        (3_000, "{0}", "E704 `segment s58` is too much to be worked out: "),
    ],
    ids=["three times each", "one after the other"],
)
def test_segments_that_grow_with_each_other_are_told_once(
    tmp_path: Path, length: int, of: str, said: str
) -> None:
    """At the first that is too much, and what stands on it is left alone."""
    (found,) = told(tmp_path, segments=chain(length, of))
    assert found.startswith(said)


def test_computed_attributes_that_grow_with_each_other_are_told(tmp_path: Path) -> None:
    doubled = "".join(
        f"  c{n}: {{ type: number, is: contact.c{n - 1} + contact.c{n - 1} }}\n" for n in range(1, 60)
    )
    steps = "  - if: contact.c59 > 3\n    then:\n      - email: hi\n"
    first = "  c0: { type: number, is: contact.engagement + 1 }\n"
    (found,) = told(tmp_path, computed=first + doubled, steps=steps)
    assert found.startswith("E704 `contact.c8` is too much to be worked out: 1789 parts")


def test_definitions_of_definitions_are_fine(tmp_path: Path) -> None:
    """Twenty, one after the other, and one that asks for all of them."""
    parts = chain(20, "{0} and contact.first_name is known")
    asked = " or ".join(f"in segment s{n}" for n in range(6))
    assert told(tmp_path, segments=f'{parts}all: {{ title: A, is: "{asked}" }}\n') == []


def test_what_comes_back_to_itself_is_told_beside_what_is_too_much(tmp_path: Path) -> None:
    circle = "a: { title: A, is: in segment b }\nb: { title: A, is: in segment a }\n"
    found = told(tmp_path, segments=chain(60, "{0} or {0}") + circle)
    assert [each.split(":")[0] for each in found] == [
        "E704 `segment s8` is too much to be worked out",
        "E702 `segment a` is defined by itself",
    ]
