"""From the text of an expression to its nodes, with exact places in the file.

The grammar is `expression.lark`. What does not fit it is one diagnostic with the caret at the character where
reading stopped; the wording comes from `syntax_faults`.
"""

from collections.abc import Callable

from dsl.automaton import Unfit, automaton
from dsl.calls import Misread
from dsl.diagnostics import Diagnostic
from dsl.nodes import Expression
from dsl.source import SourceFile, Span
from dsl.syntax_tree import TreeReader
from dsl.traversal import below

LONGEST = 4_000
DEEPEST = 60
"""Levels of nesting: far beyond what anybody reads, far below what Python's stack holds."""

OffsetOf = Callable[[int], int]


class SyntaxFault(Exception):
    """The text is no expression; `diagnostic` says where and why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def parse(text: str, file: SourceFile, offset_of: OffsetOf) -> Expression:
    """The nodes of an expression.

    `offset_of` maps an index in `text` to an offset in `file`; an index of `len(text)` is asked for too.
    Raises SyntaxFault with the one diagnostic.
    """
    place = _placing(offset_of)
    try:
        _refuse_endless(text, place(0, len(text)))
        tree: Expression = automaton().run(text, TreeReader(place))
        _refuse_deep(text, tree)
    except Unfit:
        diagnostic = _unfit(text, file, place)
    except Misread as misread:
        diagnostic = _misread(misread, file)
    else:
        return tree
    raise SyntaxFault(diagnostic)


def _unfit(text: str, file: SourceFile, place: Callable[[int, int], Span]) -> Diagnostic:
    from dsl.syntax_faults import fault_in  # noqa: PLC0415 - importing Lark takes longer than a small project

    fault = fault_in(text)
    span = place(fault.start, fault.end)
    return Diagnostic("E500", "error", fault.message, file, span, fault.label, fault.help)


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


def _refuse_deep(text: str, tree: Expression) -> None:
    """Everything behind the parser walks the nodes by recursion, so their depth is bounded here."""
    if len(text) <= DEEPEST:
        return
    pending = [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > DEEPEST:
            raise Misread(
                f"brackets and operators are nested over {DEEPEST} levels deep",
                node.span,
                "give parts of it a name: a segment, or a computed attribute",
            )
        pending += [(child, depth + 1) for child in below(node)]
