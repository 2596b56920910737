"""What the solver proves impossible never happens: it is held to the evaluator, over facts made at random."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.environment import Environment
from dsl.evaluate import evaluate
from dsl.nodes import Expression
from dsl.proofs.claims import ALL, NOT_YES, SAID, UNKNOWN, YES, Claim, Truths
from dsl.proofs.solver import impossible
from dsl.proofs.terms import Definitions
from dsl.scope import EventFact, Scope
from dsl.values import Money
from tests.dsl.vocabulary import NOW, environment, read, scope, world

WORLD = world(
    computed__engagement="min(1, count(message.clicked, last 90 days) / 3)",
    segment__vip="sum(order.placed.total, last 365 days) > 50 or contact.tier == gold",
    segment__lapsed="not did(order.placed, last 30 days)",
)
KNOWN = Definitions(WORLD.catalog.attributes, WORLD.segments, "newsletter")

QUESTIONS = (
    "contact.tier == silver", "contact.tier >= silver", "contact.tier < gold", "contact.tier is known",
    "contact.tier in [bronze, gold]", "contact.tier not in [silver]", "contact.tier between silver and gold",
    "contact.country in [FR, BE]", "contact.country != FR", "contact.country is unknown",
    "contact.points > 10", "contact.points <= 10", "10 > contact.points", "contact.points between 3 and 12",
    "contact.points in [3, 10, 120]", "contact.points != 10", "contact.points < 0", "contact.points is known",
    "contact.score > contact.points", "contact.points >= contact.score", "contact.score == contact.points",
    "contact.balance > 10", "contact.balance <= 10", "contact.balance is known", "contact.balance == 12.5",
    "contact.newsletter", "contact.newsletter == false", "contact.newsletter is unknown",
    'contact.first_name == "Bob"', 'contact.first_name in ["Bob", "Ann"]',
    'contact.first_name starts with "B"', "length(contact.first_name) < 1",
    "length(contact.first_name) > 2",
    "contact.birthdate > 1990-01-01", "contact.birthdate <= 1990-01-01", "month(contact.birthdate) == 13",
    "month(contact.birthdate) > 6", "weekday(contact.birthdate) == mon", "contact.wake_up is known",
    "did(order.placed, last 30 days)", "count(order.placed, last 30 days) > 1",
    "count(order.placed, last 30 days) == 0", "count(order.placed, last 90 days) < 2",
    "count(order.placed, ever) == 0", "did(order.placed, ever)", "did(order.placed, last 90 days) is known",
    "did(message.clicked, last 30 days)", "did(message.clicked, last 30 days) is unknown",
    "count(message.clicked, last 30 days) == 0", "contact.engagement == 0", "contact.engagement > 0",
    "contact.engagement > 1", "contact.engagement is known", "in segment vip", "not in segment vip",
    "in segment lapsed", "can_receive(email)", "can_receive(email, newsletter)", "can_track(clicks)",
    "event.channel == web", "event.channel is known", "event.total > 20", "contact.points + 1 > 11",
    "max(contact.points, 5) < 5", "contact.points * 2 >= 0", 'contact.sizes contains "S"',
)  # fmt: skip


def _read(text: str) -> tuple[Expression, Environment]:
    return read(text), environment(text)


ATOMS = st.sampled_from(QUESTIONS)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda text: f"not ({text})"),
    ),
    max_leaves=4,
)
TRUTHS = st.sampled_from((YES, NOT_YES, frozenset({False}), UNKNOWN, SAID, frozenset({True, None}), ALL))


def _maybe(dice: random.Random, *values: Any) -> Any:
    return dice.choice([None, *values])


def _facts(seed: int) -> Scope:
    """A person about whom more or less is known, of whom the catalog would let everything pass."""
    dice = random.Random(seed)
    back = [timedelta(days=days) for days in (1, 29, 30, 31, 60, 89, 90, 91, 364, 366)]
    events = [
        EventFact(n, dice.choice(("order.placed", "message.clicked")), NOW - dice.choice(back), {
            "total": _maybe(dice, Money(Decimal(60), "EUR"), Money(Decimal(5), "CHF")),
        })
        for n in range(dice.randint(0, 4))
    ]  # fmt: skip
    attributes = {
        "tier": _maybe(dice, "bronze", "silver", "gold"),
        "country": _maybe(dice, "FR", "BE", "CH", "NO"),
        "points": _maybe(dice, *map(Decimal, ("0", "3", "10", "10.5", "11", "12", "120"))),
        "score": _maybe(dice, *map(Decimal, ("-2", "3", "10", "11"))),
        "balance": _maybe(
            dice, Money(Decimal("12.5"), "EUR"), Money(Decimal(3), "EUR"), Money(Decimal(99), "CHF")
        ),
        "newsletter": _maybe(dice, True, False),
        "first_name": _maybe(dice, "Bob", "Ann", "Élodie", ""),
        "birthdate": _maybe(dice, date(1990, 1, 1), date(1992, 2, 29), date(1971, 8, 2)),
        "wake_up": None,
        "sizes": _maybe(dice, (), ("S",)),
    }
    can = dice.random() < 0.5
    return scope(
        tuple(sorted(events, key=lambda e: (e.at, e.seq))),
        world=WORLD,
        attributes=attributes,
        event={"channel": _maybe(dice, "web", "store"), "total": _maybe(dice, Money(Decimal(30), "EUR"))},
        can_receive=lambda _channel, _topic: can,
        tracked_since={"clicks": NOW - dice.choice(back)} if dice.random() < 0.5 else {},
    )


PEOPLE = tuple(_facts(seed) for seed in range(400))


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(CONDITIONS, TRUTHS), min_size=1, max_size=4))
def test_what_is_proven_impossible_holds_for_nobody(claims: list[tuple[str, Truths]]) -> None:
    """Whatever is true, false and unknown of 400 people, and claims of all kinds together."""
    made = [(Claim(*_pair(text, truths)), truths) for text, truths in claims]
    if not impossible([claim for claim, _ in made], KNOWN):
        return
    for person in PEOPLE:
        held = all(evaluate(claim.expression, person) in truths for claim, truths in made)
        assert not held, f"{claims} hold for {dict(person.attributes)}"


def _pair(text: str, truths: Truths) -> tuple[Expression, Truths, Environment]:
    expression, env = _read(text)
    return expression, truths, env


def _are_impossible(*claims: tuple[str, Truths]) -> bool:
    return impossible([Claim(*_pair(text, truths)) for text, truths in claims], KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "contact.tier == gold and contact.tier < silver",
        "contact.country in [FR, BE] and (contact.country == CH or contact.country is unknown)",
        "contact.points < 0",
        "contact.points > 10 and not (contact.points >= 10)",
        "contact.points between 5 and 3",
        "count(order.placed, ever) > 1 and count(order.placed, ever) < 2",
        "did(order.placed, last 30 days) and not did(order.placed, last 90 days)",
        "did(order.placed, last 30 days) and in segment lapsed",
        "contact.tier == gold and not in segment vip",
        "contact.engagement > 1",
        "max(contact.points, 5) < 5",
        "month(contact.birthdate) == 13",
        "can_receive(email) and not can_receive(email, newsletter)",
        "contact.newsletter and contact.newsletter == false",
        "contact.score > contact.points and contact.points >= contact.score",
        "contact.balance > 10 and contact.balance < 5",
        "contact.birthdate > 1990-01-01 and contact.birthdate <= 1990-01-01",
        "contact.points > 3 and contact.points is unknown",
    ],
)
def test_contradictions_are_found(text: str) -> None:
    """By choices, ranges, whole numbers, windows, definitions and the logic of the unknown."""
    assert _are_impossible((text, YES))


@pytest.mark.parametrize(
    "text",
    [
        "contact.score < 0",
        "contact.points > 10 and contact.points < 11",
        "did(order.placed, last 90 days) and not did(order.placed, last 30 days)",
        "count(order.placed where total > 5, ever) == 0 and did(order.placed, ever)",
        'contact.first_name starts with "B" and contact.first_name == "Ann"',
        "can_receive(email) and not can_receive(sms)",
        "in segment vip and contact.tier == bronze",
    ],
)
def test_what_may_be_is_left_alone(text: str) -> None:
    """Also where a cleverer proof could be had."""
    assert not _are_impossible((text, YES))


def test_an_amount_in_another_currency_is_known_and_compares_with_nothing() -> None:
    """So that a balance that is known need not be more than 10, or not."""
    assert not _are_impossible(("contact.balance is known", YES), ("contact.balance > 10", UNKNOWN))
    assert _are_impossible(("contact.points is known", YES), ("contact.points > 10", UNKNOWN))


def test_no_answer_is_no_proof() -> None:
    """What falls into too many cases is perhaps possible, and told at once."""
    each = " or ".join(f"contact.score == {n}" for n in range(12))
    nested = " and ".join(f"(contact.balance > {n} or contact.newsletter or ({each}))" for n in range(12))
    assert not _are_impossible((f"({nested}) and contact.points < 0 or contact.tier == gold", YES))
