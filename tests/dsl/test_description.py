"""Descriptions: nothing that a scenario does is left out of the page that is signed."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from dsl.compiler import Project, compile_project
from dsl.description import Description, Line, describe
from dsl.description_text import WIDTH, page

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
APPROVED = HERE / "every_form.described.txt"


def described(project: Project, name: str) -> Description:
    return describe(project.scenarios[name], project.world, project.templates)


@pytest.fixture
def every_form(tmp_path: Path) -> Description:
    shutil.copytree(HERE / "golden" / "project", tmp_path, dirs_exist_ok=True)
    program = tmp_path / "scenarios" / "program"
    program.mkdir()
    shutil.copy(HERE / "every_form.yaml", program)
    return described(compile_project(tmp_path), "every_form")


def _steps(lines: tuple[Line, ...]) -> list[str]:
    inner = [step for line in lines for branch in line.branches for step in _steps(branch.steps)]
    return [*(line.step for line in lines), *inner]


def test_every_form_of_the_language_reads_as_it_was_approved(every_form: Description) -> None:
    """The page of a scenario that uses every form is the one that was read by a person."""
    assert page(every_form) == APPROVED.read_text()


def test_every_day_of_a_month_is_told(tmp_path: Path) -> None:
    """Also those of which there are more than days of the week."""
    shutil.copytree(HERE / "golden" / "project", tmp_path, dirs_exist_ok=True)
    program = tmp_path / "scenarios" / "program"
    program.mkdir()
    text = (HERE / "every_form.yaml").read_text()
    (program / "every_form.yaml").write_text(text.replace("month on 1 at", "month on 31 at"))
    told = page(described(compile_project(tmp_path), "every_form"))
    assert "On day 31 of every month at 09:00" in " ".join(told.split())


def test_every_step_is_said_once() -> None:
    """The shipped scenarios are told whole, and no step twice."""
    project = compile_project(REPOSITORY)
    for name, compiled in project.scenarios.items():
        told = _steps(described(project, name).steps)
        assert sorted(told) == sorted(step.id for step in compiled.plan.steps)


def test_the_page_fits_a_printer(every_form: Description) -> None:
    """No line is wider than the page."""
    assert max(map(len, page(every_form).splitlines())) <= WIDTH


def test_the_same_is_to_be_had_as_data(every_form: Description) -> None:
    """What is printed is also JSON, with each message's consent and class."""
    data = json.loads(json.dumps(asdict(every_form)))
    assert data["most_messages"] == 12
    assert data["messages"][0]["message_class"] == "marketing"
    assert data["messages"][2]["consent"].startswith("Needs no consent")


def test_limits_that_can_never_be_asked_are_left_out() -> None:
    """A birthday has priority 70, so that the limit for those below 70 is not in its page."""
    project = compile_project(REPOSITORY)
    said = [limit for sheet in described(project, "birthday").messages for limit in sheet.limits]
    assert said
    assert not any("2 email messages" in each for each in said)
    assert not described(project, "birthday").definitions


def test_personal_data_names_what_texts_and_conditions_use() -> None:
    """The birthdate decides, the first name stands in the texts; each with its purpose."""
    project = compile_project(REPOSITORY)
    used = {each.attribute: each for each in described(project, "birthday").personal_data}
    assert used["birthdate"].used_for == "deciding"
    assert used["birthdate"].purpose == "birthday offer"
    assert used["birthdate"].kept == "3 years"
    assert used["first_name"].used_for == "sending and writing the messages"
    assert "last_name" not in used
