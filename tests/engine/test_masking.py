"""What is hidden from those who need to tell people apart and not who they are."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dsl.catalog import Attribute, EventType, Interaction
from dsl.types import DATE, EMAIL, TEXT, ChoiceOf, Number, Record
from engine import masking
from store.timeline import Line
from tests.engine.world_builders import CATALOG


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("alice@example.com", "a•••@example.com"),
        ("a@b.fr", "a•••@b.fr"),
        ('"a@b"@example.com', '"•••@example.com'),
        ("none", "•••"),
        ("", "•••"),
    ],
)
def test_an_email_keeps_its_first_letter_and_its_domain(address, shown):
    assert masking.email(address) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+33639980001", "+33 6 •• •• •• 01"),
        ("+4915112345678", "+49 1••• •••••78"),
        ("+12025550123", "+1 2••-•••-••23"),
        ("0639980001", "•••"),
        ("x", "•••"),
        ("+290123", "+290 •••"),
    ],
)
def test_a_phone_keeps_its_country_its_first_and_its_last_two_digits(number, shown):
    assert masking.phone(number) == shown


@pytest.mark.parametrize(("text", "shown"), [("Zoé", "Z."), ("  ada ", "a."), ("", ""), ("Émile Zola", "É.")])
def test_a_name_keeps_its_initial(text, shown):
    assert masking.name(text) == shown


def test_a_sentence_loses_whatever_looks_like_an_address():
    told = "550 <zoe@example.com> unknown, call +33 6 39 98 00 01 or 06.39.98.00.01; code 550"
    assert masking.words(told) == "550 <•••> unknown, call ••• or •••; code 550"


@pytest.fixture
def catalog():
    declared = (
        Attribute("nickname", TEXT, personal=True),
        Attribute("points", Number()),
        Attribute("birthdate", DATE, personal=True),
        Attribute("work", EMAIL),
    )
    return replace(CATALOG, attributes={each.name: each for each in declared})


def test_what_is_personal_or_declared_nowhere_is_masked_and_the_rest_is_not(catalog):
    row = {
        "id": "c_1",
        "email": "zoe@example.com",
        "phone": None,
        "attributes": {
            "nickname": "Zozo",
            "points": 12,
            "birthdate": "1990-01-02",
            "other": "secret",
            "work": "z@e.fr",
        },
    }
    shown = masking.person(catalog, row)
    assert shown["email"] == "z•••@example.com"
    assert shown["phone"] is None
    assert shown["attributes"] == {
        "nickname": "Z.",
        "points": 12,
        "birthdate": "•••",
        "other": "•••",
        "work": "z•••@e.fr",
    }


def test_a_template_gets_values_of_the_same_type(catalog):
    known = {"id": "c_1", "nickname": "Zozo", "points": 12, "birthdate": date(1990, 1, 2), "locale": "fr"}
    shown = masking.values(catalog, known)
    assert (shown["nickname"], shown["points"], shown["locale"]) == ("Z.", 12, "fr")
    assert isinstance(shown["birthdate"], date)
    assert shown["birthdate"] != known["birthdate"]


def test_texts_from_outside_are_hidden_and_figures_stay():
    told = {
        "order_id": "9",
        "total": {"amount": "12.50", "currency": "EUR"},
        "lines": [{"sku": "A", "count": 2}],
        "gift": True,
    }
    assert masking.outside(told) == {
        "order_id": "•••",
        "total": {"amount": "12.50", "currency": "EUR"},
        "lines": [{"sku": "•••", "count": 2}],
        "gift": True,
    }


@pytest.mark.parametrize("kind", ["event", "reaction", "consent"])
def test_a_line_of_a_life_keeps_what_is_ours(kind):
    data = {"channel": "email", "text": "call me: zoe@example.com", "bounce": "hard"}
    line = Line(kind, datetime(2026, 1, 1, tzinfo=UTC), 1, 1, 0, "t", data=data)
    shown = masking.line(CATALOG, line).data
    assert "zoe" not in str(shown)
    assert (shown["bounce"] == "hard") == (kind == "reaction")


def test_of_an_event_the_place_and_the_outcome_are_shown_where_they_are_one_of_few_words():
    """What a colleague wrote about a call is hidden, the shop in which somebody was is not."""
    shop = Record((("shop", ChoiceOf(("lyon", "lille"))), ("result", TEXT)))
    called = EventType("call.received", shop, interaction=Interaction("phone", None, "in", "shop", "result"))
    catalog = replace(CATALOG, events={called.name: called})
    at = datetime(2026, 1, 1, tzinfo=UTC)
    line = Line("event", at, 1, 1, 0, "call.received", spot="lyon", outcome="Mrs Zoé moves to Lille")
    shown = masking.line(catalog, line)
    assert (shown.spot, shown.outcome) == ("lyon", "•••")


def test_what_came_before_a_property_had_few_words_is_hidden():
    said = Record((("shop", ChoiceOf(("lyon", "lille"))), ("through", ChoiceOf(("web", "store")))))
    called = EventType("call.received", said, interaction=Interaction(None, "through", "in", "shop", None))
    catalog = replace(CATALOG, events={called.name: called})
    at = datetime(2026, 1, 1, tzinfo=UTC)
    line = Line("event", at, 1, 1, 0, "call.received", spot="at Mrs Zoé's", medium="her cousin")
    shown = masking.line(catalog, line)
    assert (shown.spot, shown.medium) == ("•••", "•••")
    kept = masking.line(catalog, replace(line, spot="lille", medium="web"))
    assert (kept.spot, kept.medium) == ("lille", "web")
