"""What `decide` gives back: the run as it then is, effects, and what was decided on the way."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Literal, TypeAlias

from dsl.frozen import dataclass
from dsl.values import Value
from engine.state import MessageFact, Run


@dataclass(frozen=True)
class Reserve:
    """Take a place and prepare a message; `withheld` for holdout. `id` is assigned by the store."""

    step: str
    iteration: int
    channel: str
    message: str
    topic: str
    message_class: str
    tags: tuple[str, ...]
    priority: int
    planned_at: datetime
    local_day: date
    variables: Mapping[str, Value]
    expires_at: datetime
    exempt: bool
    sender: str | None = None
    withheld: bool = False
    first_refused_at: datetime | None = None
    place_until: datetime | None = None
    household: str | None = None
    displaces: tuple[int, ...] = ()
    """Reserved messages of lower priority, of any run, that give their place up for it."""
    take_codes: tuple[tuple[str, str], ...] = ()
    """(variable, pool): codes to take with the place."""
    kind: Literal["reserve"] = "reserve"

    def as_message(self, id_: int, run: Run) -> MessageFact:
        """The message of the run that it becomes."""
        return MessageFact(
            id=id_,
            run_id=run.id,
            scenario=run.scenario,
            step=self.step,
            iteration=self.iteration,
            channel=self.channel,
            message=self.message,
            topic=self.topic,
            message_class=self.message_class,
            tags=self.tags,
            priority=self.priority,
            state="withheld" if self.withheld else "reserved",
            at=self.planned_at,
            local_day=self.local_day,
            exempt=self.exempt,
            expires_at=self.expires_at,
            first_refused_at=self.first_refused_at,
            place_until=self.place_until,
            household=self.household,
        )


@dataclass(frozen=True)
class Release:
    """Give a reserved message's place back (the run ended, the step was overtaken)."""

    message_id: int
    reason: str
    kind: Literal["release"] = "release"


@dataclass(frozen=True)
class Assign:
    """Change a contact attribute: `after` is the new value, None clears."""

    attribute: str
    before: Value
    after: Value
    kind: Literal["assign"] = "assign"


@dataclass(frozen=True)
class GrantConsent:
    """Append a granted line to the ledger."""

    topic: str
    channel: str
    text: str
    proof: str
    kind: Literal["grant"] = "grant"


@dataclass(frozen=True)
class SuppressTopic:
    """Stop a topic on a channel for this person, without a withdrawal of theirs."""

    topic: str
    channel: str
    reason: str
    kind: Literal["suppress"] = "suppress"


@dataclass(frozen=True)
class Emit:
    """Raise an event of the contact; `once` makes the same emission of a repeated transition one event."""

    event: str
    properties: Mapping[str, Value]
    once: str
    kind: Literal["emit"] = "emit"


@dataclass(frozen=True)
class OpenTask:
    """Something for people to do."""

    step: str
    task: str
    team: str
    due_at: datetime | None
    kind: Literal["task"] = "task"


@dataclass(frozen=True)
class Request:
    """Call a declared webhook; the run stays at the step until its answer or `until`."""

    step: str
    iteration: int
    webhook: str
    body: Mapping[str, Value]
    until: datetime
    kind: Literal["request"] = "request"


Effect: TypeAlias = Reserve | Release | Assign | GrantConsent | SuppressTopic | Emit | OpenTask | Request


@dataclass(frozen=True)
class TrailLine:
    """One thing that happened, in words, with the data behind it.

    `what`: entered, began, waiting, reserved, sent, not_sent, branch, goal, ended, set, ...
    `data` is JSON: for `not_sent` and refusals `because`, `rule`, `evidence` (message ids), `next_possible`.
    """

    at: datetime
    what: str
    step: str | None
    text: str
    data: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The run as it is now, what to do about it, and what was decided on the way."""

    run: Run
    effects: tuple[Effect, ...] = ()
    trail: tuple[TrailLine, ...] = ()
