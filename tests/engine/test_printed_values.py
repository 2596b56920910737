"""What templates make of values: they are written for people everywhere, and unknown is nothing."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from dsl.template_uses import FILTERS
from dsl.values import Money
from engine.template_formats import BABEL, CURRENCY, ZONE
from engine.template_sandbox import Unrenderable, render

HOW = {BABEL: Locale.parse("fr"), ZONE: ZoneInfo("Europe/Paris"), CURRENCY: "EUR"}
TEXT_FILTERS = ("capitalize", "e", "escape", "lower", "striptags", "title", "trim", "truncate", "upper")
VALUES = {
    "amount": Money(Decimal("12.5"), "EUR"),
    "points": Decimal("1234.5"),
    "day": date(2026, 3, 8),
    "at": datetime(2026, 3, 8, 9, 30, tzinfo=UTC),
    "opens": time(9, 30),
    "name": "Zoé <3",
    "count": 12,
}
ORDERS = ("<", "<=", ">", ">=", "==", "!=")
ARGUMENTS = {"plural": "('point', 'points')", "replace": "('a', 'b')", "default": "('')", "d": "('')"}


def printed(text: str, *, escape: bool = False, **values: object) -> str:
    return render(text, HOW | values, "a template", escape=escape)


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_prints_nothing_of_what_is_unknown(name: str) -> None:
    """But `plural`, whose words are known."""
    found = printed(f"{{{{ x|{name}{ARGUMENTS.get(name, '')} }}}}", x=None)
    assert found == ("points" if name == "plural" else "")


@pytest.mark.parametrize("name", sorted({*FILTERS} - {"d", "default", "plural"}))
def test_a_default_after_any_filter_replaces_what_is_unknown(name: str) -> None:
    found = printed(f"{{{{ x|{name}{ARGUMENTS.get(name, '')}|default('vous') }}}}", x=None)
    assert found == "vous"


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("name", TEXT_FILTERS)
def test_a_filter_of_text_sees_what_is_printed(name: str, value: object) -> None:
    """An amount, a day and a number as the person reads them."""
    said = printed("{{ x }}", x=value)
    for escape in (False, True):
        found = printed(f"{{{{ x|{name} }}}}", x=value, escape=escape)
        assert found == printed(f"{{{{ x|{name} }}}}", x=said, escape=escape)


@pytest.mark.parametrize("value", [*VALUES.values(), None], ids=[*VALUES, "unknown"])
def test_the_tilde_and_join_and_replace_put_together_what_is_printed(value: object) -> None:
    said = printed("{{ x }}", x=value)
    assert printed("{{ 'Total : ' ~ x ~ '.' }}", x=value) == f"Total : {said}."
    assert printed("{{ 'Total : N.'|replace('N', x) }}", x=value) == f"Total : {said}."
    assert printed("{{ [1, x]|join(x) }}", x=value) == (f"1{said}{said}" if said else "1")


def test_what_is_unknown_in_a_list_is_left_out_with_its_comma() -> None:
    assert printed("{{ x|join(', ') }}", x=("A", None, "B", None)) == "A, B"
    lines = ({"sku": "A"}, {"sku": None}, {"sku": "C"})
    assert printed("{{ x|join(', ', attribute='sku') }}", x=lines) == "A, C"


@pytest.mark.parametrize(
    "text", ["{{ x }}", "{{ [x]|join }}", "{{ 'a' ~ x }}", "{{ x|upper }}", "{{ 'a'|replace('a', x) }}"]
)
@pytest.mark.parametrize("value", [{"sku": "A"}, ("A",), len], ids=["a record", "a list", "a function"])
def test_what_cannot_be_printed_stops_the_message(text: str, value: object) -> None:
    """A joined list prints its texts, and not the records in it."""
    with pytest.raises(Unrenderable):
        printed(text, x=value if isinstance(value, dict) or callable(value) else (value,))


def test_a_query_is_written_of_values_as_they_are_printed() -> None:
    assert printed("{{ {'a': x, 'b': 'c d'}|urlencode }}", x=None) == "a=&b=c+d"
    assert printed("{{ 'a b' ~ x|urlencode }}", x=None) == "a b"


@pytest.mark.parametrize("order", ["<", "<=", ">", ">="])
def test_comparing_with_what_is_unknown_is_no(order: str) -> None:
    """On either side, between two others, and as a test with a name."""
    named = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[order]
    for other in (Decimal(100), "a", date(2026, 3, 8), VALUES["amount"], True, None):
        for asked in (f"x {order} y", f"y {order} x", f"y {order} x {order} y", f"x is {named}(y)"):
            assert printed(f"{{% if {asked} %}}yes{{% else %}}no{{% endif %}}", x=None, y=other) == "no"


@pytest.mark.parametrize("asked", ["even", "odd", "divisibleby(2)", "in [1]"])
def test_what_is_unknown_passes_no_test_of_numbers(asked: str) -> None:
    assert printed(f"{{{{ x is {asked} }}}}", x=None) == "False"
    assert printed("{{ 4 is even }} {{ 3 is odd }} {{ 6 is divisibleby(3) }}") == "True True True"


def test_nothing_is_in_an_unknown_list() -> None:
    assert printed("{{ 'a' is in x }}", x=None) == "False"
    assert printed("{{ 'a' in x }} {{ 'a' not in x }} {{ x in ['a'] }}", x=None) == "False True False"


def test_unknown_can_be_asked_for() -> None:
    assert printed("{{ x == none }} {{ x is none }} {{ x != none }}", x=None) == "True True False"


@given(st.integers(-3, 3), st.lists(st.tuples(st.sampled_from(ORDERS), st.integers(-3, 3)), min_size=1))
def test_known_values_compare_as_in_python(first: int, others: list[tuple[str, int]]) -> None:
    asked = " ".join([str(first), *(f"{order} {value}" for order, value in others)])
    assert printed(f"{{{{ {asked} }}}}") == str(eval(asked))


def test_arithmetic_with_what_is_unknown_is_unknown() -> None:
    text = "{{ x + 1 }}{{ 2 - x }}{{ x * 3 }}{{ 4 / x }}{{ x // 5 }}{{ 6 % x }}{{ -x }}{{ [1, x]|sum }}"
    assert printed(text, x=None) == ""
    assert printed("{{ (x + 1)|default('?') }} {{ x + 1 > 0 }}", x=None) == "? False"
    assert printed("{{ x + 1 }} {{ -x }} {{ 7 // 2 }}", x=2) == "3 -2 3"


def test_unknown_is_zero_only_where_the_template_says_so() -> None:
    assert printed("{{ x|int }}{{ x|float }} {{ x|int(0) }} {{ x|int(default=5) + 1 }}", x=None) == " 0 6"


def test_what_is_unknown_is_sorted_last() -> None:
    assert printed("{{ x|sort|first }}", x=(None, Decimal(3), Decimal(1))) == "1"
    lines = ({"n": None, "sku": "A"}, {"n": 2, "sku": "B"}, {"n": 1, "sku": "C"})
    assert printed("{{ x|sort(attribute='n')|join(attribute='sku') }}", x=lines) == "CBA"


@pytest.mark.parametrize(
    "asked",
    [
        "'a' ~ y",
        "y > x",
        "x > y",
        "y in x",
        "x in y",
        "x + y",
        "y|upper",
        "[y]|join",
        "x is gt y",
        "1 < 2 == y",
    ],
)
def test_a_name_that_there_is_not_is_no_unknown_value(asked: str) -> None:
    """It is a mistake of the template, and stops the message."""
    with pytest.raises(Unrenderable, match="'y' is undefined"):
        printed(f"{{{{ {asked} }}}}", x=None)


@pytest.mark.parametrize(
    "text",
    [
        "{{ x ~ '' }}",
        "{{ '' ~ x|e }}",
        "{{ x|e|e }}",
        "{{ [x]|join }}",
        "{{ [x|e]|join }}",
        "{{ 'N'|replace('N', x) }}",
        "{% set y = x ~ '' %}{{ y ~ '' }}",
        "{% set y %}{{ x }}{% endset %}{{ y ~ '' }}",
        "{% macro say(y) %}{{ y }}{% endmacro %}{{ say(x) ~ '' }}",
        "{% filter trim %}{{ x }}{% endfilter %}",
    ],
)
@given(value=st.text(alphabet="<>&\"'a", min_size=1))
def test_data_is_escaped_once_in_html_whatever_it_went_through(text: str, value: str) -> None:
    once = printed("{{ x }}", x=value, escape=True)
    assert printed(text, x=value, escape=True) == once
    assert not set("<>\"'") & set(once)


AMOUNTS = {
    "total": Money(Decimal("49.90"), "EUR"),
    "other": Money(Decimal(60), "EUR"),
    "francs": Money(Decimal(60), "CHF"),
    "points": Decimal(3),
    "rate": Decimal("0.1"),
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("total < 50", True),
        ("50 <= total", False),
        ("total > 49.5", True),
        ("total == 49.9", True),
        ("total != 49.9", False),
        ("total is gt 49", True),
        ("total is eq 49.90", True),
        ("10 < total < other", True),
        ("total in [49.9]", True),
        ("total is in [49.9]", True),
        ("49.9 in [other, total]", True),
        ("points == 3.0", True),
        ("rate == 0.1", True),
        ("rate < 0.1", False),
        ("rate in [0.1]", True),
    ],
)
def test_an_amount_compares_with_a_number_in_the_brands_currency(asked: str, expected: object) -> None:
    assert printed(f"{{{{ {asked} }}}}", **AMOUNTS) == str(expected)


@pytest.mark.parametrize("order", ORDERS)
def test_amounts_of_two_currencies_are_neither_less_nor_more_nor_the_same(order: str) -> None:
    """Nor is an amount of another currency, and a number."""
    for asked in (f"francs {order} total", f"francs {order} 60", f"60 {order} francs"):
        assert printed(f"{{{{ {asked} }}}}", **AMOUNTS) == str(order == "!="), asked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("total + other", "109,90 €"),
        ("other - total", "10,10 €"),
        ("total * 2", "99,80 €"),
        ("1.5 * total", "74,85 €"),
        ("total / 2", "24,95 €"),
        ("other / total * 499", "600"),
        ("-total", "-49,90 €"),
        ("(other - total)|abs", "10,10 €"),
        ("total|round", "50 €"),
        ("total|round(1, 'floor')", "49,90 €"),
        ("total|int", "49"),
        ("total|number", "49,9"),
        ("[total, other]|sum", "109,90 €"),
        ("[other, total]|sort|first", "49,90 €"),
        ("(total + francs)|default('?')", "?"),
        ("([total, francs]|sum)|default('?')", "?"),
        ("[]|sum", "0"),
        ("points * 1.5", "4,5"),
        *((text, "") for text in ("points / 0", "total / 0", "(points - 3) / 0", "points % 0")),
        ("(7 % 0)|default('?')", "?"),
        ("total - []|sum", "49,90 €"),
        ("[]|sum - total", "-49,90 €"),
        ("(points / 2)|round", "2"),
        ("(total - total + other / 24)|round", "3 €"),
    ],
)
def test_amounts_and_numbers_calculate_as_in_the_language(text: str, expected: str) -> None:
    """Also with the numbers of the template itself, and unknown where two currencies meet, or by zero."""
    assert printed(f"{{{{ {text} }}}}", **AMOUNTS).replace("\u202f", " ").replace("\xa0", " ") == expected


@pytest.mark.parametrize(
    "text",
    ["total + 1", "total * other", "2 / total", "total % 2", "total + 'a'", "total < 'a'", "total ** 2"],
)
def test_what_the_language_does_not_calculate_stops_the_message(text: str) -> None:
    with pytest.raises(Unrenderable):
        printed(f"{{{{ {text} }}}}", **AMOUNTS)


def test_a_name_that_there_is_not_stops_the_message_beside_an_amount_too() -> None:
    for text in ("total + nothing", "total < nothing", "nothing == total"):
        with pytest.raises(Unrenderable, match="'nothing' is undefined"):
            printed(f"{{{{ {text} }}}}", **AMOUNTS)


def test_there_is_nothing_in_an_unknown_list_to_loop_over() -> None:
    text = "{% for each in x %}{{ loop.index }}{{ each }} {% else %}none{% endfor %}"
    assert [printed(text, x=x) for x in (None, (), ("a", "b"))] == ["none", "none", "1a 2b "]
    with pytest.raises(Unrenderable, match="'x' is undefined"):
        printed(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ {'a': 1}[name] }}",
        "{{ record[name] }}",
        "{{ record[name].more }}",
        "{{ [1][points] }}",
        "{{ name() }}",
        "{{ total() }}",
    ],
)
def test_an_error_quotes_nobody(text: str) -> None:
    """What is looked for, and what is called, may be a value."""
    with pytest.raises(Unrenderable) as caught:
        printed(text, name="Camille", record={}, **AMOUNTS | {"points": Decimal(42)})
    assert not {"Camille", "42", "49.90"} & set(str(caught.value).replace("'", " ").replace('"', " ").split())


@pytest.mark.parametrize(
    ("text", "said"),
    [("{{ nothing }}", "'nothing' is undefined"), ("{{ r.colour }}", "no attribute 'colour'")],
)
def test_an_error_names_what_the_template_writes(text: str, said: str) -> None:
    with pytest.raises(Unrenderable, match=said):
        printed(text, r={})
