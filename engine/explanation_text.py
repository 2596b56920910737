"""An explanation as people read it, on the command line and in the studio."""

from collections.abc import Iterator

from engine import words
from engine.explanation import Decision, Explanation, RunExplained, ScenarioExplained


def lines(found: Explanation) -> Iterator[str]:
    """The whole answer, line by line; what belongs to a line stands further in below it."""
    yield f"{found.contact}, as known on {words.at(found.at, found.zone)} ({found.zone})"
    for note in found.notes:
        yield f"  {note}"
    for each in found.scenarios:
        yield ""
        yield f"{each.scenario}: {each.title}"
        yield from _scenario(each, found.zone)


def _scenario(each: ScenarioExplained, zone: str) -> Iterator[str]:
    for note in each.notes:
        yield f"  {note}"
    for refused in each.refused:
        times = f" ({refused.times} times so far)" if refused.times > 1 else ""
        event = f" by {refused.event}" if refused.event else ""
        yield f"  not entered on {words.at(refused.at, zone)}{event}{times}: {refused.text}"
    for no in each.unreachable:
        yield f"  cannot get {', '.join(no.messages)} by {no.channel}: {no.text}"
    for run in each.runs:
        yield from _run(run, zone)


def _run(run: RunExplained, zone: str) -> Iterator[str]:
    stands = f"under way at {run.position}" if run.position else "nobody has looked at it yet"
    stands = f"ended: {run.end_reason}" if run.status == "ended" else stands
    key = f", key {run.key}" if run.key else ""
    held = ", held out" if run.holdout else ""
    entered = words.at(run.entered_at, zone)
    yield f"  run {run.run}, version {run.version}{key}{held}, entered {entered}: {stands}"
    for line in run.decisions:
        yield from _decision(line, zone)
    if run.next_possible:
        yield f"    next: {words.at(run.next_possible, zone)}"


def _decision(line: Decision, zone: str) -> Iterator[str]:
    step = f"{line.step}: " if line.step else ""
    yield f"    {words.at(line.at, zone)}  {step}{line.text}"
    for each in line.filled_by:
        when = words.at(each.at, zone)
        what = f"{each.message} of {each.scenario}"
        what = f"message {each.id} to {each.contact}, of the household," if each.contact else what
        yield f"      filled by {what} by {each.channel}, {each.state} {when}"
    if line.since:
        yield f"      since {words.at(line.since, zone)}"
    if line.hours:
        opens = f", which open {words.at(line.next_possible, zone)}" if line.next_possible else ""
        yield f"      the hours are {line.hours}{opens}"
