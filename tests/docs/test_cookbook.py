"""The cookbook holds: no mistake, no warning, every story true, every recipe named with what it shows."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from channels.sms_segments import parts
from dsl.compiler import Project, compile_project
from dsl.formatter import format_text
from dsl.plan import ReachTrigger, SegmentTrigger
from dsl.source import SourceFile
from dsl.story import Story, StoryFile
from dsl.values import Money
from engine.links import Links
from engine.rendering import Draft, Renderer
from engine.stories import Stage, play
from engine.story_comparison import compare

FOLDER = Path(__file__).parents[2] / "docs" / "cookbook"


@cache
def _project() -> Project:
    return compile_project(FOLDER)


@cache
def _renderer() -> Renderer:
    return Renderer(FOLDER / "templates", Links("https://mail.maison-verte.example", ["secret"]))


STORIES = [(file, story) for file in _project().stories for story in file.stories]


def test_nothing_is_reported() -> None:
    """Neither an error nor a warning."""
    assert [f"{each.code} {each.file.path}: {each.message}" for each in _project().diagnostics] == []


@pytest.mark.parametrize(("file", "story"), STORIES, ids=[story.name for _, story in STORIES])
def test_the_story_holds(file: StoryFile, story: Story) -> None:
    """Played with the code that decides in production."""
    project = _project()
    plans = {name: each.plan for name, each in project.scenarios.items()}
    editions = {path: each.plan for path, each in project.editions.items()}
    told = play(story, file, Stage(project.world, plans, editions))
    assert compare(told, project.catalog).difference is None


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_is_in_canonical_form(path: Path) -> None:
    """As `relance fmt` leaves it."""
    text = path.read_text(encoding="utf-8")
    assert format_text(SourceFile(path.name, text)) == text


GIVEN = {
    "address": "3 quai de la Fosse",
    "adviser": "Claire",
    "carrier": "Colissimo",
    "city": "Nantes",
    "code": "AMI-3PLS",
    "company": "Jardins Dubois",
    "expire_on": date(2027, 3, 18),
    "name": "Monstera",
    "old_price": Money(Decimal(39), "EUR"),
    "opens_on": date(2027, 2, 23),
    "order_id": "MV-2042",
    "plant": "monstera",
    "points": Decimal(1200),
    "price": Money(Decimal("29.50"), "EUR"),
    "reason": "damaged",
    "shop": "rue des Lilas",
    "starts_at": datetime(2027, 2, 23, 14, 0, tzinfo=UTC),
    "tier": "silver",
    "total": Money(Decimal(85), "EUR"),
    "tracking_url": "https://colissimo.example/MV-2042",
    "valid_until": date(2027, 3, 1),
    "years": Decimal(2),
}
"""What the steps give, with the types that they give it in."""

MESSAGES = sorted(_project().templates.templates)


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize(("message", "channel"), MESSAGES, ids=["-".join(each) for each in MESSAGES])
def test_every_message_reads_well(message: str, channel: str, locale: str) -> None:
    """It renders with what the steps give, has no hole, and an SMS is one."""
    draft = Draft(message, "c_1", "m_1", "recipe", "1", "newsletter", locale=locale, variables=GIVEN)
    if channel == "sms":
        text = _renderer().sms(draft, _project().world).body
        assert len(parts(text)) == 1
    else:
        mail = _renderer().email(draft, _project().world)
        text = f"{mail.subject} {mail.text}"
    assert not re.search(r"[{}]|None| [.,]", text)


def test_every_recipe_stands_in_the_table_with_what_it_shows() -> None:
    """With a link to its file, which begins with the same in a sentence."""
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name, scenario in _project().scenarios.items():
        inside = Path(scenario.path).as_posix()
        assert f"| [{name}]({inside}) | " in table
        assert scenario.source.startswith("# ")


def test_the_field_is_covered() -> None:
    """Every form of trigger, and at least twenty recipes."""
    plans = [each.plan for each in _project().scenarios.values()]
    forms = {type(trigger) for plan in plans for trigger in plan.triggers}
    assert {ReachTrigger, SegmentTrigger} < forms
    assert len(forms) == 8
    assert len(plans) >= 20
