"""What SMS cost before anybody gets them: counted in the texts that would leave, on the dearest way."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dsl.compiler import compile_project
from dsl.scope import Scope
from dsl.values import Money
from engine.links import Links
from engine.rendering import Renderer
from engine.samples import sample_person
from engine.sms_costs import costs, written
from tests.engine.conftest import write_project
from tests.engine.scenarios import scenario

SCENARIO = scenario(
    "text",
    """
    - repeat: { every: 2 days, at_most: 3 }
      steps:
        - sms: m1
    - first_of:
        - email: m1
        - sms: m2
    """,
)

TEXTS = {"m1": "Bonjour {{ stop_mention }}", "m2": "Fête {{ stop_mention }}" + " bientôt" * 12}


@pytest.fixture
def priced(tmp_path):
    """The costs of a scenario whose second SMS is dear, with what the test writes instead."""

    def priced(policy="prices: { sms: 0.05 EUR }\n", **texts):
        write_project(tmp_path, {"text": SCENARIO}, policy=policy)
        for name, text in (TEXTS | texts).items():
            (tmp_path / f"templates/{name}/sms.fr.txt").write_text(text, "utf-8")
        project = compile_project(tmp_path)
        assert not project.errors, [f"{e.code} {e.message}" for e in project.errors]
        person = sample_person(project.catalog)
        scope = Scope(
            project.world, datetime(2026, 11, 22, tzinfo=UTC), ZoneInfo("Europe/Paris"), attributes=person
        )
        renderer = Renderer(tmp_path / "templates", Links("http://preview.invalid", ["k"]))
        pairs = [(each.scenario, each.plan) for each in project.scenarios.values()]
        (cost,) = costs(pairs, project.world, renderer, scope)
        return cost

    return priced


def test_each_text_is_counted_as_it_would_leave(priced):
    """With its STOP mention, and the first letter that makes it dear."""
    cost = priced()
    assert [(t.message, t.locale, t.segments.count, t.segments.forced_by) for t in cost.texts] == [
        ("m1", "fr", 1, None),
        ("m2", "fr", 2, "ê"),
    ]


def test_the_dearest_way_is_what_one_person_costs_at_most(priced):
    """Three times the first, and the second, of two parts."""
    cost = priced()
    assert cost.parts_at_most == 3 * 1 + 2
    assert cost.at_most == Money(Decimal("0.25"), "EUR")
    assert cost.of(Decimal(1000)) == Money(Decimal("50.00"), "EUR")


def test_letters_of_gsm_make_it_cheap(priced):
    """One line at the head of the template."""
    text = "---\nletters: gsm\n---\nFête {{ stop_mention }}" + " bientôt" * 12
    cost = priced(m2=text)
    assert cost.texts[1].segments.encoding == "GSM-7"
    assert cost.parts_at_most == 4


def test_without_a_price_parts_are_counted_all_the_same(priced):
    cost = priced(policy="expires: 4 days\n")
    assert (cost.parts_at_most, cost.at_most) == (5, None)


def test_a_text_that_cannot_be_written_says_why(priced):
    cost = priced(m1="{{ 'a' - 1 }} {{ stop_mention }}")
    assert "TypeError" in (cost.texts[0].fault or "")
    assert cost.texts[0].characters == 0


def test_prices_are_as_exact_as_they_matter():
    price = Money(Decimal("0.055"), "EUR")
    assert [written(price, parts) for parts in (1, 3, 20)] == ["0.055 EUR", "0.165 EUR", "1.10 EUR"]
