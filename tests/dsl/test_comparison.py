"""Two versions of a scenario compared: what a marketer would notice, and nothing else."""

from pathlib import Path

import pytest

from dsl.comparison import Change, compare
from dsl.comparison_text import SAME, page
from dsl.description import Description, describe
from tests.engine.story_projects import scenario, write

STEPS = """
    - { email: hello, id: first }
    - wait: 2 days
    - if: clicked(first)
      then: [{ email: offer, id: offer }]
    - { sms: hello, id: ask }
    - wait: 3 days
    - { email: hello, id: last }
"""


@pytest.fixture
def said(tmp_path_factory):
    """The description of a scenario that stands alone in a project."""

    def describe_(steps: str = STEPS, head: str = "", **more: str) -> Description:
        folder: Path = tmp_path_factory.mktemp("project")
        project = write(folder, {"case": scenario(steps, head, **more)}, "  - { name: none, expect: [] }\n")
        return describe(project.scenarios["case"], project.world, project.templates)

    return describe_


def steps(changes: tuple[Change, ...]) -> list[tuple[str, str, str | None]]:
    """(how, number, step) of the steps that differ."""
    return [(each.how, each.where, each.step) for each in changes if each.part == "steps"]


def test_the_same_twice_differs_in_nothing(said):
    changes = compare(said(), said())
    assert changes == ()
    assert page("case", changes) == f"case\n\n{SAME}\n"


def test_a_step_that_is_added_renumbers_nobody(said):
    """Those behind it are the steps that they were, whatever their number."""
    more = STEPS.replace("    - wait: 2 days\n", "    - wait: 2 days\n    - { email: offer, id: second }\n")
    assert steps(compare(said(), said(more))) == [("added", "3", "second")]
    assert steps(compare(said(more), said())) == [("removed", "3", "second")]


def test_a_wait_without_an_id_that_is_longer_has_changed(said):
    (change,) = compare(said(), said(STEPS.replace("wait: 3 days", "wait: 5 days")))
    assert change == Change(
        "steps",
        "changed",
        "5",
        "Waits 3 days, to the same time of day.",
        "Waits 5 days, to the same time of day.",
        "5",
    )


def test_a_step_with_an_id_is_known_wherever_it_goes(said):
    first, last = "    - { sms: hello, id: ask }\n", "    - { email: hello, id: last }\n"
    there = STEPS.replace(first, "").replace(last, last + first)
    (change,) = compare(said(), said(there))
    assert (change.how, change.step, change.before, change.where) == ("moved", "ask", "4", "6")


def test_another_condition_of_a_branch_is_told(said):
    changes = compare(said(), said(STEPS.replace("clicked(first)", "opened(first)")))
    assert steps(changes) == [("changed", "3", "3")]
    assert "opened" in str(changes[0].after)


@pytest.mark.parametrize(("head", "part", "after"), [
    ("priority: 80\n", "card", "80"),
    ("audience: contact.country == FR\n", "audience", "the person's country is “FR”"),
    ("holdout: 10%\n", "entry", "10 % of people, always the same ones, go through it"),
    ("while_active: restart\n", "entry", "a second start ends the first and begins again"),
    ("on_edit: exit\n", "entry", "People in it when a new version is published leave."),
    ("goal: { event: order.placed, within: 9 days }\n", "goal", "within 9 days of the entry"),
    ("exit_when: [order.placed]\n", "exits", "“order placed” happens"),
])  # fmt: skip
def test_what_is_said_for_the_whole_scenario(head: str, part: str, after: str, said) -> None:
    changes = compare(said(), said(head=head))
    told = [each for each in changes if each.part == part]
    assert any(after in str(each.after) for each in told), changes


def test_another_trigger(said):
    (change,) = compare(said(), said(trigger="event: order.placed"))
    assert (change.part, change.how) == ("starts", "changed")


def test_what_must_hold_for_a_message(said):
    narrower = STEPS.replace("id: first }", 'id: first, hours: { allow: "09:00-12:00" }, tags: [nps] }')
    found = {each.where: each.after for each in compare(said(), said(narrower))}
    assert found["“Hello” by email: hours"] == "Leaves between 09:00 and 12:00 of the person's own time."
    assert found["“Hello” by email: tags"] == "nps"


def test_one_message_more_is_counted(said):
    more = STEPS + "    - { email: offer, id: more }\n"
    (count,) = [each for each in compare(said(), said(more)) if each.where == "at most to one person"]
    assert (count.before, count.after) == ("4", "5")


def test_the_page_marks_what_goes_what_comes_and_what_moves(said):
    changes = compare(said(), said(STEPS.replace("wait: 3 days", "wait: 5 days"), "priority: 80\n"))
    assert page("case: old → new", changes, ("They leave.",)) == (
        "case: old → new\n\n"
        "WHAT IT IS\n  - priority: 50\n  + priority: 80\n\n"
        "WHAT HAPPENS, STEP BY STEP\n"
        "  - 5. Waits 3 days, to the same time of day.\n  + 5. Waits 5 days, to the same time of day.\n\n"
        "PEOPLE IN IT WHEN IT IS PUBLISHED\n  They leave.\n"
    )
