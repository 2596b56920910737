"""The relational plan: every scenario of the files is in it, at three levels, and the page stands alone."""

import csv
import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dsl.compiler import compile_project
from dsl.relational_page import page
from dsl.relational_plan import RelationalPlan, relational_plan, stage_place, table
from dsl.relational_text import WIDTH, text

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
VOID = {"meta", "br", "path", "rect", "circle", "polygon", "line", "link", "img", "input", "hr"}


@pytest.fixture(scope="module")
def plan() -> RelationalPlan:
    return relational_plan(compile_project(REPOSITORY))


@pytest.fixture(scope="module")
def cookbook() -> RelationalPlan:
    return relational_plan(compile_project(REPOSITORY / "docs" / "cookbook"))


class Reader(HTMLParser):
    """Notes what a page links to, its ids, and tags left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.ids += [said["id"]] if said.get("id") else []
        self.links += [said["href"]] if tag == "a" and said.get("href") else []
        self.sources += [said[name] for name in ("src", "srcset", "data") if said.get(name)]
        self.sources += [said["href"]] if tag == "link" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_every_scenario_is_a_row(plan: RelationalPlan) -> None:
    """Each row has trigger, audience, channels, messages, owner, KPI and pressure in words."""
    rows = {row.scenario: row for row in plan.rows}
    welcome = rows["welcome"]
    assert set(rows) == set(compile_project(REPOSITORY).scenarios)
    assert welcome.program == "onboarding"
    assert welcome.channels == ("email", "sms")
    assert welcome.trigger == "When “contact subscribed” happens, where its list is “newsletter”."
    assert welcome.pressure == "marketing, limited"
    assert (welcome.owner, welcome.kpi) == ("crm-team", "first order within 30 days")
    assert welcome.most_messages == 3


def test_programs_follow_the_journey(plan: RelationalPlan) -> None:
    """Who is welcomed comes before who is won back, whatever the alphabet says."""
    assert (
        plan.programs.index("onboarding") < plan.programs.index("loyalty") < plan.programs.index("win_back")
    )
    stages = ["reactivation", "activation", "our own", None, "acquisition"]
    assert sorted(stages, key=stage_place) == ["acquisition", "activation", "reactivation", "our own", None]


def test_the_map_has_each_scenario_once(plan: RelationalPlan) -> None:
    """Program by stage, no scenario is lost or doubled."""
    placed = [row for program in plan.programs for stage in plan.stages for row in plan.at(program, stage)]
    assert sorted(row.scenario for row in placed) == sorted(row.scenario for row in plan.rows)


def test_the_table_is_read_back_by_a_spreadsheet(plan: RelationalPlan) -> None:
    """CSV keeps commas, quotes and lists."""
    rows = {row["scenario"]: row for row in csv.DictReader(io.StringIO(table(plan)))}
    assert rows["welcome"]["channels"] == "email; sms"
    assert rows["birthday"]["priority"] == "70"
    assert rows["birthday"]["messages"] == "The present, a week before; Happy birthday, by SMS where allowed"


def test_a_plan_tells_the_week_as_the_check_does(cookbook: RelationalPlan) -> None:
    """Each scenario's own week, and all of them together besides what policy exempts."""
    rows = {row.scenario: row for row in cookbook.rows}
    assert (rows["order_shipped"].most_messages, rows["order_shipped"].most_a_week) == (1, None)
    assert {row["scenario"]: row["most_a_week"] for row in csv.DictReader(io.StringIO(table(cookbook)))}[
        "order_shipped"
    ] == ""
    said = " ".join(text(cookbook).split())
    assert "at most 1 message a run, as often as it starts" in said
    assert f"at most {cookbook.week.limited} messages in any 7 days, besides what policy exempts" in said
    assert "at most 1 message a run, as often as it starts" in read(page(cookbook)).words.replace("At", "at")


def test_who_sends_nothing_is_under_no_pressure(cookbook: RelationalPlan) -> None:
    """A scenario that only keeps notes shows no message, no topic and no priority."""
    said = text(cookbook).split("(first_order)")[1].split("\n\n")[0]
    assert "no message" in said
    assert "priority" not in said


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """A title that a spreadsheet would compute arrives as text."""
    shutil.copytree(REPOSITORY / "scenarios", tmp_path / "scenarios")
    shutil.copytree(REPOSITORY / "templates", tmp_path / "templates")
    file = tmp_path / "scenarios" / "onboarding" / "welcome.yaml"
    file.write_text(re.sub("^title: .*$", "title: =1+1", file.read_text(), count=1, flags=re.MULTILINE))
    written = table(relational_plan(compile_project(tmp_path)))
    assert ",'=1+1," in written


def test_the_text_fits_a_terminal(plan: RelationalPlan) -> None:
    """No line is wider than the page, and each program heads its scenarios."""
    said = text(plan)
    assert max(map(len, said.splitlines())) <= WIDTH
    assert "\nONBOARDING\n" in said


def test_the_page_stands_alone(plan: RelationalPlan) -> None:
    """It is well-formed, links only inside itself to places that exist, and fetches nothing."""
    html = page(plan)
    reader = read(html)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert {link.removeprefix("#") for link in reader.links} <= set(reader.ids)
    assert all(link.startswith("#") for link in reader.links)
    assert reader.sources == []
    assert "url(" not in html
    assert "<script" not in html


def test_the_page_has_three_levels_of_each_scenario(plan: RelationalPlan) -> None:
    """A row, a drawing and a sheet for each."""
    html = page(plan)
    assert html.count("<svg") == len(plan.rows)
    words = " ".join(read(html).words.split())
    for sheet in plan.sheets:
        assert words.count(sheet.row.title) >= 3
        assert sheet.row.path in words
        assert sheet.description.messages[0].consent in words


def test_the_same_files_give_the_same_page(plan: RelationalPlan) -> None:
    """The page may be committed and compared."""
    assert page(plan) == page(relational_plan(compile_project(REPOSITORY)))


def test_words_from_the_files_bring_no_markup(tmp_path: Path) -> None:
    """A title with < in it is shown as it is written."""
    shutil.copytree(REPOSITORY / "scenarios", tmp_path / "scenarios")
    shutil.copytree(REPOSITORY / "templates", tmp_path / "templates")
    file = tmp_path / "scenarios" / "onboarding" / "welcome.yaml"
    evil = "<script>alert(1)</script>"
    file.write_text(re.sub("^title: .*$", f"title: {evil}", file.read_text(), count=1, flags=re.MULTILINE))
    html = page(relational_plan(compile_project(tmp_path)))
    assert "<script" not in html
    assert evil in read(html).words
