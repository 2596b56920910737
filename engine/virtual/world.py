"""The state of a virtual world: the clock, the people, what is in force, and what lies outside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from heapq import heappush
from itertools import count
from typing import Any, Literal, TypeAlias

from dsl.plan import ChangeTrigger, EventTrigger, Plan, ReachTrigger, SplitStep, World
from dsl.values import Value
from engine.decision import TrailLine
from engine.occurrence_names import names_in
from engine.state import Facts, MessageFact, Run, household_of
from engine.virtual.homes import Homes
from engine.virtual.person import Person

LONG_AGO = datetime.fromisoformat("1900-01-01T00:00:00+00:00")
"""Since ever, as far as consents, histories and what is in force go."""

HappenedKind: TypeAlias = Literal["message", "call", "task", "exit", "not_sent", "emit", "set"]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that scenarios did to a person. `name` is the message, the webhook, the reason of an end, ...

    `channel` is a message's; `because` why one was not sent; `value` what an attribute became; `text` says it
    in words; `message_id` is the message's where there is one.
    """

    at: datetime
    person: str
    scenario: str
    kind: HappenedKind
    name: str
    step: str | None = None
    text: str = ""
    channel: str | None = None
    because: str | None = None
    value: Value = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the trail, or why somebody did not enter (`run` None, `why` the reason in short)."""

    at: datetime
    person: str
    scenario: str
    text: str
    line: TrailLine | None = None
    run: Run | None = None
    why: str | None = None


@dataclass
class Outside:
    """What lies outside of the engine, which a story fixes and a simulation draws.

    `pools` counts the codes left, a pool that is not in it has enough. `answers` are JSON by webhook, None
    where the call fails; who is not in it answers with nothing. `arrives`: whether what was sent does.
    """

    pools: dict[str, int] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    arrives: Callable[[Person, MessageFact], bool] = lambda _person, _message: True
    holdout: bool | None = None
    """Who is held out: all, nobody, or None as their hash says."""
    arms: Callable[[Plan], Mapping[str, str]] = lambda _plan: {}
    """Step ids of splits to the arm that everybody takes; the hash decides the others."""


@dataclass(frozen=True, slots=True)
class LookAt:
    """A person has something to do."""

    person: str


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """A trigger by time of a version is due in a zone (None: the segment of every zone).

    `late`: it was due then, when nobody lived there, and is made up for those who were known and moved there.
    """

    scenario: str
    version: int
    place: int
    zone: str | None
    late: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enters:
    """Somebody's turn within the `spread` of a trigger has come."""

    scenario: str
    version: int
    place: int
    person: str
    occurrence: str


@dataclass(frozen=True, slots=True)
class Acts:
    """Somebody does something then, or something is done to them."""

    do: Callable[["VirtualWorld"], None]


Item: TypeAlias = LookAt | TimeIsUp | Enters | Acts


@dataclass
class VirtualWorld:
    """Everything that production keeps in its database, and a clock that jumps to the next due instant.

    Tell it what people do by `deeds`, and let time pass with `time.run_until`. `record` is called for all
    that scenarios do, `tell` for each line of the trail. `starts_until`: after it no trigger by time starts
    anything.
    """

    rules: World
    now: datetime
    record: Callable[[Happened], None]
    tell: Callable[[Told], None] = lambda _told: None
    outside: Outside = field(default_factory=Outside)
    starts_until: datetime | None = None
    people: dict[str, Person] = field(default_factory=dict)
    current: dict[str, tuple[int, Plan]] = field(default_factory=dict)
    versions: dict[tuple[str, int], Plan] = field(default_factory=dict)
    since: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """(scenario, name of a trigger by time) to since when it is in force, where that began in this world."""
    paused: set[tuple[str, str]] = field(default_factory=set)
    """(kind, name) of what stands still: `scenario`, `channel`, or ("all", "")."""
    codes: dict[tuple[int, str], int] = field(default_factory=dict)
    """(run, pool) to the message that the run's code went into."""
    agenda: list[tuple[datetime, int, Item]] = field(default_factory=list)
    zones: set[str] = field(default_factory=set)
    naps: bool = False
    """Whether nobody is asked again who must answer the same; that is then told once and not each day."""
    reaches: dict[str, tuple[tuple[str, tuple[timedelta, timedelta] | None], ...]] = field(
        default_factory=dict
    )
    """How far back audiences look, worked out once."""
    homes: Homes = field(default_factory=Homes)
    numbers: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    """Ids of runs and messages, the order of events and of the agenda."""

    def at(self, instant: datetime, item: Item) -> None:
        """Put something on the agenda."""
        heappush(self.agenda, (instant, self.numbers(), item))

    def plan_of(self, run: Run) -> Plan:
        """The plan of the version that a run is on."""
        return self.versions[run.scenario, run.version]

    def stands_still(self, scenario: str) -> bool:
        """Whether nothing of a scenario is decided or sent."""
        return bool(self.paused) and not self.paused.isdisjoint({("all", ""), ("scenario", scenario)})

    def paused_channels(self) -> frozenset[str]:
        """Channels that send nothing."""
        return frozenset(name for kind, name in self.paused if kind == "channel")

    def empty_pools(self, run: Run | None) -> frozenset[str]:
        """Pools without a code for a run; one that has its code keeps it."""
        empty = (pool for pool, left in self.outside.pools.items() if left <= 0)
        return frozenset(pool for pool in empty if run is None or (run.id, pool) not in self.codes)

    def triggers(self, name: str) -> tuple[tuple[str, int], ...]:
        """The triggers that an event may pull: (scenario, place in its list)."""
        return self._triggers.get(name, ())

    @cached_property
    def _triggers(self) -> dict[str, tuple[tuple[str, int], ...]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for scenario, (_, plan) in sorted(self.current.items()):
            for place, trigger in enumerate(plan.triggers):
                match trigger:
                    case EventTrigger(pattern=pattern) | ReachTrigger(pattern=pattern):
                        found.setdefault(pattern.event, []).append((scenario, place))
                    case ChangeTrigger():
                        found.setdefault("contact.changed", []).append((scenario, place))
        return {name: tuple(places) for name, places in found.items()}

    def put_in_force(self, plan: Plan) -> int:
        """A new version of a scenario, which new entries take; returns its number."""
        version, before = self.current.get(plan.scenario, (0, None))
        version, stood = version + 1, names_in(before) if before else frozenset[str]()
        self.since |= {(plan.scenario, name): self.now for name in names_in(plan) - stood}
        self.current[plan.scenario] = version, plan
        self.versions[plan.scenario, version] = plan
        self.__dict__.pop("_triggers", None)
        self.reaches.pop(plan.scenario, None)
        return version

    def facts(self, person: Person, plan: Plan, run: Run | None = None) -> Facts:
        """All that is known about a person now, for a decision about one of their runs or an entry."""
        catalog, policy = self.rules.catalog, self.rules.policy
        attributes = person.typed(catalog)
        home = household_of(catalog, attributes) if policy.pressure.of_household else None
        return Facts(
            contact_id=person.id,
            attributes=attributes,
            zone=person.zone(catalog, policy),
            world=self.rules,
            events=person.events,
            messages=tuple(person.messages.values()),
            housemates=self.homes.others(home, person),
            consents=dict(person.consents),
            suppressions=person.suppressions(),
            addresses=person.addresses(),
            tracked_since=self.tracked(person),
            paused_channels=self.paused_channels(),
            empty_pools=self.empty_pools(run),
            answers=person.answers,
            arms=self.outside.arms(plan),
        )

    def tracked(self, person: Person) -> dict[str, datetime]:
        """Since when the person agrees to be tracked, for `opens` and `clicks`."""
        policy = self.rules.policy
        allowed = {"opens": policy.track_opens, "clicks": policy.track_clicks}
        return {
            channel: line.at
            for (topic, channel), line in person.consents.items()
            if topic == "tracking" and line.state == "granted" and allowed.get(channel) == "with_consent"
        }


def first_arms(chosen: Mapping[str, str]) -> Callable[[Plan], Mapping[str, str]]:
    """Arms as stories have them: those chosen, the first of each other split."""

    def arms(plan: Plan) -> Mapping[str, str]:
        splits = (step for step in plan.steps if isinstance(step, SplitStep))
        return {step.id: chosen.get(step.id, step.arms[0][0]) for step in splits}

    return arms
