"""What to say about text that is no expression: by the character that fits nowhere, else by example.

Each case names malformed snippets. A fault is the case whose snippet brings the parser to the same state
with the same token, so the table is a list of mistakes as people make them. What no example covers is
said by what could have stood there.
"""

import re
from functools import cache
from typing import TypeAlias

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from dsl.frozen import dataclass
from dsl.grammar import grammar
from dsl.syntax_cases import CASES, CHARACTERS, WORDS, Case


@dataclass(frozen=True)
class Fault:
    """What is wrong with a text, and the range of its characters to underline."""

    message: str
    help: str | None
    label: str
    start: int
    end: int


Key: TypeAlias = tuple[int, str, frozenset[str] | None]

IN_WORDS = {
    "NAME": "a name",
    "NUMBER": "a number",
    "TEXT": "a text",
    "DURATION": "a duration",
    "DATE": "a date",
    "TIME": "a time",
    "COMPARISON": "a comparison",
    "PLUS_MINUS": "`+` or `-`",
    "TIMES_DIVIDED": "`*` or `/`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COMMA": "`,`",
    "_AND": "`and`",
    "_OR": "`or`",
    "$END": "the end",
}
"""Tokens as people call them; those missing here are never what somebody is looking for."""


def fault_in(text: str) -> Fault:
    """The fault of a text that is no expression."""
    try:
        grammar().parse(text)
    except UnexpectedInput as unexpected:
        return _fault(unexpected, text)
    raise AssertionError(f"{text!r} is a good expression, and has no fault")


def _fault(unexpected: UnexpectedInput, text: str) -> Fault:
    start = _start(unexpected, text)
    if not text.strip():
        return Fault("an expression is missing", "write a condition, like `contact.country == FR`", "", 0, 0)
    table = CHARACTERS + WORDS if isinstance(unexpected, UnexpectedCharacters) else WORDS
    for pattern, message, help_ in table:
        found = re.compile(pattern).match(text, start)
        if found:
            return Fault(message, help_, "", start, found.end())
    end = _end(unexpected, text, start)
    label = "the text ends here" if start >= len(text) else ""
    index = _index()
    case = next((index[key] for key in _keys(unexpected) if key in index), None)
    if case is not None:
        return Fault(case.message, case.help, label, start, end)
    return Fault(*_by_expectation(unexpected, text[start:end]), label, start, end)


@cache
def _index() -> dict[Key, Case]:
    """The cases by what their examples do to the parser; the first case that claims a key has it."""
    index: dict[Key, Case] = {}
    for case in CASES:
        for example in case.examples:
            try:
                grammar().parse(example)
            except UnexpectedInput as unexpected:
                for key in _keys(unexpected):
                    index.setdefault(key, case)
            else:
                raise AssertionError(f"{example!r} is a good expression, no example of a fault")
    return index


def _keys(unexpected: UnexpectedInput) -> tuple[Key, ...]:
    """What identifies a fault, from exact to rough: state, token and what else could stand there; or less."""
    if not isinstance(unexpected, UnexpectedToken):
        return ()
    state, token = unexpected.interactive_parser.parser_state.position, unexpected.token.type
    return (state, token, frozenset(unexpected.accepts)), (state, token, None)


def _start(unexpected: UnexpectedInput, text: str) -> int:
    """Where reading stopped; Lark gives the end of text the place of the last token."""
    if isinstance(unexpected, UnexpectedToken) and unexpected.token.type == "$END":
        return len(text)
    return unexpected.pos_in_stream if unexpected.pos_in_stream is not None else len(text)


def _end(unexpected: UnexpectedInput, text: str, start: int) -> int:
    token = getattr(unexpected, "token", None)
    if isinstance(token, Token) and token.type != "$END" and token.end_pos is not None:
        return token.end_pos
    return min(start + 1, len(text))


def _by_expectation(unexpected: UnexpectedInput, found: str) -> tuple[str, str | None]:
    message = f"`{found}` does not fit here" if found.strip() else "the expression is not finished"
    accepts = getattr(unexpected, "accepts", None) or ()
    expected = sorted({IN_WORDS[each] for each in accepts if each in IN_WORDS})
    return message, f"expected {', '.join(expected)}" if expected else None
