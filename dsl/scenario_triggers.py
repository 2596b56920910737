"""What starts a scenario, as it was written."""

from datetime import datetime, time
from typing import Literal, TypeAlias

from dsl.frozen import dataclass
from dsl.source import Span
from dsl.types import Type
from dsl.values import Duration
from dsl.written import Given, Pattern, Written

TriggerIfPast: TypeAlias = Literal["skip", "enter"]
TRIGGER_IF_PAST: tuple[TriggerIfPast, ...] = ("skip", "enter")
Direction: TypeAlias = Literal["entered", "left"]


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """`event:` with `for_each:` or `reaches:`."""

    pattern: Pattern
    for_each: Written | None
    reaches: Written | None
    span: Span


@dataclass(frozen=True, slots=True)
class DateTrigger:
    """`date:` of the contact, with its offset and hour. `repeat` None: once."""

    date: Written
    yearly: bool
    offset: Duration
    at: time
    if_past: TriggerIfPast
    span: Span


@dataclass(frozen=True, slots=True)
class ScanTrigger:
    """`every: week on mon at 09:00`. `on`: weekday (Monday 0) or day of the month."""

    every: Literal["day", "week", "month"]
    at: time
    on: int | None
    spread: Duration | None
    span: Span


@dataclass(frozen=True, slots=True)
class SegmentTrigger:
    """`entered:` and `left:`."""

    segment: Given[str]
    direction: Direction
    checked_at: time | None
    existing: bool
    span: Span


@dataclass(frozen=True, slots=True)
class ChangeTrigger:
    """`changed: contact.tier`; `attribute` is the bare name."""

    attribute: Given[str]
    where: Written | None
    include_imports: bool
    span: Span


@dataclass(frozen=True, slots=True)
class CampaignTrigger:
    """`at: 2026-12-01 10:00`, local and naive."""

    at: datetime
    if_past: TriggerIfPast
    spread: Duration | None
    span: Span


@dataclass(frozen=True, slots=True)
class ApiTrigger:
    """`api: {input: {...}}`."""

    inputs: tuple[tuple[str, Type], ...]
    span: Span


Trigger: TypeAlias = (
    EventTrigger | DateTrigger | ScanTrigger | SegmentTrigger | ChangeTrigger | CampaignTrigger | ApiTrigger
)
