"""A simulation as a page for the terminal: tables, a calendar in bars, and what deserves a look."""

from collections.abc import Iterator, Sequence

import click

from commands.tables import table
from engine.simulation.report import DayTold, ScenarioTold, Told

BAR = 32
EIGHTHS = " ▏▎▍▌▋▊▉█"
SHOWN = 8
WIDEST = 44
WORDS = 3


def page(found: Told, named: Sequence[str], *, colour: bool) -> str:
    """The whole page. `named`: the scenarios that were asked for, none for all."""
    return "\n".join(_lines(found, named, colour=colour))


def _lines(found: Told, named: Sequence[str], *, colour: bool) -> Iterator[str]:
    def title(text: str) -> str:
        return click.style(text, bold=True) if colour else text

    total = sum(each.sent for each in found.scenarios)
    new = f" ({found.joined:,} of them new)" if found.joined else ""
    people = f"{found.contacts:,} {'person' if found.contacts == 1 else 'people'}{new}"
    first = f"{found.first:%A} {found.first.day} {found.first:%B %Y}"
    yield title(f"{found.days} days from {first}: {people}, {total:,} messages")
    if named:
        yield f"told of {', '.join(named)}; all scenarios that are in force took their places"
    if found.before is not None:
        yield from ("", title("what changes"), *_changes(found.before, found))
    yield from ("", title("messages"), _steps(found.scenarios))
    yield from ("", title("calendar"), *_calendar(found.per_day, [each.scenario for each in found.scenarios]))
    yield from ("", title("how much people get"), *_pressure(found))
    if found.refusals:
        yield from ("", title("given up, by rule"), *_rules(found.refusals))
    if found.delays:
        yield from ("", title("held back, by rule"), *_rules(found.delays))
    if found.codes:
        rows = [(c.pool, c.needed, c.left, c.dry or "the end") for c in found.codes]
        yield from ("", title("codes"), table(("pool", "needed", "left", "they last until"), rows))
    if found.warnings:
        yield ""
        yield from (
            click.style(f"! {each}", fg="yellow") if colour else f"! {each}" for each in found.warnings
        )
    yield from ("", "assumed:", *(f"  - {each}" for each in found.assumptions))
    yield f"  - chance: seed {found.seed}, which gives the same result again"


def _changes(before: Told, after: Told) -> Iterator[str]:
    """Messages of each scenario with what is in force and with what is tried, and what a person gets."""
    was = {each.scenario: each.sent for each in before.scenarios}
    now = {each.scenario: each.sent for each in after.scenarios}
    rows: list[tuple[str, ...]] = [("scenario", "", "", "in force", "as here", "change")]
    rows += [(name, "", "", *_change(was.get(name, 0), now.get(name, 0))) for name in sorted(was | now)]
    rows.append(("all", "", "", *_change(sum(was.values()), sum(now.values()))))
    for what in ("p90", "max"):
        name = "nine in ten get at most" if what == "p90" else "the most"
        rows.append((name, "", "", *_change(int(before.per_contact[what]), int(after.per_contact[what]))))
    yield from _aligned(rows)


def _change(was: int, now: int) -> tuple[str, str, str]:
    return f"{was:,}", f"{now:,}", f"{now - was:+,}" if now != was else "="


def _steps(scenarios: Sequence[ScenarioTold]) -> str:
    rows: list[tuple[str, ...]] = [
        ("scenario and step", "", "by", "sent", "held back", "given up", "held out")
    ]
    for each in scenarios:
        rows.append((each.scenario, _people(each), "", *_sums([each])))
        rows += [
            (f"  {step.id}", _short(step.title or ""), "/".join(step.channels), *_sums([each], step.id))
            for step in each.steps
        ]
    rows.append(("all", "", "", *_sums(scenarios)))
    return "\n".join(_aligned(rows))


def _people(each: ScenarioTold) -> str:
    """Who is in it: `12 under way, 108 entered, 7 reached the goal`."""
    said = [f"{each.under_way:,} under way"] if each.under_way else []
    said.append(f"{each.entered:,} entered")
    said += [f"{each.goals:,} reached the goal"] if each.goals else []
    return ", ".join(said)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Words to the left, the figures of the last columns to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        words = [cell.ljust(width) for cell, width in zip(row[:WORDS], widths[:WORDS], strict=True)]
        figures = [cell.rjust(width) for cell, width in zip(row[WORDS:], widths[WORDS:], strict=True)]
        yield "  ".join([*words, *figures])


def _sums(scenarios: Sequence[ScenarioTold], step: str | None = None) -> tuple[str, ...]:
    steps = [each for scenario in scenarios for each in scenario.steps if step in (None, each.id)]
    kinds = ("sent", "delayed", "dropped", "withheld")
    return tuple(f"{sum(getattr(each, kind) for each in steps):,}" for kind in kinds)


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _calendar(days: Sequence[DayTold], scenarios: Sequence[str]) -> Iterator[str]:
    most = max((day.sent for day in days), default=0)
    active = [name for name in scenarios if any(name in day.scenarios for day in days)]
    widths = {name: max(len(name), 6) for name in active}
    head = "  ".join(name.rjust(widths[name]) for name in active)
    yield f"{'':10}  {'':{BAR}}  {'sent':>7}  {head}".rstrip()
    for day in days:
        counts = "  ".join(str(day.scenarios.get(name) or "·").rjust(widths[name]) for name in active)
        yield f"{day.day:%a %d %b}  {_bar(day.sent, most):{BAR}}  {day.sent:>7,}  {counts}".rstrip()


def _bar(count: int, most: int) -> str:
    """A bar in eighths of a character; whatever is not nothing is seen."""
    eighths = round(8 * BAR * count / most) if most else 0
    eighths = max(eighths, 1) if count else 0
    return (EIGHTHS[8] * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip()


def _pressure(found: Told) -> Iterator[str]:
    each = found.per_contact
    yield (
        f"{each['mean']:.2f} messages a person on average; nine in ten get at most {each['p90']}, "
        f"the most is {each['max']}"
    )
    if found.most:
        yield "who gets the most: " + ", ".join(f"{contact} ({count})" for count, contact in found.most[:5])


def _rules(rules: Sequence[tuple[str, int]]) -> Iterator[str]:
    widest = len(f"{rules[0][1]:,}")
    for rule, count in rules[:SHOWN]:
        yield f"  {count:>{widest},}  {rule}"
    if len(rules) > SHOWN:
        rest = sum(count for _, count in rules[SHOWN:])
        yield f"  {rest:>{widest},}  for {len(rules) - SHOWN} other reasons (--format json has them all)"
