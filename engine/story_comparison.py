"""What a story expects held against what happened: everything, in order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dsl.catalog import Catalog
from dsl.local_time import local_clock
from dsl.story import Expected, When
from dsl.values import read_value, write_value
from engine.stories import Calendar, Played
from engine.virtual.world import Happened

ONLY_WHERE_WRITTEN = frozenset({"emit", "set"})


@dataclass(frozen=True)
class Row:
    """A line that was expected beside what came; one of them is None where the other stands alone.

    `same`: the one is the other. Rows after the first difference stand side by side and say nothing more.
    """

    expected: Expected | None
    got: Happened | None
    same: bool


@dataclass(frozen=True)
class Comparison:
    """The two timelines. `difference`: the index of the first row that is not the same, None: all are."""

    rows: tuple[Row, ...]
    difference: int | None


def compare(played: Played, catalog: Catalog) -> Comparison:
    """Hold a played story to its `expect`.

    Within one instant the order is free. `emit`, `set` and `exit: end` count only where they are written.
    """
    left = list(played.happened)
    rows: list[Row] = []
    expected = list(played.story.expected)
    while expected:
        found = _find(expected[0], left, played.calendar, catalog)
        if found is None:
            break
        got = left.pop(found)
        left = [each for each in left if each.at >= got.at or not is_optional(each)]
        rows.append(Row(expected.pop(0), got, same=True))
    surplus = [each for each in left if not is_optional(each)]
    if not expected and not surplus:
        return Comparison(tuple(rows), None)
    difference = len(rows)
    for index in range(max(len(expected), len(surplus))):
        wanted = expected[index] if index < len(expected) else None
        came = surplus[index] if index < len(surplus) else None
        rows.append(Row(wanted, came, same=False))
    return Comparison(tuple(rows), difference)


def is_optional(happened: Happened) -> bool:
    """Whether it need not be written."""
    return happened.kind in ONLY_WHERE_WRITTEN or (happened.kind, happened.name) == ("exit", "end")


def _find(wanted: Expected, left: list[Happened], calendar: Calendar, catalog: Catalog) -> int | None:
    """The place of what a line expects in what is left; nothing that counts may lie at an earlier instant."""
    earliest: datetime | None = None
    for index, happened in enumerate(left):
        if earliest is not None and happened.at > earliest:
            return None
        if _is(wanted, happened, calendar, catalog):
            return index
        if earliest is None and not is_optional(happened):
            earliest = happened.at
    return None


def _is(wanted: Expected, happened: Happened, calendar: Calendar, catalog: Catalog) -> bool:
    return (
        wanted.kind == happened.kind
        and wanted.name == happened.name
        and wanted.channel in (None, happened.channel)
        and wanted.because in (None, happened.because)
        and wanted.scenario in (None, happened.scenario)
        and is_then(wanted.at, happened.at, calendar)
        and (wanted.kind != "set" or _is_value(wanted, happened.value, calendar, catalog))
    )


def is_then(when: When, instant: datetime, calendar: Calendar) -> bool:
    """Whether an instant is a point of the story: to the minute where it has a time, else to the day."""
    local = instant.astimezone(calendar.zone)
    if local.date() != calendar.day(when):
        return False
    return when.at is None or local_clock(instant, calendar.zone).replace(second=0, microsecond=0) == when.at


def _is_value(wanted: Expected, value: Any, calendar: Calendar, catalog: Catalog) -> bool:
    raw = calendar.json(wanted.value)
    root, _, name = wanted.name.partition(".")
    attribute = catalog.attributes.get(name)
    if root == "contact" and attribute is not None:
        return bool(read_value(attribute.type, raw, catalog.brand.currency) == value)
    return bool(write_value(value) == raw)
