"""How deep Jinja2 is nested, counted before anything reads it by recursion.

Jinja2 and Python read what is nested by calling themselves: brackets in brackets, or one sum of a thousand
parts, would end them somewhere inside, at a depth that depends on who called them.
"""

from collections.abc import Iterable

from jinja2 import TemplateSyntaxError

NESTED = 20
"""Brackets in brackets and blocks in blocks; Python nests loops as deep."""
OPERATORS = 100
"""Operators, filters and dots of one expression, brackets around it included."""
DIGITS = 100
"""Of a whole number."""

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_BEGINNING = frozenset({"variable_begin", "block_begin"})
_ENDING = frozenset({"variable_end", "block_end"})
_WORDS = frozenset({"and", "else", "if", "in", "is", "not", "or"})
_BLOCKS = frozenset({"autoescape", "block", "call", "filter", "for", "if", "macro", "with"})


class TooDeep(TemplateSyntaxError):
    """Jinja2 that is nested too deep, at a line."""


def examine(tokens: Iterable[tuple[int, str, str]]) -> None:
    """Raises TooDeep where the pieces of a text, (line, kind, text) as Jinja2 lexes them, nest too deep.

    Raises TemplateSyntaxError where a number is longer than Python reads.
    """
    depth = _Depth()
    for line, kind, value in tokens:
        if kind == "whitespace":
            continue
        depth.take(kind, value)
        if kind == "integer" and len(value) > DIGITS:
            raise TemplateSyntaxError(f"a number of over {DIGITS} digits", line)
        if depth.nested > NESTED:
            raise TooDeep(f"blocks and brackets are nested over {NESTED} levels deep", line)
        if depth.operators > OPERATORS:
            raise TooDeep(f"one expression has over {OPERATORS} operators, filters and dots", line)


class _Depth:
    """What is open at a place: blocks, and in the tag that stands there brackets with their operators."""

    def __init__(self) -> None:
        self._blocks = 0
        self._brackets: list[int] = []
        self._sets = self._is_first = False

    @property
    def nested(self) -> int:
        return self._blocks + max(0, len(self._brackets) - 1)

    @property
    def operators(self) -> int:
        return sum(self._brackets)

    def take(self, kind: str, value: str) -> None:
        """The next piece of the text, blanks left out."""
        if kind in _BEGINNING:
            self._brackets, self._is_first = [0], kind == "block_begin"
        elif kind in _ENDING:
            # `{% set x = 1 %}` is one tag, `{% set x %}` begins a block.
            self._blocks += self._sets
            self._brackets, self._sets = [], False
        elif self._is_first:
            self._is_first = False
            self._begin(value)
        elif self._brackets:
            self._inside(kind, value)

    def _begin(self, word: str) -> None:
        self._sets = word == "set"
        if word in _BLOCKS:
            self._blocks += 1
        elif word.startswith("end"):
            self._blocks = max(0, self._blocks - 1)

    def _inside(self, kind: str, value: str) -> None:
        if value in _OPENING and kind == "operator":
            self._brackets.append(0)
        elif value in _CLOSING and kind == "operator":
            self._brackets = self._brackets[:-1] if len(self._brackets) > 1 else [0]
        elif value in (",", ":") and kind == "operator":
            self._brackets[-1] = 0
        elif kind == "operator" or (kind == "name" and value in _WORDS):
            self._brackets[-1] += 1
            self._sets = self._sets and value != "="
