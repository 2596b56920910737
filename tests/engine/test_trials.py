"""What templates make of the values that their steps give, tried out before anybody is written to."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dsl.compiler import Project, compile_project
from engine.publish import PublishRefused, checked
from engine.trials import tried
from tests.dsl.template_project import CATALOG, MAIL, SCENARIO, write

LIST = "contact.subscribed: { list: text }"
RICH = "contact.subscribed: { list: text, total: money, items: { list: { sku: text, price: money } } }"
MORE: Mapping[str, str] = {}
STEP = "  - email: hi\n    with: { total: event.total, items: event.items }\n"
UNUSED = "{{ total|money }}{% for each in items %}{{ each.sku }}{% endfor %}"

Build = Callable[..., Project]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Compiles a project of a step and its mail, and tries it."""

    def build(
        text: str, *, step: str = STEP, head: str = SCENARIO, more: Mapping[str, str] = MORE
    ) -> Project:
        write(tmp_path / "scenarios/catalog.yaml", CATALOG.replace(LIST, RICH))
        write(tmp_path / "scenarios/policy.yaml", "expires: 4 days\n")
        write(tmp_path / "scenarios/onboarding/hello.yaml", head + step)
        for locale in ("fr", "en"):
            write(tmp_path / f"templates/hi/email.{locale}.mjml", MAIL % text)
        for path, said in more.items():
            write(tmp_path / "templates" / path, said)
        return tried(compile_project(tmp_path))

    return build


def told(project: Project) -> list[tuple[Any, ...]]:
    """The errors: code, file, line, text that is marked, and what is said under it."""
    return [
        (
            each.code,
            Path(each.file.path).relative_to(project.folder / "templates").as_posix(),
            each.file.position(each.span.start)[0],
            each.label,
        )
        for each in project.errors
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ total + 5 }}", "`+` is not for an amount and a number"),
        ("{{ 'Total: ' + total }}", "`+` is not for a text and an amount"),
        (
            "{% for each in items %}{{ each.price * each.price }}{% endfor %}",
            "`*` is not for an amount and an amount",
        ),
        ("{{ items }}", "a list cannot be printed as it is"),
        ("{{ 'x' * 3 }}", "`*` is for numbers"),
        ("{{ (items|sort)[0].sku }}", "'<' not supported between instances of 'dict' and 'dict'"),
        (
            "{% for a in items %}" * 15 + "{% endfor %}" * 15,
            "more is worked out than 10,000 turns of loops, or 1,000,000 characters",
        ),
    ],
)
def test_what_breaks_with_the_values_of_the_step_is_told_at_its_line(
    build: Build, text: str, said: str
) -> None:
    project = build(f"{UNUSED}\n{text}")
    assert told(project) == [("E609", f"hi/email.{locale}.mjml", 6, said) for locale in ("en", "fr")]
    assert project.errors[0].message == "`hi` cannot be written, as `hello` sends it"


def test_nothing_of_what_breaks_is_published(build: Build) -> None:
    with pytest.raises(PublishRefused, match=r"email\.en\.mjml:5:1: E609 `hi` cannot be written"):
        checked(build(UNUSED + "{{ total + 5 }}"))


def test_what_goes_well_is_left_as_it_is(build: Build) -> None:
    """Amounts of the event and of its list, and what a template sets itself."""
    text = (
        UNUSED + "{% if total > 40 %}{{ total * 1.2 }}{% endif %}{{ items|sum(attribute='price')|money }}"
        "{% set most = total + total %}{{ most|money }}{{ 100 / (total|int - 49) }}"
    )
    project = build(text)
    assert told(project) == []
    assert checked(project) == project


def test_a_partial_is_tried_too_and_told_at_its_own_place(build: Build) -> None:
    text = UNUSED + '<mj-include path="_brand/foot.mjml" />'
    foot = "<mj-raw>\n{{ brand.name - 1 }}</mj-raw>"
    said = ("E609", "_brand/foot.mjml", 2, "`-` is not for a text and a number")
    assert told(build(text, more={"_brand/foot.mjml": foot})) == [said]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("hi/email.fr.txt", "a\n{{ total + 1 }} {{ unsubscribe_url }}", 2),
        ("hi/email.fr.mjml", MAIL.replace("Bonjour", "Bonjour {{ total + 1 }}") % UNUSED, 2),
    ],
    ids=["a text part", "a subject"],
)
def test_each_part_of_a_mail_is_tried(build: Build, path: str, text: str, line: int) -> None:
    said = ("E609", path, line, "`+` is not for an amount and a number")
    assert told(build(UNUSED, more={path: text})) == [said]


def test_where_there_are_other_errors_nothing_is_tried(build: Build) -> None:
    """One cause makes one error."""
    project = build("{{ contact.frist_name }}{{ 'a' * 2 }}" + UNUSED)
    assert {each.code for each in project.errors} == {"E613"}


def test_a_template_that_no_step_sends_is_left_alone(build: Build) -> None:
    """What it would be given is not known, and it cannot leave."""
    mail = MAIL % "{{ whatever|date }}{{ 'a' * 2 }}"
    assert told(build(UNUSED, more={"later/email.fr.mjml": mail})) == []


@pytest.mark.parametrize(
    ("trigger", "given"),
    [
        ("{ event: contact.subscribed, for_each: event.items }\nkey: item.sku", "item.price"),
        ("{ api: { input: { total: money } } }", "event.total"),
    ],
)
def test_items_and_what_a_call_gives_are_made_up_by_their_types(
    build: Build, trigger: str, given: str
) -> None:
    head = SCENARIO.replace("{ event: contact.subscribed }", trigger)
    step = f"  - email: hi\n    with: {{ total: {given} }}\n"
    assert told(build("{{ total * 2 }}", step=step, head=head)) == []
    assert {each[3] for each in told(build("{{ total + 2 }}", step=step, head=head))} == {
        "`+` is not for an amount and a number"
    }


def test_a_name_is_made_up_by_its_type_and_not_by_its_sound(build: Build) -> None:
    """A postcode may be a number."""
    head = SCENARIO.replace("{ event: contact.subscribed }", "{ api: { input: { postcode: number } } }")
    step = "  - email: hi\n    with: { place: round(event.postcode) }\n"
    assert told(build("{{ place + 1 }}", step=step, head=head)) == []


def test_what_only_real_people_have_is_not_missed(build: Build) -> None:
    """A third item, a text that is a number, a comment that is left out of the page."""
    text = "{{ items[2].sku|default('') }}{{ items[0].sku|money }}<!-- {{ 'a' + total }} -->"
    assert told(build(UNUSED + text)) == []


def test_a_scenario_may_have_the_name_of_a_preview(build: Build) -> None:
    head = SCENARIO.replace("scenario: hello", "scenario: preview")
    assert {each[0] for each in told(build(UNUSED + "{{ total + 1 }}", head=head))} == {"E609"}
