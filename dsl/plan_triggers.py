"""What starts runs of a plan, and the patterns that pick events."""

from datetime import datetime, time
from typing import Literal, TypeAlias

from dsl.frozen import dataclass
from dsl.policy import Formula
from dsl.types import Type
from dsl.values import Duration


@dataclass(frozen=True)
class Pattern:
    """An event by name, and a condition over its properties (bare names) and the run.

    `about_key`: for an event about an object, the formula (over run, event or item) that its `about`
    property must equal, taken from `where`, so that the router can find the runs.
    """

    event: str
    where: Formula | None = None
    about_key: Formula | None = None


@dataclass(frozen=True)
class EventTrigger:
    """Each such event of a contact; `for_each`, one run an item of that list of the event."""

    pattern: Pattern
    for_each: Formula | None = None
    kind: Literal["event"] = "event"


@dataclass(frozen=True)
class ReachTrigger:
    """An event about an object reaches everyone whose history matches."""

    pattern: Pattern
    reaches: Formula
    kind: Literal["reach"] = "reach"


@dataclass(frozen=True)
class DateTrigger:
    """A day relative to a date of the contact, at a local time."""

    date: Formula
    yearly: bool = False
    offset: Duration = Duration()
    at: time = time(9)
    if_past: Literal["skip", "enter"] = "skip"
    kind: Literal["date"] = "date"


@dataclass(frozen=True)
class ScanTrigger:
    """Everybody in `audience` at a local time, zone by zone. `on`: weekday (Monday 0) or day of month."""

    every: Literal["day", "week", "month"]
    at: time
    on: int | None = None
    spread_seconds: int = 0
    kind: Literal["scan"] = "scan"


@dataclass(frozen=True)
class SegmentTrigger:
    """Somebody comes into or leaves a segment."""

    segment: str
    direction: Literal["entered", "left"]
    checked_at: time | None = None
    kind: Literal["segment"] = "segment"


@dataclass(frozen=True)
class ChangeTrigger:
    """An attribute changed; `where` speaks of `before` and `after`."""

    attribute: str
    where: Formula | None = None
    include_imports: bool = False
    kind: Literal["change"] = "change"


@dataclass(frozen=True)
class CampaignTrigger:
    """A one-off campaign at a local date and time (naive), each in their own zone."""

    at: datetime
    if_past: Literal["skip", "enter"] = "skip"
    spread_seconds: int = 0
    kind: Literal["campaign"] = "campaign"


@dataclass(frozen=True)
class ApiTrigger:
    """Started by a call that gives these inputs, read as `event.x`."""

    inputs: tuple[tuple[str, Type], ...] = ()
    kind: Literal["api"] = "api"


Trigger: TypeAlias = (
    EventTrigger
    | ReachTrigger
    | DateTrigger
    | ScanTrigger
    | SegmentTrigger
    | ChangeTrigger
    | CampaignTrigger
    | ApiTrigger
)
