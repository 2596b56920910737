"""Hover, definitions and renames of names, wherever they stand."""

from functools import cache
from pathlib import Path

import pytest

from commands.editor.desk import Desk
from commands.editor.hover import hover
from commands.editor.places import CannotRename, definitions, rename
from dsl.compiler import Project
from dsl.source import SourceFile

ROOT = Path(__file__).parents[2]
WELCOME = "scenarios/onboarding/welcome.yaml"
STORIES = "scenarios/onboarding/welcome.test.yaml"


@cache
def desk() -> tuple[Desk, Project]:
    opened = Desk(ROOT)
    return opened, opened.compile()


def _source(path: str) -> SourceFile:
    found = desk()[0].source(path)
    assert found is not None
    return found


def said(path: str, around: str, name: str) -> str:
    """What hovering tells of a name, found inside the first text around it."""
    file = _source(path)
    found = hover(desk()[1], file, file.text.index(around) + around.index(name) + 1)
    assert found is not None
    return found.text


def led_to(path: str, around: str, name: str) -> list[tuple[str, str]]:
    """The files that a name leads to, with the text of the place in them."""
    file = _source(path)
    offset = file.text.index(around) + around.index(name) + 1
    found = definitions(desk()[1], file, offset, desk()[0].source)
    return [(Path(each.file.path).name, each.file.text[each.span.start : each.span.end]) for each in found]


@pytest.mark.parametrize(
    ("path", "around", "name", "told"),
    [
        (WELCOME, "event: contact.subscribed", "contact.subscribed", "`source`: text"),
        (WELCOME, "topic: newsletter", "newsletter", "News and offers (marketing, opt_in"),
        (WELCOME, "clicked(hello)", "clicked", "whether a link of it was clicked"),
        (WELCOME, "clicked(hello)", "hello", "Welcome to the house"),
        (WELCOME, "sms: welcome_reminder", "welcome_reminder", "by sms"),
        (WELCOME, "- wait_for: order.placed", "wait_for", "Waits for an event"),
        (WELCOME, "- email: welcome_hello", "email", "Sends an email"),
        (WELCOME, "holdout: 5%", "holdout", "without receiving anything"),
        (WELCOME, "list == ", "list", "`list`: text"),
        (WELCOME, "take(welcome_10)", "welcome_10", "codes/welcome_10.csv"),
        ("scenarios/segments.yaml", "contact.tier == gold", "contact", "bronze < silver < gold"),
        (STORIES, "clicks: hello", "hello", "email welcome_hello"),
    ],
)
def test_hover_tells_what_it_is(path: str, around: str, name: str, told: str):
    assert told in said(path, around, name)


@pytest.mark.parametrize(
    ("path", "around", "name", "places"),
    [
        (WELCOME, "goal: { event: order.placed", "order.placed", [("catalog.yaml", "order.placed")]),
        (WELCOME, "topic: newsletter", "newsletter", [("catalog.yaml", "newsletter")]),
        (WELCOME, "clicked(hello)", "hello", [("welcome.yaml", "hello")]),
        (WELCOME, "sms: welcome_reminder", "welcome", [("sms.en.txt", ""), ("sms.fr.txt", "")]),
        (STORIES, "clicks: hello", "hello", [("welcome.yaml", "hello")]),
        (STORIES, "scenarios: [welcome]", "welcome", [("welcome.yaml", "welcome")]),
        ("scenarios/segments.yaml", "sum(order.placed", "order", [("catalog.yaml", "order.placed")]),
    ],
)
def test_a_name_leads_to_where_it_is_defined(
    path: str, around: str, name: str, places: list[tuple[str, str]]
):
    assert sorted(led_to(path, around, name)) == places


def test_what_is_built_in_leads_nowhere():
    assert led_to(WELCOME, "can_track(clicks)", "can_track") == []


def test_a_rename_needs_a_file_that_can_be_read():
    file = _source(WELCOME)
    torn = SourceFile(file.path, file.text.replace("contact.country in [", "contact.country in in ["))
    with pytest.raises(CannotRename, match="mend it first"):
        rename(desk()[1], torn, torn.text.index("id: hello") + 5, "greeting", [])


@pytest.mark.parametrize("name", ["Hello", "event", "a b", ""])
def test_a_rename_wants_a_name(name: str):
    file = _source(WELCOME)
    with pytest.raises(CannotRename, match="is no id"):
        rename(desk()[1], file, file.text.index("id: hello") + 5, name, [])


def test_only_ids_of_steps_are_renamed():
    file = _source(WELCOME)
    with pytest.raises(CannotRename, match="only the id of a step"):
        rename(desk()[1], file, file.text.index("contact.country") + 9, "land", [])
