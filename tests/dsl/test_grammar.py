"""The tables beside the grammar, and the automaton that runs them, against Lark itself."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from dsl.automaton import Unfit, automaton
from dsl.grammar import GRAMMAR, made, stored

PIECES = """
a contact.x order.placed segment 1 3 days 2026-12-25 09:00 "t" .total
( ) [ ] , . and or not in == != < = + - * / is known unknown
between contains starts with last since ever
where today did( count( min( true
"""


class Shape:
    """Builds no nodes: names, places and children, as a tree of Lark has them."""

    def __getattr__(self, name: str) -> Callable[[int, int, list[Any]], tuple[Any, ...]]:
        return partial(self._node, name)

    @staticmethod
    def _node(name: str, start: int, end: int, children: list[Any]) -> tuple[Any, ...]:
        return name, start, end, children


@cache
def lark() -> "Lark":
    """Lark's parser of the grammar, with places."""
    text = GRAMMAR.read_text("utf-8")
    return Lark(text, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=False)


def by_lark(text: str) -> Any:
    """The tree that Lark makes of a text; None where it refuses it."""
    try:
        return _shape(lark().parse(text))
    except UnexpectedInput:
        return None


def _shape(tree: Tree[Token] | Token) -> Any:
    if isinstance(tree, Token):
        return str(tree)
    return tree.data, tree.meta.start_pos, tree.meta.end_pos, [_shape(each) for each in tree.children]


def by_tables(text: str) -> Any:
    """The tree that the automaton makes of a text; None where it refuses it."""
    try:
        return automaton().run(text, Shape())
    except Unfit:
        return None


def test_the_tables_are_those_of_the_grammar() -> None:
    """After a change of expression.lark, `make grammar` makes them anew."""
    tables = stored()
    assert {
        **tables,
        "rules": [{**rule, "kept": [*map(tuple, rule["kept"])]} for rule in tables["rules"]],
    } == made()


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES.split()), min_size=1, max_size=12).map(" ".join))
def test_the_automaton_reads_a_text_as_lark_does(text: str) -> None:
    """The same tree with the same places, or none."""
    assert by_tables(text) == by_lark(text)


FORMS = (
    "({0})",
    "not {0}",
    "-{0}",
    "[{0}, {1}]",
    "[ {0} ,]",
    "did(order.placed where {0}, last 3 days)",
    "latest( order.placed where {0}).total",
    "max({0}, {1}, 3)",
    "x between {0} and {1}",
    *(f"{{0}} {word} {{1}}" for word in ("and", "or", "==", ">=", "+", "-", "*", "in", "contains")),
)
LEAVES = ("a", "a.b", "3 days", '"t"', "1", "f()", "a in segment", "[]")


def _nested(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(str.format, st.sampled_from(FORMS), parts, parts)


@settings(deadline=None)
@given(st.recursive(st.sampled_from(LEAVES), _nested, max_leaves=12))
def test_the_automaton_reads_nested_expressions_as_lark_does(text: str) -> None:
    """Most of these are good expressions; brackets belong to what they enclose only from outside."""
    assert by_tables(text) == by_lark(text)


def test_much_space_takes_no_more_time_than_little() -> None:
    """Passing over what stands between two tokens never tries twice."""
    assert by_tables(" " * 3000 + "%") is None
