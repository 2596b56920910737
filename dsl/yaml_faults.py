"""How mistakes in YAML are told: in the words of somebody who writes scenarios, with the remedy.

YAML hides some mistakes behind text that still parses (a comma in braces cuts an expression in two) and
reports others far from their cause; each such trap is recognised here by what it leaves behind.
"""

import re
from collections.abc import Sequence
from typing import Any

from dsl.diagnostics import Diagnostic, Related
from dsl.source import SourceFile, Span
from dsl.tree import Entry, Scalar

_COMMENT = re.compile(r"[ \t]*#")
_OPENING, _CLOSING = "([{", ")]}"
_OPENS = re.compile(r'[(\[{"]')
QUOTE_IT = "put the whole value in '...'"


def fault(
    file: SourceFile,
    code: str,
    message: str,
    span: Span,
    *,
    label: str = "",
    help: str | None = None,  # noqa: A002 - the field's name
    note: str | None = None,
    related: tuple[Related, ...] = (),
) -> Diagnostic:
    """An error about the text of a file."""
    return Diagnostic(code, "error", message, file, span, label, help, note, related)


def complex_key(file: SourceFile, start: int) -> Diagnostic:
    """A mapping or a list where a key is due, which is how YAML reads `{{ name }}`."""
    if file.text.startswith("{{", max(0, start - 1)) or file.text.startswith("{{", start):
        begin = start - 1 if file.text[max(0, start - 1)] == "{" else start
        return fault(
            file,
            "E108",
            "YAML reads `{{ }}` as nested braces",
            Span(begin, begin + 2),
            help="write an expression without braces, or put the text in '...'",
        )
    return fault(
        file, "E108", "a key must be a name", Span(start, start + 1), help="write `name: value` on a line"
    )


def cut_by_comment(scalar: Scalar) -> Diagnostic | None:
    """A value that ` #` cuts: what is left of it has an open bracket or quote."""
    comment = _COMMENT.match(scalar.file.text, scalar.span.end)
    if comment is None or scalar.style != "plain" or not _is_open(scalar.value):
        return None
    hash_at = comment.end() - 1
    return fault(
        scalar.file,
        "E110",
        "the value is cut by ` #`, which begins a comment",
        Span(hash_at, hash_at + 1),
        label="a comment from here on",
        help=QUOTE_IT,
    )


def cut_by_comma(entries: Sequence[Entry]) -> tuple[Diagnostic, list[Entry]] | None:
    """An expression inside braces or brackets that a comma cut in two, and the entries without the pieces.

    The first piece has an open bracket or quote, a later one closes it.
    """
    for first, entry in enumerate(entries):
        value = entry.value
        if not isinstance(value, Scalar) or value.style != "plain" or not _is_open(value.value):
            continue
        for last in range(first + 1, len(entries)):
            piece = entries[last].key
            if piece.style == "plain" and _closes(piece.value):
                broken = Scalar(value.value, value.span, value.style, value.file, broken=True)
                key = broken if entry.key is value else entry.key
                kept = [*entries[:first], Entry(key, broken), *entries[last + 1 :]]
                return _cut(value, piece), kept
    return None


def _cut(value: Scalar, piece: Scalar) -> Diagnostic:
    comma = value.file.text.find(",", value.span.end, piece.span.start + 1)
    return fault(
        value.file,
        "E109",
        "unbalanced bracket: a comma inside `{ }` or `[ ]` cuts the expression in two",
        Span(comma, comma + 1) if comma >= 0 else value.span,
        label="YAML takes this as the end of the value",
        help=f"write it on its own line, or {QUOTE_IT}",
    )


def _depth(text: str) -> int:
    return sum(text.count(c) for c in _OPENING) - sum(text.count(c) for c in _CLOSING)


def _is_open(text: str) -> bool:
    return _OPENS.search(text) is not None and (_depth(text) > 0 or text.count('"') % 2 == 1)


def _closes(text: str) -> bool:
    return _depth(text) < 0 or text.count('"') % 2 == 1


def syntax(file: SourceFile, error: Any) -> Diagnostic:
    """A syntax error of YAML, from the parser's exception (a MarkedYAMLError)."""
    mark = error.problem_mark or error.context_mark
    at = mark.index if mark is not None else 0
    problem = str(error.problem or "")
    for test in (_trap_in_flow, _trap_colon, _trap_quote, _trap_tab, _trap_first_character):
        diagnostic = test(file, problem, at)
        if diagnostic:
            return diagnostic
    return _plain_syntax(file, error, problem, at)


def _plain_syntax(file: SourceFile, error: Any, problem: str, at: int) -> Diagnostic:
    wording = next((said for theirs, said in _WORDING if theirs in problem), None)
    what, remedy = wording or ("not readable as YAML", "compare with the examples of `relance explain E100`")
    related: tuple[Related, ...] = ()
    context = error.context_mark
    if context is not None and ("end of stream" in problem or "',' or" in problem):
        span = Span(context.index, context.index + 1)
        related = (Related(file, span, "opened here"),)
    at = min(at, max(0, len(file.text) - 1))
    return fault(file, "E100", what, Span(at, at + 1), label="here", help=remedy, related=related)


_WORDING: tuple[tuple[str, tuple[str, str | None]], ...] = (
    ("unexpected end of stream", ("a quote is never closed", "close it on the same line")),
    ("expected ',' or '}'", ("a `{` is never closed, or a comma is missing", "close it with `}`")),
    ("expected ',' or ']'", ("a `[` is never closed, or a comma is missing", "close it with `]`")),
    (
        "expected '-' indicator",
        ("a list item must begin with `- `", "begin the line with `- `, or move it to the left"),
    ),
    (
        "expected key",
        ("this line does not fit with the ones above", "give the keys of one block the same indentation"),
    ),
    (
        "sequence entries are not allowed",
        ("a list cannot begin on the line of its key", "begin the `- ` on the next line"),
    ),
    (
        "mapping values are not allowed",
        ("this line is indented under a value", "give the keys of one block the same indentation"),
    ),
    ("unknown escape", ("an unknown escape after a backslash", "write it in '...', which has no escapes")),
    ("could not find expected ':'", ("a key without `:`", "write `name: value`")),
    ("expected node content", ("a value is missing here", "write it, or close the bracket before")),
    ("expected <document start>", ("text after the end of the file's text", "delete the line `...`")),
    ("escape code", ("an escape that is no character", "write the character itself")),
    ("escape character", ("an unknown escape after a backslash", "write it in '...', which has no escapes")),
    ("hexdecimal number", ("an escape without its digits", "write the character itself")),
    ("indentation", ("a text that is indented less than it began", "give its lines the same indentation")),
)


def _line_before(file: SourceFile, at: int) -> str:
    return file.text[file.text.rfind("\n", 0, at) + 1 : at]


def _trap_in_flow(file: SourceFile, problem: str, at: int) -> Diagnostic | None:
    """`{where: channel in [web, store]}`: a bracket in the middle of a value inside braces."""
    if not ("',' or '}'" in problem or "',' or ']'" in problem) or file.text[at : at + 1] not in ("[", "{"):
        return None
    return fault(
        file,
        "E111",
        "a bracket in the middle of a value inside `{ }` or `[ ]`",
        Span(at, at + 1),
        label="YAML begins a list or a block here",
        help=f"write the expression on its own line, or {QUOTE_IT}",
    )


def _trap_colon(file: SourceFile, problem: str, at: int) -> Diagnostic | None:
    """`where: name == "a: b"`: a colon and a space inside a value."""
    before = _line_before(file, at).lstrip(" -")
    if "mapping values are not allowed" not in problem or ": " not in before:
        return None
    value = before.partition(": ")[2].strip()
    block = f"begin `{value}:` on the next line, indented, or put `{{ }}` around; a text goes in '...'"
    return fault(
        file,
        "E112",
        "a `: ` inside a value",
        Span(at, at + 1),
        label="YAML takes this as a key and its value",
        help=block if value.isidentifier() else QUOTE_IT,
    )


def _trap_quote(file: SourceFile, problem: str, at: int) -> Diagnostic | None:
    """`where: "a" == b`, `where: [a] == b`: the value is over at the quote or bracket that closes."""
    before = _line_before(file, at).rstrip()
    if "expected key" not in problem or not before or before[-1] not in "\"']}":
        return None
    end = file.text.find("\n", at)
    return fault(
        file,
        "E113",
        "text after a value that was already closed",
        Span(at, len(file.text) if end < 0 else end),
        label=f"the value ended at the `{before[-1]}`",
        help=f"a value that begins with a quote or a bracket ends with it; {QUOTE_IT}",
    )


def _trap_tab(file: SourceFile, problem: str, at: int) -> Diagnostic | None:
    tab = file.text.find("\t", at, at + 2)
    if tab < 0 or not ("cannot start any token" in problem or "tab character" in problem):
        return None
    at = tab
    return fault(file, "E114", "a tab in the indentation", Span(at, at + 1), help="use spaces")


def _trap_first_character(file: SourceFile, problem: str, at: int) -> Diagnostic | None:
    """`%`, `@` and the backtick begin nothing in YAML."""
    if "cannot start any token" not in problem:
        return None
    while at < len(file.text) and file.text[at] in " \n":
        at += 1
    character = file.text[at : at + 1]
    return fault(
        file,
        "E113",
        f"a value cannot begin with `{character}`",
        Span(at, at + 1),
        label="here",
        help=QUOTE_IT,
    )
