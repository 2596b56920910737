"""The steps of a plan, and the moments at which waits end. A step names the next by its id."""

from datetime import time
from decimal import Decimal
from typing import Literal, TypeAlias

from dsl.catalog import MessageClass
from dsl.frozen import dataclass
from dsl.plan_triggers import Pattern
from dsl.policy import Formula, Hours, OnCap
from dsl.values import Duration

# Moments: when a wait ends


@dataclass(frozen=True)
class AfterDuration:
    """`3 days`, `3 days at 10:00`, `72 hours`."""

    duration: Duration
    at: time | None = None
    kind: Literal["after"] = "after"


@dataclass(frozen=True)
class UntilTime:
    """`until 18:00`, `until next mon at 09:00`: the first strictly after now. Monday is 0."""

    at: time
    weekday: int | None = None
    kind: Literal["until_time"] = "until_time"


@dataclass(frozen=True)
class UntilInstant:
    """`until contact.renewal_date - 7 days at 10:00`: a date or an instant computed from data."""

    instant: Formula
    at: time | None = None
    names_data: bool = True
    """Computed again when data changes."""
    kind: Literal["until_instant"] = "until_instant"


Moment: TypeAlias = AfterDuration | UntilTime | UntilInstant


# Steps


@dataclass(frozen=True)
class Assignment:
    """`contact.stage: active`. A formula of None clears. `target` is (`contact`|`run`, name)."""

    target: tuple[Literal["contact", "run"], str]
    value: Formula | None
    op: Literal["set", "add"] = "set"


@dataclass(frozen=True)
class Candidate:
    """One way to say a message: a channel, a template, and how it may be sent."""

    channel: str
    message: str
    topic: str
    message_class: MessageClass
    with_: tuple[tuple[str, Formula], ...] = ()
    tags: tuple[str, ...] = ()
    hours: Hours | None = None
    on_cap: OnCap | None = None
    """None: the policy's."""
    expires: Duration | None = None
    """None: the policy's."""
    sender: str | None = None


@dataclass(frozen=True)
class MessageStep:
    """`email:`, `sms:` (one candidate) and `first_of` (several, in order)."""

    id: str
    candidates: tuple[Candidate, ...]
    next: str | None
    title: str | None = None
    only_if: Formula | None = None
    kind: Literal["message"] = "message"


@dataclass(frozen=True)
class WaitStep:
    """`wait:`. With `inner`, those steps follow the wait and are skipped when the instant is past."""

    id: str
    until: Moment
    next: str | None
    inner: str | None = None
    if_past: Literal["now", "skip", "exit"] = "now"
    title: str | None = None
    only_if: Formula | None = None
    kind: Literal["wait"] = "wait"


@dataclass(frozen=True)
class WaitBranch:
    """One event that ends a `wait_for`, and where the run goes then."""

    pattern: Pattern
    then: str | None
    id: str | None = None


@dataclass(frozen=True)
class WaitForStep:
    """`wait_for:`: exactly one of `branches`, `reply_to` (a step id), `condition` is given."""

    id: str
    timeout: str | None
    """Where the run goes when `up_to` is over."""
    branches: tuple[WaitBranch, ...] = ()
    reply_to: str | None = None
    condition: Formula | None = None
    then: str | None = None
    """For `reply_to` and `condition`."""
    up_to: AfterDuration | UntilInstant | None = None
    """None: for ever (an exit must exist)."""
    title: str | None = None
    only_if: Formula | None = None
    next: str | None = None
    """Where the run goes when `only_if` is not true."""
    kind: Literal["wait_for"] = "wait_for"


@dataclass(frozen=True)
class ChooseStep:
    """`if` and `choose`: the first case that holds, else `otherwise`."""

    id: str
    cases: tuple[tuple[Formula, str | None], ...]
    otherwise: str | None
    title: str | None = None
    only_if: Formula | None = None
    next: str | None = None
    kind: Literal["choose"] = "choose"


@dataclass(frozen=True)
class SplitStep:
    """`split:`; arms are (name, share of 1, target) and their shares sum to 1."""

    id: str
    arms: tuple[tuple[str, Decimal, str | None], ...]
    experiment: bool = False
    title: str | None = None
    only_if: Formula | None = None
    next: str | None = None
    kind: Literal["split"] = "split"


@dataclass(frozen=True)
class SetStep:
    """`set:` and `add:`."""

    id: str
    assignments: tuple[Assignment, ...]
    next: str | None
    title: str | None = None
    only_if: Formula | None = None
    kind: Literal["set"] = "set"


@dataclass(frozen=True)
class GrantStep:
    """`grant:`: records consent with its text version."""

    id: str
    topic: str
    channel: str
    text: str
    next: str | None
    proof: str = ""
    title: str | None = None
    only_if: Formula | None = None
    kind: Literal["grant"] = "grant"


@dataclass(frozen=True)
class SuppressStep:
    """`suppress:`: stops a topic on a channel without pretending that the person asked."""

    id: str
    topic: str
    channel: str
    reason: str
    next: str | None
    title: str | None = None
    only_if: Formula | None = None
    kind: Literal["suppress"] = "suppress"


@dataclass(frozen=True)
class EmitStep:
    """`emit:`."""

    id: str
    event: str
    next: str | None
    with_: tuple[tuple[str, Formula], ...] = ()
    title: str | None = None
    only_if: Formula | None = None
    kind: Literal["emit"] = "emit"


@dataclass(frozen=True)
class CallStep:
    """`call:` a declared webhook."""

    id: str
    webhook: str
    next: str | None
    with_: tuple[tuple[str, Formula], ...] = ()
    save: str | None = None
    on_error: Literal["continue", "exit"] = "continue"
    up_to: Duration = Duration(seconds=3600)
    title: str | None = None
    only_if: Formula | None = None
    kind: Literal["call"] = "call"


@dataclass(frozen=True)
class TaskStep:
    """`task:` for people to do."""

    id: str
    task: str
    team: str
    next: str | None
    due: Duration | None = None
    title: str | None = None
    only_if: Formula | None = None
    kind: Literal["task"] = "task"


@dataclass(frozen=True)
class RepeatStep:
    """`repeat:`; the last step of the body leads back to this one."""

    id: str
    every: Duration
    at_most: int
    body: str | None
    next: str | None
    until: Formula | None = None
    title: str | None = None
    only_if: Formula | None = None
    kind: Literal["repeat"] = "repeat"


@dataclass(frozen=True)
class ExitStep:
    """`exit: reason`."""

    id: str
    reason: str
    title: str | None = None
    only_if: Formula | None = None
    next: str | None = None
    kind: Literal["exit"] = "exit"


Step: TypeAlias = (
    MessageStep
    | WaitStep
    | WaitForStep
    | ChooseStep
    | SplitStep
    | SetStep
    | GrantStep
    | SuppressStep
    | EmitStep
    | CallStep
    | TaskStep
    | RepeatStep
    | ExitStep
)
