"""What `decide` is given: facts about a person, and a run. Plain frozen data, no I/O, no clock."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from dsl.catalog import Catalog
from dsl.frozen import dataclass
from dsl.plan import World
from dsl.scope import EventFact, Mark
from dsl.values import Value

MessageState: TypeAlias = Literal[
    "reserved", "attempted", "sent", "delivered", "refused", "unknown", "released", "withheld"
]
"""reserved: has its place · attempted: handed to the provider, no answer known yet · sent: accepted ·
delivered: arrived · refused: will never arrive · unknown: attempted and unsettled for a day, counts as
sent · released: gave its place back · withheld: holdout, what would have been sent."""

COUNTED: frozenset[MessageState] = frozenset({"reserved", "attempted", "sent", "delivered", "unknown"})
"""States in which a message takes a place under the limits. A refused one gave its place back."""

GONE: frozenset[MessageState] = frozenset({"sent", "delivered", "unknown"})
"""States in which a message has left: the step is over and `sent(step)` is true."""

RunStatus: TypeAlias = Literal["active", "ended"]

Because: TypeAlias = Literal["cap", "hours", "consent", "suppressed", "expired", "holdout", "code"]
"""Why a message step was given up: the closed list of the language."""


# Facts about a person


@dataclass(frozen=True, slots=True)
class Consent:
    """The latest line of the ledger for a topic and channel."""

    state: Literal["granted", "withdrawn"]
    basis: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Suppression:
    """A block that wins over every consent. `topics` None: all.

    `reaches`: the classes it stops; a hard bounce or an invalid address stops transactional ones too.
    """

    channel: str
    reason: str
    at: datetime
    topics: tuple[str, ...] | None = None
    reaches: frozenset[str] = frozenset({"marketing", "service"})
    sender: str | None = None
    """The only sender that it stops (a STOP is said to one). None: all."""

    def is_lifted_by(self, topic: str, channel: str) -> bool:
        """Whether a consent given anew ends it: a block of a topic stands for the lack of one."""
        return self.channel == channel and self.topics is not None and topic in self.topics


@dataclass(frozen=True, slots=True)
class MessageFact:
    """A message of the person: pressure ledger and delivery record in one.

    `at` is when it left or, before that, when it is planned to leave; `local_day` the person's day then.
    `exempt` is as it was decided at the time, whatever policy says since.
    """

    id: int
    run_id: int
    scenario: str
    step: str
    iteration: int
    channel: str
    message: str
    topic: str
    message_class: str
    tags: tuple[str, ...]
    priority: int
    state: MessageState
    at: datetime
    local_day: date
    exempt: bool = False
    expires_at: datetime | None = None
    first_refused_at: datetime | None = None
    """When a limit first refused it, from which `up to` counts."""
    place_until: datetime | None = None
    """End of `up to`: how late it may be placed again when it gives way."""
    reason: str | None = None
    """Why it was refused or released."""
    household: str | None = None
    """Where the person lived when it got its place or, once attempted, when it was handed over."""


@dataclass(frozen=True, slots=True)
class HouseholdMessage:
    """What limits of a household look at of a message to somebody else who lives in it."""

    id: int
    channel: str
    tags: tuple[str, ...]
    state: MessageState
    at: datetime
    local_day: date
    """By the clock of the person to whom it is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request to a webhook; `body` is what `save` keeps, unknown where it failed."""

    ok: bool
    at: datetime
    body: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """All that is known about one person, as far as a plan needs it.

    `events`: oldest first by (at, seq). `addresses`: channels for which there is one.
    """

    contact_id: str
    attributes: Mapping[str, Value]
    zone: str
    world: World
    events: tuple[EventFact, ...] = ()
    messages: tuple[MessageFact, ...] = ()
    housemates: tuple[HouseholdMessage, ...] = ()
    """What the others of the household get, as far as limits of households count it."""
    consents: Mapping[tuple[str, str], Consent] = field(default_factory=dict)
    """(topic, channel) to the latest line."""
    suppressions: tuple[Suppression, ...] = ()
    addresses: frozenset[str] = frozenset()
    tracked_since: Mapping[str, datetime] = field(default_factory=dict)
    erased: bool = False
    paused_channels: frozenset[str] = frozenset()
    empty_pools: frozenset[str] = frozenset()
    """Code pools that have no code left for this person."""
    answers: Mapping[tuple[int, str, int], Answer] = field(default_factory=dict)
    """(run id, step, iteration) to the answer of a request that was settled."""
    arms: Mapping[str, str] = field(default_factory=dict)
    """Step ids of splits to the arm that a story fixes; the stable hash decides the others."""

    @property
    def household(self) -> str | None:
        """Who lives together has the same; None where it is not known, or the catalog does not say."""
        return household_of(self.world.catalog, self.attributes)


def household_of(catalog: Catalog, attributes: Mapping[str, Any]) -> str | None:
    """The household of somebody of whom these attributes are known; a blank one is none."""
    value = attributes.get(catalog.household) if catalog.household is not None else None
    return value if isinstance(value, str) and value.strip() else None


# A run


@dataclass(frozen=True)
class Pending:
    """What a message step under way knows: its reserved message, or why it waits for a place.

    Candidates are tried in order; `refused_since` is when a limit first said no.
    """

    message_id: int | None = None
    refused_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """A `repeat` under way: the pass that it is in, from 1, and when that pass began."""

    number: int
    began: Mark


@dataclass(frozen=True)
class Run:
    """One contact (and key) on its way through one published version.

    `position` is the step that it is at, None once ended. `began` is when that step began: the nominal
    instant (the end of the wait before it), not the moment at which a worker looked. `due_at` None: only
    an event can wake it. `bound` holds the events that ended waits, by branch id.
    """

    id: int
    scenario: str
    version: int
    contact_id: str
    entered: Mark
    position: str | None
    began: Mark
    status: RunStatus = "active"
    key: str | None = None
    typed_key: Value = None
    """The key where it is no text: `run.key` is compared with values of its own type."""
    trigger_event: Mapping[str, Value] = field(default_factory=dict)
    item: Mapping[str, Value] = field(default_factory=dict)
    variables: Mapping[str, Value] = field(default_factory=dict)
    bound: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    steps: Mapping[str, Mark] = field(default_factory=dict)
    """When each step last began."""
    passes: Mapping[str, int] = field(default_factory=dict)
    """How often each step was begun, which makes a message's iteration."""
    loops: Mapping[str, Loop] = field(default_factory=dict)
    """The repeats that it is inside, by step id."""
    done: tuple[str, ...] = ()
    """Steps that changed or asked for something: moved to another version, it does not do them again."""
    waits_until: datetime | None = None
    """The instant of the wait that it is in, as last computed: data may move it."""
    pending: Pending | None = None
    due_at: datetime | None = None
    listens_to: tuple[str, ...] = ()
    """Event names that can act on it now: the plan's own, and those of the wait it is in."""
    objects: tuple[str, ...] = ()
    """The objects of which it waits to hear (see `engine.objects`)."""
    holdout: bool = False
    goal_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    sequence: int = 0
    """Counts transitions; a write checks it, so that a transition happens once."""

    @property
    def named(self) -> Mapping[str, Value]:
        """What `run.x` means: the variables, and the key."""
        key = self.key if self.typed_key is None else self.typed_key
        return {**self.variables, "key": key}

    def changed(self, **fields: object) -> "Run":
        """The run with other values in some fields: as `replace`, ten times faster."""
        values = self.__dict__.copy()
        values.update(fields)
        run = object.__new__(Run)
        object.__setattr__(run, "__dict__", values)
        return run

    def ended(self, reason: str, at: datetime) -> "Run":
        """The run when it is over: it waits for nothing any more."""
        return self.changed(
            status="ended",
            position=None,
            pending=None,
            waits_until=None,
            due_at=None,
            listens_to=(),
            objects=(),
            ended_at=at,
            end_reason=reason,
        )


@dataclass(frozen=True)
class Wake:
    """Why a run is looked at: events since it was last looked at, in the order (at, seq); often none."""

    events: tuple[EventFact, ...] = ()
