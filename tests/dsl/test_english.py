"""Expressions in plain English: what a person who signs a scenario reads."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.english import English
from dsl.values import Duration
from dsl.wording.certainty import remaining
from dsl.wording.speech import Names
from tests.dsl.vocabulary import CATALOG, read

ENGLISH = English(Names(CATALOG, {"hello": "Welcome"}, "order.placed", kept=Duration(months=36)))

CLAUSES = {
    "contact.country in [FR, BE]": "the person's country is “FR” or “BE”",
    "contact.country not in [FR, BE]": "the person's country is none of “FR” or “BE”",
    "contact.tier >= silver": "the person's tier is “silver” or higher",
    "not contact.tier >= silver": "the person's tier is lower than “silver”",
    "contact.renewal_date < today": "the person's renewal date is before today",
    "not contact.renewal_date < today": "the person's renewal date is no earlier than today",
    "event.total > 50": "the starting event's total is more than 50 EUR",
    "event.total between 10 and 20": (
        "the starting event's total is between 10 EUR and 20 EUR (both included)"
    ),
    "contact.newsletter": "the person's newsletter is yes",
    "contact.newsletter == false": "the person's newsletter is no",
    "contact.is_professional": "the person is a professional",
    "contact.points is unknown": "the person's points is not known",
    "not in segment vip": "the person is not in the segment “vip”",
    'contact.first_name starts with "A"': "the person's first name begins with “A”",
    'not contact.sizes contains "M"': "the person's sizes does not contain “M”",
    "weekday(today) in [sat, sun]": "the day of the week is Saturday or Sunday",
    "did(order.placed, last 90 days)": "there was at least one “order placed” in the last 90 days",
    "not did(order.placed where total > 50 and channel == store, last 12 months)": (
        "there was no “order placed” (where its total is more than 50 EUR, and its channel is “store”) "
        "in the last year"
    ),
    "count(order.placed, since entry) >= 3": (
        "the number of “order placed” since the entry into the scenario is at least 3"
    ),
    "did(order.placed, ever)": "there was at least one “order placed” ever (events are kept for 3 years)",
    "did(order.placed, since hello)": "there was at least one “order placed” since the step “Welcome” began",
    'clicked(hello, "keep")': "the link “keep” in “Welcome” was clicked",
    "not clicked(hello)": "no link in “Welcome” was clicked",
    "not replied(hello)": "the person did not reply to “Welcome”",
    "can_receive(sms, newsletter)": "the person may be contacted by SMS about “News”",
    "not can_track(opens)": "the person's opening of emails may not be tracked",
    "anniversary(contact.birthdate) - 7 days <= today": (
        "7 days before the next anniversary of the person's birthdate (today included) is no later than today"
    ),
    "latest(order.placed, today).at + 2 days < now": (
        "2 days after the moment of the latest “order placed” today is before this moment"
    ),
    "sum(order.placed.total, last 365 days) >= 500": (
        "the sum of every “total” among “order placed” in the last 365 days is at least 500 EUR"
    ),
}


@pytest.mark.parametrize(("text", "said"), CLAUSES.items(), ids=CLAUSES)
def test_a_condition_reads_as_a_sentence(text: str, said: str) -> None:
    """Each form of condition has one exact statement."""
    assert ENGLISH.clause(read(text)) == said


def test_and_and_or_never_read_two_ways() -> None:
    """Where they mix, `either` or brackets say what belongs together."""
    loyal, known, new = "contact.loyal", "contact.points is known", "contact.newsletter"
    either = ENGLISH.clause(read(f"{loyal} and ({known} or {new})"))
    assert either == (
        "the person's loyal is yes, and either the person's points is known or the person's newsletter is yes"
    )
    three = ENGLISH.clause(read(f"{loyal} and ({known} or {new} or in segment vip)"))
    assert three.endswith(
        ", and (the person's points is known, or the person's newsletter is yes, or the person is in the "
        "segment “vip”)"
    )
    denied = ENGLISH.clause(read(f"not ({loyal} and {known})"))
    assert denied == "it is not so that (the person's loyal is yes, and the person's points is known)"


def test_calculations_keep_their_brackets() -> None:
    """A calculation inside another cannot be read in another order."""
    said = ENGLISH.clause(read("(contact.points + 1) * 2 > coalesce(contact.score, 0)"))
    assert said == (
        "(the person's points plus 1) times 2 is more than (the person's score, or where that is not known 0)"
    )


@given(st.sampled_from(sorted(CLAUSES)), st.sampled_from(sorted(CLAUSES)))
def test_a_contrary_is_said_of_every_condition(one: str, other: str) -> None:
    """What is denied never reads like what is said, whatever it is made of."""
    both = read(f"({one}) and ({other})")
    assert ENGLISH.denied(both) != ENGLISH.clause(both)
    assert ENGLISH.clause(read(f"not ({one})")) != ENGLISH.clause(read(one))


def test_a_limit_loses_what_is_sure_of_its_condition() -> None:
    """A message of priority 40 has `priority < 50` behind it, one of 60 is never asked."""
    asked = read("priority < 50 and contact.points == 0", message=True, in_run=False, event=None)
    open_ = remaining(asked, {"priority": Decimal(40)})
    assert ENGLISH.clause(open_) == "the person's points is 0"
    assert remaining(asked, {"priority": Decimal(60)}) is False
