"""From the text of an expression to its nodes, with exact places in the file.

The grammar is `expression.lark`. What does not fit it is one diagnostic with the caret at the character where
reading stopped; the wording comes from `syntax_faults`.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dsl.calls import Misread
from dsl.diagnostics import Diagnostic
from dsl.nodes import Expression
from dsl.source import SourceFile, Span

if TYPE_CHECKING:
    from lark import Lark, ParseTree

GRAMMAR = Path(__file__).with_name("expression.lark")
LONGEST = 4_000
DEEPEST = 60
"""Levels of nesting: far beyond what anybody reads, far below what Python's stack holds."""

OffsetOf = Callable[[int], int]


class SyntaxFault(Exception):
    """The text is no expression; `diagnostic` says where and why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@cache
def grammar() -> "Lark":
    """The parser, built at first use: a project without expressions never pays for it."""
    from lark import Lark  # noqa: PLC0415 - importing Lark takes longer than reading a small project

    return Lark(
        GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer="contextual", propagate_positions=True
    )


def parse(text: str, file: SourceFile, offset_of: OffsetOf) -> Expression:
    """The nodes of an expression.

    `offset_of` maps an index in `text` to an offset in `file`; an index of `len(text)` is asked for too.
    Raises SyntaxFault with the one diagnostic.
    """
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415 - as above

    from dsl.syntax_faults import fault_of  # noqa: PLC0415 - as above
    from dsl.syntax_tree import TreeReader  # noqa: PLC0415 - as above

    place = _placing(offset_of)
    try:
        _refuse_endless(text, place(0, len(text)))
        tree = _tree(text)
        _refuse_deep(tree, place)
        return cast("Expression", TreeReader(place).transform(tree))
    except UnexpectedInput as unexpected:
        fault = fault_of(unexpected, text, grammar())
        diagnostic = Diagnostic(
            "E500", "error", fault.message, file, place(fault.start, fault.end), fault.label, fault.help
        )
    except Misread as misread:
        diagnostic = _misread(misread, file)
    raise SyntaxFault(diagnostic)


@lru_cache(maxsize=4096)
def _tree(text: str) -> "ParseTree":
    """The tree of a text, with places in the text: scenarios of one brand often ask the same."""
    return grammar().parse(text)


def _placing(offset_of: OffsetOf) -> Callable[[int, int], Span]:
    """Ranges of the text as spans of the file, at least one character long."""

    def place(start: int, end: int) -> Span:
        first = offset_of(start)
        return Span(first, max(first + 1, offset_of(end - 1) + 1 if end > start else first))

    return place


def _misread(misread: Misread, file: SourceFile) -> Diagnostic:
    return Diagnostic("E501", "error", misread.message, file, misread.span, help=misread.help)


def _refuse_endless(text: str, span: Span) -> None:
    if len(text) > LONGEST:
        raise Misread(
            f"this expression has {len(text)} characters, {LONGEST} is the most",
            Span(span.start, span.start + 1),
            "give parts of it a name: a segment, or a computed attribute",
        )


def _refuse_deep(tree: "ParseTree", place: Callable[[int, int], Span]) -> None:
    """Everything behind the parser walks the nodes by recursion, so their depth is bounded here."""
    from lark import Tree  # noqa: PLC0415 - as above

    pending = [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > DEEPEST:
            raise Misread(
                f"brackets and operators are nested over {DEEPEST} levels deep",
                place(node.meta.start_pos, node.meta.end_pos),
                "give parts of it a name: a segment, or a computed attribute",
            )
        pending += [(child, depth + 1) for child in node.children if isinstance(child, Tree)]
