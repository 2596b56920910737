"""The page of the relational plan in a real browser: readable, narrow, printable, from a file."""

import re
from pathlib import Path

import pytest

from dsl.compiler import compile_project
from dsl.relational_page import page as plan_page
from dsl.relational_plan import relational_plan

pytestmark = pytest.mark.browser
REPOSITORY = Path(__file__).parents[2]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((each) => !each.closest(".scroll, .chart"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 80))"""


@pytest.fixture
async def plan(browser, tmp_path):
    """The page of the shipped scenarios, opened as people open a file."""
    file = tmp_path / "plan.html"
    file.write_text(plan_page(relational_plan(compile_project(REPOSITORY))), "utf-8")
    opened = await browser.new_page(viewport={"width": 1280, "height": 900})
    wrong: list[str] = []
    opened.on("request", lambda request: wrong.append(request.url))
    await opened.goto(file.as_uri())
    yield opened
    await opened.close()
    assert [url for url in wrong if not url.startswith(file.as_uri())] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_word_can_be_read(plan, scheme):
    """Text keeps the contrast that WCAG 2.2 AA asks for, in both schemes."""
    await plan.emulate_media(color_scheme=scheme)
    assert await plan.evaluate(CONTRAST) == []


async def test_nothing_is_cut_off_on_a_telephone(plan):
    """At 390 pixels only tables and charts scroll, inside themselves."""
    await plan.set_viewport_size({"width": 390, "height": 800})
    assert await plan.evaluate(TOO_WIDE) == []
    assert await plan.evaluate("document.documentElement.scrollWidth") <= 390


async def test_the_map_leads_to_the_sheet(plan):
    """A scenario of the map is one click from its sheet."""
    await plan.get_by_role("link", name=re.compile("Welcome a new subscriber")).first.click()
    assert await plan.evaluate("location.hash") == "#welcome"
    assert await plan.evaluate("document.getElementById('welcome').getBoundingClientRect().top < innerHeight")


async def test_each_sheet_begins_a_page_of_paper(plan, tmp_path):
    """Printed, there are at least as many pages as scenarios, after the first."""
    paper = tmp_path / "plan.pdf"
    await plan.pdf(path=paper, prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", paper.read_bytes()))
    assert pages > len(compile_project(REPOSITORY).scenarios)
