"""The value of expressions: three-valued logic, comparisons, arithmetic, functions of values."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import nodes
from dsl.evaluate import evaluate, holds, value_of
from dsl.nodes import Compare, Constant, Field, Logic
from dsl.policy import Formula
from dsl.scope import Mark
from dsl.semantics.functions import FUNCTIONS
from dsl.signatures import HISTORY_EXTREMES, SIGNATURES
from dsl.values import Duration, Money
from tests.dsl.vocabulary import NOW, ask, read, scope, world

YES, NO, UNKNOWN = True, False, None


def test_only_true_is_yes() -> None:
    """Where a condition is asked, unknown is no."""
    formula = Formula("contact.newsletter", read("contact.newsletter"))
    assert holds(formula, scope(attributes={"newsletter": True}))
    assert not holds(formula, scope())
    assert value_of(formula, scope()) is None


_numbers = st.none() | st.decimals(-1000, 1000, places=2)


@given(_numbers, _numbers, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
def test_a_comparison_with_unknown_is_unknown_and_else_that_of_numbers(
    a: Decimal | None, b: Decimal | None, op: str
) -> None:
    """Every operator."""
    result = evaluate(Compare(op, Field("run", ("a",)), Field("run", ("b",))), scope(run={"a": a, "b": b}))
    if a is None or b is None:
        assert result is None
    else:
        expected = {"==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}
        assert result is expected[op]


@given(_numbers, st.lists(_numbers, min_size=1, max_size=4))
def test_in_is_the_or_of_its_equalities_and_not_in_its_negation(
    value: Decimal | None, among: list[Decimal | None]
) -> None:
    """As SQL has it: not found beside an unknown is unknown."""
    asked, options = (
        Field("run", ("value",)),
        nodes.ListNode(tuple(Field("run", (f"o{i}",)) for i in range(len(among)))),
    )
    facts = scope(run={"value": value, **{f"o{i}": each for i, each in enumerate(among)}})
    equal = [None if value is None or each is None else value == each for each in among]
    expected = True if True in equal else None if None in equal else False
    assert evaluate(nodes.In(asked, options), facts) is expected
    negated = evaluate(nodes.In(asked, options, negated=True), facts)
    assert negated is (None if expected is None else not expected)


@given(_numbers, _numbers, _numbers)
def test_between_is_two_comparisons(value: Decimal | None, low: Decimal | None, high: Decimal | None) -> None:
    """Both ends in; one end that excludes the value decides."""
    a, b, c = (Field("run", (name,)) for name in "abc")
    facts = scope(run={"a": value, "b": low, "c": high})
    both = Logic("and", (Compare("<=", b, a), Compare("<=", a, c)))
    assert evaluate(nodes.Between(a, b, c), facts) is evaluate(both, facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("contact.country == FR", None),
        ("contact.country in [FR, BE]", None),
        ("contact.country is known", False),
        ("contact.country is unknown", True),
        ('contact.first_name contains "a"', None),
        ("contact.points + 1 > 0", None),
        ("min(1, contact.points) == 1", None),
        ("coalesce(contact.points, 3) == 3", True),
        ('contact.sizes contains "L"', None),
    ],
)
def test_missing_data_is_unknown(text: str, expected: object) -> None:
    """About somebody of whom nothing is known."""
    assert ask(text) is expected


PERSON = {
    "country": "FR",
    "tier": "silver",
    "points": Decimal(120),
    "first_name": "Élodie",
    "birthdate": date(1990, 6, 15),
    "renewal_date": date(2026, 12, 24),
    "balance": Money(Decimal("12.50"), "EUR"),
    "wake_up": time(7, 30),
    "sizes": ("S", "M"),
    "created_at": datetime(2026, 6, 10, 11, 0, tzinfo=UTC),
}


@pytest.mark.parametrize(
    "text",
    [
        "contact.tier >= silver and contact.tier < gold and contact.tier between bronze and silver",
        "contact.country in [FR, BE, CH] and contact.country not in [NO]",
        "contact.points between 120 and 120 and not contact.points between 121 and 130",
        "contact.balance > 12 and 12.5 == contact.balance and contact.balance <= contact.balance",
        "contact.balance * 2 == 25 and contact.balance / 2 == 6.25",
        "contact.balance / contact.balance == 1",
        "contact.balance + contact.balance - contact.balance == contact.balance",
        'contact.first_name starts with "Él" and contact.first_name contains "od"',
        'not contact.first_name starts with "él"',
        'lower(contact.first_name) == "élodie" and upper("a") == "A" and length(contact.first_name) == 6',
        'contact.sizes contains "M" and length(contact.sizes) == 2 and "S" in contact.sizes',
        "contact.renewal_date - 7 days == 2026-12-17 and contact.renewal_date + 1 week == 2026-12-31",
        "contact.renewal_date - today == 192 days and today - contact.renewal_date < 0 days",
        "contact.renewal_date + 2 months == 2027-02-24 and 2026-01-31 + 1 month == 2026-02-28",
        "contact.renewal_date > now and today <= now",
        "2 * 3 days == 6 days and 3 days / 1 day == 3 and 1 day == 24 hours and -(2 days) < 0 days",
        "now - 2026-06-15 == 12.5 hours",
        "contact.wake_up < 09:00 and contact.wake_up == 07:30",
        "days_since(contact.created_at) == 4 and days_since(now) == 0 and days_since(now + 1 hour) == -1",
        "age(contact.birthdate) == 36 and anniversary(contact.birthdate) == today",
        "anniversary(contact.renewal_date) == 2026-12-24",
        "weekday(today) == mon and weekday(now) in [mon, sun] and weekday(today) < tue",
        "hour(now) == 12 and day(today) == 15 and month(now) == 6",
        "date(now) == today and hour(today) == 0",
        "round(2.5) == 3 and round(-2.5) == -3 and round(1.2345, 2) == 1.23 and round(contact.balance) == 13",
        "min(3, 1, 2) == 1 and max(contact.renewal_date, today) == contact.renewal_date",
        "coalesce(contact.score, contact.points) == 120",
        "1 / 3 * 3 < 1 and -contact.points == 0 - 120",
        "2 + 3 * 4 - 6 / 2 == 11",
    ],
)
def test_values_of_a_person(text: str) -> None:
    """On Monday 15 June 2026, 12:30 in Paris."""
    assert ask(text, attributes=PERSON) is True


@pytest.mark.parametrize(
    "text",
    [
        "contact.points / 0 == 0",
        "contact.points / (contact.points - 120) > 1",
        "contact.renewal_date + 150 years + 200 years * 100 > today",
        "contact.balance == contact.score",
    ],
)
def test_what_cannot_be_calculated_is_unknown(text: str) -> None:
    """Dividing by zero, leaving the calendar, a missing operand."""
    assert ask(text, attributes=PERSON) is None


def test_two_currencies_do_not_meet() -> None:
    """Neither compared nor added: unknown, never a wrong amount."""
    francs = {
        "attributes": {"balance": Money(Decimal(10), "CHF")},
        "event": {"total": Money(Decimal(10), "EUR")},
    }
    for text in (
        "contact.balance == event.total",
        "contact.balance > 5",
        "contact.balance + event.total is known and contact.balance / event.total > 0",
        "contact.balance - event.total > 0",
    ):
        assert ask(text, **francs) is not True


def test_a_value_that_the_choice_no_longer_has_has_no_rank() -> None:
    """After an edit of the catalog."""
    assert ask("contact.tier >= silver", attributes={"tier": "platinum"}) is None
    assert ask("contact.tier == silver", attributes={"tier": "platinum"}) is False


def test_names_are_read_from_where_they_belong() -> None:
    """Each root has its own place in the scope."""
    facts = scope(
        event={"total": Money(Decimal(5), "EUR"), "items": ({"sku": "a", "qty": Decimal(2)}, {"sku": "b"})},
        run={"key": "k"},
        bound={"answer": {"points": Decimal(9)}},
        entry=Mark(NOW),
    )
    assert evaluate(read("event.total == 5"), facts) is True
    assert evaluate(Field("event", ("items", "sku")), facts) == ("a", "b")
    assert evaluate(Field("event", ("items", "qty")), facts) == (Decimal(2), None)
    assert evaluate(Field("bound", ("answer", "points")), facts) == Decimal(9)
    assert evaluate(Field("bound", ("other", "points")), facts) is None
    assert evaluate(read("entry == now"), facts) is True
    assert evaluate(Field("changed", ("after",)), scope(changed={"after": "gold"})) == "gold"
    assert evaluate(Field("message", ("priority",)), scope(message={"priority": Decimal(60)})) == Decimal(60)
    assert evaluate(Field("property", ("sku",)), scope(looked_at={"sku": "x"})) == "x"


def test_today_is_the_persons() -> None:
    """At 23:30 in Paris it is tomorrow in Auckland and still today in New York."""
    late = datetime(2026, 6, 15, 21, 30, tzinfo=UTC)
    for zone, day in (("Europe/Paris", 15), ("Pacific/Auckland", 16), ("America/New_York", 15)):
        assert ask(f"day(today) == {day}", now=late, zone=ZoneInfo(zone)) is True


def test_computed_attributes_are_those_of_todays_catalog() -> None:
    """They are evaluated when asked, whatever is stored under the name."""
    today = world(computed__score="coalesce(contact.points, 0) * 2")
    assert (
        ask("contact.score == 8", world=today, attributes={"points": Decimal(4), "score": Decimal(1)}) is True
    )


def test_segments_are_those_of_today_and_unknown_where_their_condition_is() -> None:
    """Membership follows the definition; a segment that is gone is unknown."""
    today = world(segment__vip="contact.points > 100")
    for points, member in ((Decimal(120), True), (Decimal(80), False), (None, None)):
        facts = scope(world=today, attributes={"points": points})
        assert ask("in segment vip", facts) is member
        assert ask("not in segment vip", facts) is (None if member is None else not member)
    assert ask("in segment lapsed", world=today) is None


def test_every_function_of_values_is_implemented_and_documented() -> None:
    """The table of signatures and the table of implementations name the same functions."""
    values = {name for name, each in SIGNATURES.items() if each.family == "value"}
    assert values == set(FUNCTIONS) | {"coalesce"}
    assert all(each.doc and each.usage.startswith(name) for name, each in SIGNATURES.items())


def test_an_unresolved_name_has_no_value() -> None:
    """It raises, since guessing would be worse."""
    with pytest.raises(TypeError, match="Name"):
        evaluate(nodes.Name(("contact", "x")), scope())


def test_equal_looking_expressions_are_not_confused() -> None:
    """`1` and `true` are equal in Python and different here."""
    assert evaluate(Constant(value=True), scope()) is True
    assert evaluate(Constant(Decimal(1)), scope()) == Decimal(1)
    assert evaluate(Constant(Decimal(1)), scope()) is not True


@given(st.decimals(-(10**6), 10**6, places=3), st.decimals(-(10**6), 10**6, places=3).filter(bool))
def test_numbers_are_exact(a: Decimal, b: Decimal) -> None:
    """Sums and products to the last digit, quotients to 20 places."""
    facts = scope(run={"a": a, "b": b})
    x, y = Field("run", ("a",)), Field("run", ("b",))
    assert evaluate(nodes.Calculate("-", nodes.Calculate("+", x, y), y), facts) == a
    quotient = evaluate(nodes.Calculate("/", x, y), facts)
    assert abs(quotient * b - a) <= abs(b) * Decimal("1e-20")


@given(st.integers(-50, 50))
def test_a_duration_so_many_times_is_the_sum_of_so_many(times: int) -> None:
    """Calendar amounts stay calendar amounts."""
    facts = scope(run={"n": Decimal(times)})
    product = evaluate(
        nodes.Calculate("*", Field("run", ("n",)), Constant(Duration(months=1, days=2))), facts
    )
    assert product == Duration(months=times, days=2 * times)


def test_every_function_stands_in_the_documentation() -> None:
    """As it is written, and with what it gives."""
    page = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text(encoding="utf-8")
    documented = [*SIGNATURES.values(), *HISTORY_EXTREMES.values()]
    assert [each.name for each in documented if f"| `{each.usage}` | {each.doc} |" not in page] == []
