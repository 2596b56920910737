"""Diagrams: nothing overlaps, nothing is lost, branches keep the order of the file."""

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from dsl.diagram import mermaid, outline, svg
from dsl.diagram_blocks import fold
from dsl.diagram_layout import CARD_WIDTH, TEXT_WIDTH, lay_out
from dsl.diagram_svg import Counts
from dsl.diagram_text import width_of, wrap
from dsl.diagram_words import entry_card
from dsl.nodes import Constant
from dsl.plan import ChooseStep, ExitStep, Plan
from dsl.policy import Formula
from tests.dsl.diagram_plans import LONG_TITLE, spring, welcome

SVG = "{http://www.w3.org/2000/svg}"


def picture(plan):
    return lay_out(entry_card(plan), fold(plan), badges=True)


@pytest.mark.parametrize("plan", [welcome(), spring()], ids=["welcome", "spring"])
def test_every_step_has_one_card(plan):
    """A step is drawn once, wherever ways meet again."""
    drawn = [box.step for box in picture(plan).boxes if box.step is not None]
    assert sorted(drawn) == sorted(step.id for step in plan.steps)


@pytest.mark.parametrize("plan", [welcome(), spring()], ids=["welcome", "spring"])
def test_no_two_cards_overlap(plan):
    """Cards keep apart, also inside branches inside branches."""
    for a, b in combinations(picture(plan).boxes, 2):
        apart_x = a.x + CARD_WIDTH <= b.x or b.x + CARD_WIDTH <= a.x
        apart_y = a.y + a.height <= b.y or b.y + b.height <= a.y
        assert apart_x or apart_y, (a.step, b.step)


@pytest.mark.parametrize("plan", [welcome(), spring()], ids=["welcome", "spring"])
def test_everything_lies_inside_the_drawing(plan):
    """Nothing is cut off at an edge of the picture."""
    whole = picture(plan)
    for edge in whole.edges:
        assert all(0 <= x <= whole.width and 0 <= y <= whole.height for x, y in edge.points)
    for box in whole.boxes:
        assert box.x >= 0
        assert box.x + CARD_WIDTH <= whole.width
    for frame in whole.frames:
        assert frame.x >= 0
        assert frame.x + frame.width <= whole.width


def test_branches_stand_in_the_order_of_the_file():
    """The ways of a `choose` go from left to right as they are written."""
    by_step = {box.step: box.x for box in picture(spring()).boxes}
    assert by_step["c1"] < by_step["c2"] < by_step["c4"]
    assert by_step["d1"] < by_step["d2"]


def test_ways_meet_again_below_the_longest():
    """The step after a branch stands under all of its ways."""
    by_step = {box.step: box for box in picture(welcome()).boxes}
    lowest = max(by_step[step].y + by_step[step].height for step in ("3.then.1", "3.else.1"))
    assert by_step["4"].y > lowest


def test_a_way_that_leaves_does_not_hold_up_the_others():
    """An `exit` in one way leaves the step after the branch on the other way alone."""
    folded = fold(spring())
    at_the_top = [row.step.id for row in folded.rows]
    assert at_the_top == ["a", "b", "c", "d", "e", "g", "i", "i2", "i4", "j", "k", "l"]


def test_where_all_ways_leave_there_is_no_end():
    """A scenario that everybody leaves by `exit` has no end marker."""
    steps = (ExitStep("1", "done"),)
    plan = Plan("x", "X", "p", "newsletter", "marketing", (), steps, "1")
    assert picture(plan).end is None


def test_an_empty_scenario_is_drawn():
    """A scenario without steps leads from its start to its end."""
    drawn = svg(Plan("x", "X", "p", "newsletter", "marketing", (), (), None))
    assert "End" in drawn


def test_the_same_plan_gives_the_same_bytes():
    """Drawings may be committed and compared."""
    assert svg(spring()).encode() == svg(spring()).encode()


def test_thirty_steps_stay_readable():
    """A long title is wrapped and stays whole."""
    plan = spring()
    assert len(plan.steps) >= 30
    box = next(box for box in picture(plan).boxes if box.step == "l")
    assert " ".join(box.lines) == LONG_TITLE
    assert all(width_of(line, 14) <= TEXT_WIDTH for line in box.lines)


@pytest.mark.timeout(5)
def test_a_word_of_a_whole_file_is_cut_at_once():
    """What is not shown is not measured."""
    lines = wrap("x" * 1_000_000, 150, size=14, limit=3)
    assert len(lines) == 3
    assert all(width_of(line, 14) <= 150 for line in lines)
    assert lines[-1].endswith("…")


def test_a_long_name_breaks_at_its_underscores():
    """A word too long for a line breaks where a reader would."""
    lines = wrap("annonce_de_la_collection_printemps", 150, size=14, limit=4)
    assert len(lines) > 1
    assert all(line.endswith("_") for line in lines[:-1])
    assert "".join(lines) == "annonce_de_la_collection_printemps"


def test_what_does_not_fit_ends_in_an_ellipsis():
    """Too many lines are cut with a sign that they are."""
    assert wrap("un deux trois quatre cinq six", 60, size=14, limit=1)[0].endswith("…")


def test_the_svg_is_well_formed_and_says_each_card_whole():
    """A screen reader gets each card's words, and its title is real text."""
    root = ET.fromstring(svg(spring()))
    said = [each.get("aria-label") for each in root.iter() if each.get("class", "").startswith("step ")]
    assert f"Email: {LONG_TITLE}. Merci" in said
    assert root.get("aria-label") == "Diagram of Campagne de printemps : la nouvelle collection"


def test_text_from_a_scenario_is_escaped():
    """A condition with < and & cannot break the drawing, nor bring markup of its own."""
    plan = welcome()
    evil = '<script>alert("x")</script> & more'
    drawn = svg(Plan("x", evil, "p", "newsletter", "marketing", (), plan.steps, "hello"))
    assert "<script" not in drawn
    ET.fromstring(drawn)


def test_counts_are_shown_at_their_steps():
    """Each card carries its numbers in elements that a page can find and change."""
    drawn = svg(welcome(), counts=Counts({"2": 7}, {"hello": 12}, entered=40, ended=3))
    root = ET.fromstring(drawn)
    numbers = {each.get("data-count"): each.text for each in root.iter(f"{SVG}tspan")}
    assert numbers["now:2"] == "7"
    assert numbers["sent:hello"] == "12"
    assert numbers["entered:"] == "40"
    assert numbers["ended:"] == "3"


def test_cards_link_to_their_steps():
    """With an address, each card is a link that the keyboard reaches."""
    root = ET.fromstring(svg(welcome(), step_link="/scenarios/welcome?step="))
    targets = [each.get("href") for each in root.iter(f"{SVG}a")]
    assert targets[0] == "/scenarios/welcome?step=hello"
    assert len(targets) == len(welcome().steps)


def test_mermaid_has_each_step_and_each_way():
    """The Mermaid text names all steps and labels the ways."""
    text = mermaid(spring())
    assert text.startswith("flowchart TD\n")
    assert len(re.findall(r"^    s\d+[\[({]", text, re.MULTILINE)) == len(spring().steps)
    assert '-->|"otherwise"|' in text
    assert '-->|"after 5 days"|' in text
    assert "s11 -->" not in text, "an exit leads nowhere"


def test_mermaid_survives_quotes():
    """Quotes of a condition do not end the label."""
    assert "list == #quot;newsletter#quot;" in mermaid(welcome())


def test_the_outline_reads_as_a_list():
    """The same scenario as lines to be read, indented by branch."""
    lines = list(outline(welcome()))
    assert (1, "yes:") in lines
    assert (2, "Email: Welcome best sellers") in lines
    assert (1, "order.placed: goes on") in lines


def test_ways_meet_again_where_everybody_leaves_by_an_exit():
    """A last `exit` does not draw what stands before it once for each way."""
    known = Formula("true", Constant(value=True))
    steps = (
        ChooseStep("1", ((known, "1.then.1"),), "2"),
        ExitStep("1.then.1", "early", only_if=known, next="2"),
        ChooseStep("2", ((known, "2.then.1"),), "3"),
        ExitStep("2.then.1", "soon", only_if=known, next="3"),
        ExitStep("3", "done"),
    )
    drawn = fold(Plan("x", "X", "p", "newsletter", "marketing", (), steps, "1"))
    assert [row.step.id for row in drawn.rows] == ["1", "2", "3"]
