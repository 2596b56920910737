"""What a simulation is given: the rules, the days, what people do about messages; and the people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dsl.plan import Plan, World
from engine.virtual.person import Person


@dataclass(frozen=True, slots=True)
class Reactions:
    """What comes of messages of a channel, each as a share of those sent.

    `opens` and `clicks` are of those who agree to be tracked. `stops` are replies of STOP to an SMS.
    """

    opens: float = 0
    clicks: float = 0
    bounces: float = 0
    complaints: float = 0
    unsubscribes: float = 0
    stops: float = 0


ASSUMED = {
    "email": Reactions(opens=0.35, clicks=0.03, bounces=0.003, complaints=0.0005, unsubscribes=0.002),
    "sms": Reactions(clicks=0.05, bounces=0.01, stops=0.01),
}
"""What is assumed where too few messages were sent to know: an assumption, said in the report as such."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that happens to a person, or to an object: an event with JSON properties."""

    at: datetime
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as they are when the simulation begins, and what they will do of their own accord.

    `joins`: when they come into the base; None: they are in it.
    """

    person: Person
    deeds: Sequence[Deed] = ()
    joins: datetime | None = None


@dataclass(frozen=True)
class Setting:
    """What holds for everybody. `plans` are put in force at the beginning, by scenario.

    `published`: what was in force before, with its versions, of which runs may be under way. `objects`:
    events about objects, which concern everybody. `first_number` is above every id of runs, messages and
    events that people bring with them.
    """

    rules: World
    plans: Mapping[str, Plan]
    begins: datetime
    days: int
    seed: int
    reactions: Mapping[str, Reactions] = field(default_factory=lambda: ASSUMED)
    published: Mapping[str, tuple[int, Plan]] = field(default_factory=dict)
    older: Mapping[tuple[str, int], Plan] = field(default_factory=dict)
    objects: tuple[Deed, ...] = ()
    first_number: int = 1

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the brand, by whose days messages are counted."""
        return ZoneInfo(self.rules.policy.default_zone)

    @property
    def ends(self) -> datetime:
        """The end of the last day."""
        return self.begins + timedelta(days=self.days)
