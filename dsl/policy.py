"""What holds for all scenarios, as data: hours, pressure, zones, tracking, retention, delivery.

Read from `policy.yaml` by `policy_parser`; the policy in force is always today's, whatever version a run
is on.
"""

from collections.abc import Iterable
from dataclasses import field
from datetime import time
from functools import cached_property
from typing import Literal, TypeAlias

from dsl.frozen import dataclass
from dsl.nodes import Expression
from dsl.values import Duration, Money

ALL_DAYS: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
"""Weekdays, Monday is 0."""

OnCapAction: TypeAlias = Literal["delay", "drop", "next", "exit"]


@dataclass(frozen=True)
class Formula:
    """A resolved expression with the text that people wrote, for explanations."""

    text: str
    root: Expression


@dataclass(frozen=True)
class Hours:
    """When a channel may reach a person, in their local time. `end` is excluded; 24:00 is `time.max`."""

    start: time = time(0)
    end: time = time.max
    days: tuple[int, ...] = ALL_DAYS
    skip_holidays: bool = False


@dataclass(frozen=True)
class OnCap:
    """What to do with a message that has no place: `up_to` is only used by `delay`."""

    action: OnCapAction = "delay"
    up_to: Duration = Duration(days=3)


@dataclass(frozen=True)
class Limit:
    """At most `at_most` messages in `days` days, of a channel or a tag (all of them when neither is given).

    `when` chooses the messages the limit is asked for (unknown applies); all messages of its channel or
    tag are counted: those to the person or, `of` a household, those to everybody in it.
    """

    at_most: int
    days: int
    channel: str | None = None
    tag: str | None = None
    when: Formula | None = None
    of: Literal["person", "household"] = "person"

    @property
    def text(self) -> str:
        """The limit in words, as refusals name it: `at most 3 email per 7 days`."""
        several = "s" if self.at_most > 1 else ""
        what = self.channel or (f"tagged {self.tag}" if self.tag else f"message{several}")
        when = f" when {self.when.text}" if self.when else ""
        whose = " to a household" if self.of == "household" else ""
        return f"at most {self.at_most} {what}{whose} per {self.days} day{'s' if self.days > 1 else ''}{when}"

    def counts(self, channel: str, tags: Iterable[str]) -> bool:
        """Whether it counts a message of this channel with these tags."""
        return self.channel in (None, channel) and (self.tag is None or self.tag in tags)


@dataclass(frozen=True)
class Pressure:
    """The limits, and what they do not hold for."""

    day: Literal["calendar", "rolling"] = "calendar"
    limits: tuple[Limit, ...] = ()
    exempt_classes: tuple[str, ...] = ("transactional",)
    exempt_tags: tuple[str, ...] = ()
    on_cap: OnCap = OnCap()

    @cached_property
    def of_household(self) -> bool:
        """Whether some limit is of the household: only then is anything about one looked up."""
        return any(limit.of == "household" for limit in self.limits)

    def exempts(self, message_class: str, tags: Iterable[str]) -> bool:
        """Whether a message of this class with these tags is neither counted nor refused."""
        return message_class in self.exempt_classes or not set(tags).isdisjoint(self.exempt_tags)


@dataclass(frozen=True)
class Policy:
    """The whole of `policy.yaml`."""

    default_zone: str = "Europe/Paris"
    zone_by_country: dict[str, str] = field(default_factory=dict)
    hours: dict[str, Hours] = field(default_factory=dict)
    pressure: Pressure = Pressure()
    expires: Duration = Duration(days=4)
    late_events: Duration = Duration(days=1)
    track_opens: Literal["with_consent", "never"] = "with_consent"
    track_clicks: Literal["with_consent", "never"] = "with_consent"
    retention: dict[str, Duration] = field(default_factory=dict)
    delivery: dict[str, Literal["at_most_once", "at_least_once"]] = field(
        default_factory=lambda: {
            "marketing": "at_most_once",
            "service": "at_most_once",
            "transactional": "at_least_once",
        }
    )
    utm: dict[str, str] = field(default_factory=dict)
    prices: dict[str, Money] = field(default_factory=dict)
    """What one part of a message costs, by channel: of an SMS, each 160 letters or 70."""
    leap_birthday: Literal["02-28", "03-01"] = "02-28"
