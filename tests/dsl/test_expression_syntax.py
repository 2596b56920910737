"""Text that is an expression, and what is said about text that is none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import nodes
from dsl.expressions import SyntaxFault, parse
from dsl.nodes import Call, Constant, History, Logic, Name, Window
from dsl.source import SourceFile, Span
from dsl.syntax_cases import CASES
from dsl.values import Duration
from tests.dsl.vocabulary import drawn

FAULTS = [
    """\
contact.country = FR
                ^ E500: a single `=` compares nothing""",
    """\
contact.points > and contact.tier == gold
                 ^^^ E500: a value is missing on the right""",
    """\
contact.tier == gold or
                       ^ E500: a value is missing on the right""",
    """\
(contact.tier == gold or contact.points > 3
                                           ^ E500: a bracket is never closed""",
    """\
contact.points > 3) and contact.tier == gold
                  ^ E500: a bracket closes what was never opened""",
    """\
contact.first_name == 'Bob'
                      ^^^^^ E500: text stands in double quotes""",
    """\
contact.first_name == "Bob
                      ^^^^ E500: this text is never closed""",
    """\
contact.tier == gold && contact.points > 3
                     ^^ E500: `&` is not a word of this language""",
    """\
10 < contact.points < 20
                    ^ E500: comparisons do not chain""",
    """\
did(order.placed last 90 days)
                 ^^^^ E500: a window is set apart by a comma""",
    """\
did(order.placed, last 90)
                       ^^ E500: `last` needs a duration""",
    """\
did(order.placed, last 90 dayz)
                       ^^ E500: `last` needs a duration""",
    """\
contact.points between 1
                        ^ E500: `between` needs two ends""",
    """\
contact.email is not known
              ^^^^^^^^^^^^ E500: what is not known is asked in two words""",
    """\
contact.email is not empty
              ^^^^^^^^^^^^ E500: `is` is followed by `known` or `unknown`""",
    """\
contact.email is yours
              ^^ E500: `is` is followed by `known` or `unknown`""",
    """\
contact.points > 3 AND today > entry
                   ^^^ E500: the words of the language are in small letters""",
    """\
contact.country Not in [FR]
                ^^^ E500: the words of the language are in small letters""",
    """\
contact.country in (FR, BE)
                      ^ E500: a comma only stands in a list or between arguments""",
    """\
contact in segment vip
                   ^^^ E500: `in segment` stands alone, it always asks about the person""",
    """\
contact.points 3
               ^ E500: two values stand side by side""",
    """\
contact.points == 10 %
                     ^ E500: there is no percentage in expressions""",
    """\
did()
^^^ E501: `did` needs an event""",
    """\
sum(order.placed, last 3 days)
    ^^^^^^^^^^^^ E501: `sum` needs a property of the event""",
    """\
count(order.placed.total)
      ^^^^^^^^^^^^^^^^^^ E501: `count` looks at events, not at a property""",
    """\
first(order.placed.total)
      ^^^^^^^^^^^^^^^^^^ E501: the property stands after the bracket""",
    """\
did(order.placed, 3 days)
                  ^^^^^^ E501: `did` takes a window here""",
    """\
lower(order.placed where total > 3)
^^^^^ E501: `lower` takes values, no `where` and no window""",
    """\
now > 25:00
      ^^^^^ E501: there is no time 25:00""",
    """\
today == 2026-02-30
         ^^^^^^^^^^ E501: there is no day 2026-02-30""",
    """\
did(order.placed, last 1.5 months)
                       ^^^^^^^^^^ E501: `1.5 months` is no whole number of months""",
    """\
can_track(pixels)
          ^^^^^^ E501: `can_track` asks about `opens` or `clicks`""",
]


@pytest.mark.parametrize("expected", FAULTS, ids=lambda text: text.partition("\n")[0])
def test_a_mistake_is_named_and_underlined(expected: str) -> None:
    """One fault an expression, with the caret at the character where reading stopped."""
    assert drawn(expected.partition("\n")[0]) == expected


@pytest.mark.parametrize(
    ("message", "example"), [(case.message, example) for case in CASES for example in case.examples]
)
def test_every_example_of_a_mistake_leads_to_its_name(message: str, example: str) -> None:
    """No case of the table hides another."""
    with pytest.raises(SyntaxFault) as raised:
        parse(example, SourceFile("x", example), lambda i: i)
    assert raised.value.diagnostic.message == message
    assert raised.value.diagnostic.help


def test_the_end_of_the_text_is_underlined_past_its_last_character() -> None:
    """What is missing at the end is shown at the end, not under the last word."""
    with pytest.raises(SyntaxFault) as raised:
        parse("a and", SourceFile("x", "if: a and\n"), lambda i: i + 4)
    assert raised.value.diagnostic.span == Span(9, 10)


def test_places_are_those_of_the_file() -> None:
    """Spans are translated from the text of the scalar to the file."""
    text = "a == b and c"
    root = parse(text, SourceFile("x", "." * 100), lambda i: i + 50)
    assert isinstance(root, Logic)
    assert root.span == Span(50, 62)
    assert [each.span for each in root.operands] == [Span(50, 56), Span(61, 62)]


def _parsed(text: str) -> nodes.Expression:
    return parse(text, SourceFile("x", text), lambda i: i)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a or b and c", "a or (b and c)"),
        ("not a and b", "(not a) and b"),
        ("not a == b", "not (a == b)"),
        ("a + b * c - d", "(a + (b * c)) - d"),
        ("a - b - c", "(a - b) - c"),
        ("-a * b", "(-a) * b"),
        ("a + 1 > b * 2", "(a + 1) > (b * 2)"),
        ("a between 1 and 2 and b", "(a between 1 and 2) and b"),
        ("a not in [b, c,] and d", "(a not in [b, c]) and d"),
        ("not in segment vip and a", "(not in segment vip) and a"),
        ("a is known or b", "(a is known) or b"),
        ("a\n  and   b", "a and b"),
    ],
)
def test_operators_bind_as_the_reference_says(text: str, same: str) -> None:
    """Loosest first: or, and, not, tests, sums, products, signs."""
    assert _parsed(text) == _parsed(same)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", Decimal(42)),
        ("3.50", Decimal("3.50")),
        (r'"say \"hi\" \\ there"', 'say "hi" \\ there'),
        ("true", True),
        ("3 days", Duration(days=3)),
        ("2 weeks", Duration(days=14)),
        ("1 year", Duration(months=12)),
        ("90 minutes", Duration(seconds=5400)),
        ("1.5 hours", Duration(seconds=5400)),
    ],
)
def test_literals_are_read_exactly(text: str, value: object) -> None:
    """As written: decimals keep their digits, calendar amounts stay calendar amounts."""
    assert _parsed(text) == Constant(value)


def test_words_of_the_language_may_begin_or_follow_in_other_names() -> None:
    """`inbox`, `ordered`, `event.last` are names."""
    assert _parsed("inbox") == Name(("inbox",))
    assert _parsed("android") == Name(("android",))
    assert _parsed("event.last") == Name(("event", "last"))
    assert _parsed("starts_at") == Name(("starts_at",))


def test_min_and_max_ask_a_history_or_compare_values() -> None:
    """An event with a property, a `where` or a window is a history; two values are compared."""
    assert isinstance(_parsed("min(order.placed.total)"), History)
    assert isinstance(_parsed("max(order.placed.total, last 3 days)"), History)
    assert isinstance(_parsed("max(order.placed.total, today)"), History)
    assert isinstance(_parsed("max(contact.renewal_date, today)"), Call)
    assert isinstance(_parsed("min(1, contact.points)"), Call)


def test_today_is_a_window_in_a_history_and_a_date_elsewhere() -> None:
    """The word stands for the local day in both."""
    did = _parsed("did(order.placed, today)")
    assert isinstance(did, History)
    assert did.window == Window("today")
    assert _parsed("today") == Name(("today",))


def test_endless_and_bottomless_expressions_are_refused() -> None:
    """Neither length nor nesting can exhaust the checker."""
    assert "4000 is the most" in drawn("a and " * 1000 + "a")
    assert "nested over 60 levels" in drawn("(" * 100 + "not " * 200 + "a" + ")" * 100)
    assert "nested over 60 levels" in drawn("+".join(["1"] * 500))


PIECES = """
a contact.x order.placed 1 3 days 2026-12-25 09:00 "t"
( ) [ ] , . and or not in == != < = + - * / is known unknown
between contains starts with last since ever
where today did( count( min( true ' % & é
"""
_pieces = st.sampled_from(PIECES.split())


@given(st.lists(_pieces, max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    """Whatever is typed gives an expression or one diagnostic, never a crash."""
    try:
        parse(text, SourceFile("x", text), lambda i: i)
    except SyntaxFault as fault:
        found = fault.diagnostic
    else:
        return
    assert 0 <= found.span.start <= len(text)
    assert found.span.start < found.span.end
    assert found.message
