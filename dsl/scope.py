"""What an expression is evaluated against: facts about one person, and the run that asks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dsl.frozen import dataclass
from dsl.plan import World
from dsl.values import Value

NOTHING: Mapping[str, Value] = MappingProxyType({})


def _nothing() -> Mapping[str, Value]:
    """As a default of a field, which must be hashable to be given as it is."""
    return NOTHING


@dataclass(frozen=True, slots=True)
class EventFact:
    """One event of a history. `seq` is the order of arrival; properties are typed values.

    `arrived`: when it was accepted, None where that is of no interest.
    """

    seq: int
    name: str
    at: datetime
    properties: Mapping[str, Value] = field(default_factory=_nothing)
    arrived: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a history: an instant, and the arrival order that breaks ties (0: before all)."""

    at: datetime
    seq: int = 0


def no_history(name: str) -> Sequence[EventFact]:
    """The history of somebody who did nothing."""
    del name
    return ()


@dataclass(frozen=True)
class Scope:
    """Everything that names in an expression can mean.

    `attributes` holds declared and built-in attributes (typed values); computed ones are evaluated from
    `world` when asked. `history(name)` gives a person's events of that name, oldest first.
    `message_events` gives, for a step id of this run, the message events (`message.sent`, ...) of its
    messages. `tracked_since` maps `opens` and `clicks` to the instant since which the person may be
    tracked, absent where not.
    """

    world: World
    now: datetime
    zone: ZoneInfo
    attributes: Mapping[str, Value] = field(default_factory=_nothing)
    history: Callable[[str], Sequence[EventFact]] = no_history
    entry: Mark | None = None
    steps: Mapping[str, Mark] = field(default_factory=dict)
    """When each step of the run last began."""
    event: Mapping[str, Value] = field(default_factory=_nothing)
    item: Mapping[str, Value] = field(default_factory=_nothing)
    run: Mapping[str, Value] = field(default_factory=_nothing)
    """Variables, and `key`."""
    bound: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    looked_at: Mapping[str, Value] = field(default_factory=_nothing)
    """Properties of the event that a `where` looks at."""
    changed: Mapping[str, Value] = field(default_factory=_nothing)
    """`before` and `after`."""
    message: Mapping[str, Value] = field(default_factory=_nothing)
    """`priority`, `class`, `channel`, `tags` of the message that a limit is asked for."""
    message_events: Callable[[str], Sequence[EventFact]] = no_history
    can_receive: Callable[[str, str | None], bool] = lambda _channel, _topic: False
    tracked_since: Mapping[str, datetime] = field(default_factory=dict)
