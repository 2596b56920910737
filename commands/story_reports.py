"""What came of stories, drawn: text for people, JSON and JUnit for programs."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from xml.etree import ElementTree as ET

from dsl.story import Expected
from dsl.values import write_value
from engine.stories import Calendar, Played
from engine.story_comparison import Comparison, Row, is_optional
from engine.virtual.world import Happened

LINES_OF_WHY = 6
"""How much of the trail is shown beside a difference."""

WIDEST = 60
MARK = ">"


@dataclass(frozen=True)
class Verdict:
    """A story that was played and compared."""

    played: Played
    comparison: Comparison

    @property
    def passed(self) -> bool:
        """Whether everything happened as written and nothing else."""
        return self.played.impossible is None and self.comparison.difference is None

    @property
    def name(self) -> str:
        """The story's name."""
        return self.played.story.name

    @property
    def scenarios(self) -> str:
        """The scenarios that were played."""
        return ", ".join(self.played.file.scenarios)

    @property
    def place(self) -> str:
        """Where the story begins: `file:line`."""
        file = self.played.file.file
        return f"{file.path}:{file.position(self.played.story.span.start)[0]}"

    @cached_property
    def failure(self) -> str | None:
        """What was expected, what came instead, both timelines and why; None where it holds."""
        if self.passed:
            return None
        calendar = self.played.calendar
        parts = [summary(self), "", *_side_by_side(self.comparison, calendar)]
        why = _why(self)
        return "\n".join([*parts, *(["", "why:", *why] if why else [])])


# Text


def text(verdicts: Sequence[Verdict], *, colour: bool = False) -> str:
    """A line for each file, each failing story with both its timelines, and how many hold."""
    lines: list[str] = []
    for path in dict.fromkeys(each.played.file.file.path for each in verdicts):
        of_file = [each for each in verdicts if each.played.file.file.path == path]
        failed = [each for each in of_file if not each.passed]
        held = (
            f"{len(of_file) - len(failed)} of {len(of_file)} hold"
            if failed
            else _several(len(of_file), "story")
        )
        lines.append(
            f"{_paint('FAILED' if failed else 'ok', bad=bool(failed), colour=colour)}  {path}  {held}"
        )
        for each in failed:
            lines += ["", f"  {each.name}  ({each.place})", *_indented(each.failure or ""), ""]
    failing = sum(not each.passed for each in verdicts)
    total = _several(len(verdicts), "story")
    lines.append(f"{failing} of {total} do not hold" if failing else f"{total}, all hold")
    return "\n".join(lines)


def _paint(word: str, *, bad: bool, colour: bool) -> str:
    return f"\x1b[{31 if bad else 32}m{word}\x1b[0m" if colour else word


def _several(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _indented(said: str) -> Iterator[str]:
    return (f"    {line}".rstrip() for line in said.splitlines())


def summary(verdict: Verdict) -> str:
    """The first difference in one line."""
    if verdict.played.impossible:
        line, why = verdict.played.impossible
        return f"{line.text}: {why}" if line else why
    row = _first(verdict.comparison)
    calendar = verdict.played.calendar
    expected = f"{row.expected.at}: {_said(row.expected, calendar)}" if row.expected else "nothing more"
    got = f"{_clock(row.got.at, calendar)}: {_did(row.got)}" if row.got else "nothing"
    if row.expected and row.got and _said(row.expected, calendar) == _did(row.got):
        when = f"expected at {row.expected.at}, came at {_clock(row.got.at, calendar)}"
        return f"{_did(row.got)}: {when}"
    return f"expected {expected}; got {got}"


def _first(comparison: Comparison) -> Row:
    if comparison.difference is None:
        return Row(None, None, same=True)
    return comparison.rows[comparison.difference]


def _side_by_side(comparison: Comparison, calendar: Calendar) -> Iterator[str]:
    """Both timelines, with the first difference marked."""
    rows = [
        (
            f"{row.expected.at!s:<12}  {_said(row.expected, calendar)}" if row.expected else "",
            f"{_clock(row.got.at, calendar):<12}  {_did(row.got)}" if row.got else "",
        )
        for row in comparison.rows
    ]
    width = min(WIDEST, max((len(left) for left, _ in rows), default=0))
    width = max(width, len("expected"))
    yield f"  {'expected':<{width}}    got"
    for number, (left, right) in enumerate(rows):
        mark = MARK if number == comparison.difference else " "
        yield f"{mark} {left:<{width}}    {right}".rstrip()
    if not rows:
        yield f"  {'nothing':<{width}}    nothing"


def _said(expected: Expected, calendar: Calendar) -> str:
    what = f"{expected.channel or expected.kind} {expected.name}"
    if expected.kind == "set":
        what += f": {calendar.json(expected.value)}"
    return what + (f", because {expected.because}" if expected.because else "")


def _did(happened: Happened) -> str:
    what = f"{happened.channel if happened.kind == 'message' else happened.kind} {happened.name}"
    if happened.kind == "set":
        what += f": {write_value(happened.value)}"
    return what + (f", because {happened.because}" if happened.because else "")


def _clock(instant: datetime, calendar: Calendar) -> str:
    local = instant.astimezone(calendar.zone)
    return f"day {calendar.number(instant)} {local:%H:%M}"


def _why(verdict: Verdict) -> list[str]:
    """The end of the trail up to what came instead, or all the way where nothing came."""
    played = verdict.played
    row = _first(verdict.comparison)
    until = row.got.at if row.got else None
    told = [each for each in played.told if until is None or each.at <= until]
    many = len(played.file.scenarios) > 1
    return [
        f"  {_clock(each.at, played.calendar):<12}  {f'{each.scenario}: ' if many else ''}{each.text}"
        for each in told[-LINES_OF_WHY:]
    ]


# Data


def as_data(verdict: Verdict) -> dict[str, Any]:
    """What `relance test --format json` promises of a story."""
    calendar = verdict.played.calendar
    return {
        "scenario": verdict.scenarios,
        "story": verdict.name,
        "passed": verdict.passed,
        "timeline": [_event(each, calendar) for each in verdict.played.happened],
        "failure": verdict.failure,
        "file": verdict.played.file.file.path,
        "line": int(verdict.place.rpartition(":")[2]),
    }


def _event(happened: Happened, calendar: Calendar) -> dict[str, Any]:
    detail = happened.because or happened.text
    if happened.kind == "set":
        detail = str(write_value(happened.value))
    return {
        "at": happened.at.astimezone(calendar.zone).isoformat(),
        "kind": happened.channel if happened.kind == "message" else happened.kind,
        "name": happened.name,
        "detail": detail,
        "scenario": happened.scenario,
        "step": happened.step,
        "optional": is_optional(happened),
    }


def as_json(verdicts: Iterable[Verdict]) -> str:
    """A JSON list of stories."""
    return json.dumps([as_data(each) for each in verdicts], ensure_ascii=False, indent=2)


def as_junit(verdicts: Sequence[Verdict]) -> str:
    """JUnit XML, a suite a file."""
    root = ET.Element("testsuites", tests=str(len(verdicts)), failures=_failures(verdicts))
    for path in dict.fromkeys(each.played.file.file.path for each in verdicts):
        of_file = [each for each in verdicts if each.played.file.file.path == path]
        suite = ET.SubElement(
            root, "testsuite", name=path, tests=str(len(of_file)), failures=_failures(of_file)
        )
        for each in of_file:
            case = ET.SubElement(suite, "testcase", classname=each.scenarios, name=each.name, file=path)
            if each.failure is not None:
                failure = ET.SubElement(case, "failure", message=summary(each))
                failure.text = each.failure
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _failures(verdicts: Iterable[Verdict]) -> str:
    return str(sum(not each.passed for each in verdicts))
