"""Diagnostics drawn: text for people, JSON, annotations for GitHub, SARIF for code scanners.

Every place is converted by `SourceFile.position`, so that all four name the same line and column.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from dsl.diagnostics import Diagnostic, Related
from dsl.source import SourceFile, Span

_TAB_WIDTH = 4
_COLOURS = {"error": "31", "warning": "33", "help": "32", "note": "36", "gutter": "34", "bold": "1"}
_LINES_BEFORE = 1
_WIDEST = 160
"""Of a longer line only the part around the mistake is shown."""
_AROUND = 60


def text(diagnostics: Iterable[Diagnostic], *, colour: bool = False) -> str:
    """Each diagnostic with its excerpt and caret, and a last line that counts them."""
    diagnostics = list(diagnostics)
    paint = _painter(colour=colour)
    drawn = [_draw(each, paint) for each in diagnostics]
    return "\n\n".join([*drawn, *([_count(diagnostics)] if diagnostics else [])])


Paint: TypeAlias = Callable[[str, str], str]


def _painter(*, colour: bool) -> Paint:
    if not colour:
        return lambda _name, said: said
    return lambda name, said: f"\x1b[{_COLOURS[name]}m{said}\x1b[0m" if said else said


def _draw(diagnostic: Diagnostic, paint: Paint) -> str:
    head = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]")
    places = [(diagnostic.file, diagnostic.span, diagnostic.label)]
    places += [(related.file, related.span, related.label) for related in diagnostic.related]
    width = max(len(str(_last_line(file, span))) for file, span, _ in places)
    lines = [f"{head}: {paint('bold', diagnostic.message)}"]
    for number, (file, span, label) in enumerate(places):
        line, column = file.position(span.start)
        arrow = paint("gutter", " " * width + ("-->" if number == 0 else ":::"))
        lines.append(f"{arrow} {file.path}:{line}:{column}")
        lines += _excerpt(file, span, label, width, paint, diagnostic.severity if number == 0 else "note")
    said = [("help", diagnostic.help), ("note", diagnostic.note)]
    bar = paint("gutter", " " * width + " =")
    lines += [f"{bar} {paint(name, name)}: {words}" for name, words in said if words]
    return "\n".join(lines)


def _last_line(file: SourceFile, span: Span) -> int:
    return file.position(max(span.start, span.end - 1))[0]


def _excerpt(file: SourceFile, span: Span, label: str, width: int, paint: Paint, severity: str) -> list[str]:
    """The line before and the line of the span, underlined; of several lines the first and the last."""
    if not file.text:
        return []
    first, column = file.position(span.start)
    last = _last_line(file, span)
    gutter = paint("gutter", " " * width + " |")
    lines = [gutter]
    lines += [_numbered(file, each, width, paint) for each in range(max(1, first - _LINES_BEFORE), first)]
    source = file.line(first)
    end = len(source) + 1 if last > first else file.position(span.end)[1]
    indent = len(_expanded(source[: column - 1]))
    begin = indent - _AROUND if len(_expanded(source)) > _WIDEST and indent > _AROUND else 0
    lines.append(_numbered(file, first, width, paint, begin))
    length = len(_expanded(source[: end - 1])) - indent
    indent -= begin
    carets = "^" * max(1, min(length, _WIDEST - indent))
    said = f" {label}" if label and last == first else ""
    lines.append(f"{gutter} {' ' * indent}{paint(severity, carets + said)}")
    if last > first:
        if last > first + 1:
            lines.append(paint("gutter", " " * width + " ..."))
        lines.append(_numbered(file, last, width, paint))
        if label:
            lines.append(f"{gutter} {paint(severity, label)}")
    return lines


def _numbered(file: SourceFile, number: int, width: int, paint: Paint, begin: int = 0) -> str:
    """A line with its number; of one that is too wide, the part from a column on."""
    source = _expanded(file.line(number))
    shown = _seen(source[begin : begin + _WIDEST])
    if begin:
        shown = f"…{shown[1:]}"
    if len(source) > begin + _WIDEST:
        shown = f"{shown[:-1]}…"
    return f"{paint('gutter', f'{number:>{width}} |')} {shown}".rstrip()


def _expanded(source: str) -> str:
    """Tabs as spaces, so that carets stand where they should."""
    return source.expandtabs(_TAB_WIDTH)


def _seen(source: str) -> str:
    """A mark for each character that cannot be seen."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in source)


def _count(diagnostics: Sequence[Diagnostic]) -> str:
    counts = Counter(each.severity for each in diagnostics)
    said = [_several(counts[severity], severity) for severity in ("error", "warning") if counts[severity]]
    return ", ".join(said)


def _several(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_data(diagnostic: Diagnostic) -> dict[str, Any]:
    """The fields that `relance check --format json` promises; places are one-based."""
    line, column = diagnostic.file.position(diagnostic.span.start)
    end_line, end_column = diagnostic.file.position(diagnostic.span.end)
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": diagnostic.file.path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "label": diagnostic.label,
        "help": diagnostic.help,
        "note": diagnostic.note,
        "related": [_related(each) for each in diagnostic.related],
    }


def _related(related: Related) -> dict[str, Any]:
    line, column = related.file.position(related.span.start)
    return {"file": related.file.path, "line": line, "column": column, "label": related.label}


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON list of diagnostics."""
    return json.dumps([as_data(each) for each in diagnostics], ensure_ascii=False, indent=2)


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request."""
    return "\n".join(_annotation(as_data(each)) for each in diagnostics)


def _annotation(data: dict[str, Any]) -> str:
    place = (
        f"file={_property(data['file'])},line={data['line']},col={data['column']},"
        f"endLine={data['end_line']},endColumn={data['end_column']},title={data['code']}"
    )
    words = [data["message"], data["label"], data["help"] and f"help: {data['help']}", data["note"]]
    return f"::{data['severity']} {place}::{_message(chr(10).join(word for word in words if word))}"


def _message(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _message(words).replace(":", "%3A").replace(",", "%2C")


def sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """A SARIF 2.1.0 log with one run."""
    diagnostics = list(diagnostics)
    codes = sorted({each.code for each in diagnostics})
    tool = {"driver": {"name": "relance", "rules": [{"id": code} for code in codes]}}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": tool, "results": [_result(as_data(each)) for each in diagnostics]}],
    }
    return json.dumps(log, ensure_ascii=False, indent=2)


def _result(data: dict[str, Any]) -> dict[str, Any]:
    words = [data["message"], data["help"] and f"({data['help']})"]
    region = {
        "startLine": data["line"],
        "startColumn": data["column"],
        "endLine": data["end_line"],
        "endColumn": data["end_column"],
    }
    location = {"artifactLocation": {"uri": data["file"]}, "region": region}
    return {
        "ruleId": data["code"],
        "level": data["severity"],
        "message": {"text": " ".join(word for word in words if word)},
        "locations": [{"physicalLocation": location}],
    }


RENDERERS: dict[str, Callable[[Iterable[Diagnostic]], str]] = {
    "json": as_json,
    "github": github,
    "sarif": sarif,
}
"""Every format but `text`, which takes a colour."""
