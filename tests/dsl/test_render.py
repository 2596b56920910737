"""How diagnostics are drawn: carets, colours, several lines, and the formats of other programs."""

import json

from dsl import render
from dsl.diagnostics import Diagnostic
from dsl.source import SourceFile, Span

FILE = SourceFile("a.yaml", "first: é\n\tsecond: x\x1b[2J\nthird: y\nfourth: z\n")


def diagnostic(start: int, end: int) -> Diagnostic:
    return Diagnostic("E999", "error", "50% wrong", FILE, Span(start, end), "here", "mend it", "a note")


def test_colour_is_only_there_when_asked_for() -> None:
    """The same words, with and without."""
    found = [diagnostic(7, 8)]
    plain, coloured = render.text(found), render.text(found, colour=True)
    assert "\x1b[31m" in coloured
    for code in ("0", "1", "31", "32", "34", "36"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plain


def test_a_caret_stands_under_its_character_after_a_tab() -> None:
    """Tabs are drawn as spaces, and control characters of the file never reach the terminal."""
    start = FILE.text.index("x")
    lines = render.text([diagnostic(start, start + 1)]).splitlines()
    source = next(line for line in lines if "second" in line)
    carets = next(line for line in lines if "^" in line)
    assert source.index("x") == carets.index("^")
    assert "\x1b" not in source


def test_a_span_of_several_lines_shows_its_first_and_last() -> None:
    """With dots between, and the label under the last."""
    lines = render.text([diagnostic(2, len(FILE.text) - 1)]).splitlines()
    assert [line[:4] for line in lines[:-1] if line[:1].isdigit()] == ["1 | ", "4 | "]
    assert "  ..." in lines
    assert lines[-5].endswith("| here")


def test_a_place_past_the_end_is_the_end() -> None:
    """An empty file has no excerpt."""
    empty = SourceFile("empty.yaml", "")
    text = render.text([Diagnostic("E999", "error", "nothing", empty, Span(0, 1))])
    assert text.splitlines()[:2] == ["error[E999]: nothing", " --> empty.yaml:1:1"]


def test_github_escapes_what_would_end_a_command() -> None:
    """Per cent signs and line ends."""
    line = render.github([diagnostic(0, 5)])
    assert line == (
        "::error file=a.yaml,line=1,col=1,endLine=1,endColumn=6,title=E999::"
        "50%25 wrong%0Ahere%0Ahelp: mend it%0Aa note"
    )


def test_all_formats_name_the_same_place() -> None:
    """They share one conversion."""
    found = [diagnostic(FILE.text.index("y"), FILE.text.index("y") + 1)]
    (data,) = json.loads(render.as_json(found))
    (result,) = json.loads(render.sarif(found))["runs"][0]["results"]
    assert (data["line"], data["column"]) == (3, 8)
    assert result["locations"][0]["physicalLocation"]["region"]["startColumn"] == 8
    assert "a.yaml:3:8" in render.text(found)
    assert ",line=3,col=8," in render.github(found)


def test_counts_are_in_words() -> None:
    """The last line."""
    assert render.text([]) == ""
    assert render.text([diagnostic(0, 1)] * 2).endswith("\n\n2 errors")
