"""The plan: what a scenario is compiled to, stored, and run from.

A small graph of tagged steps joined by step ids; `None` as a target is the end of the run. Plain frozen
data: needs neither Lark nor YAML. `codec` turns it to JSON and back. Fields are only ever added, with
defaults, so that every stored plan stays readable. It is one vocabulary, and so one file, long as it is.
"""

from datetime import datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Literal, TypeAlias

from dsl.catalog import Catalog, MessageClass
from dsl.frozen import dataclass
from dsl.policy import Formula, Hours, OnCap, Policy
from dsl.types import Type
from dsl.values import Duration

PLAN_FORMAT = 1


@dataclass(frozen=True)
class World:
    """What is today's for every run, whatever its version: catalog, policy and segments."""

    catalog: Catalog
    policy: Policy
    segments: dict[str, Formula]


@dataclass(frozen=True)
class Pattern:
    """An event by name, and a condition over its properties (bare names) and the run.

    `about_key`: for an event about an object, the formula (over run, event or item) that its `about`
    property must equal, taken from `where`, so that the router can find the runs.
    """

    event: str
    where: Formula | None = None
    about_key: Formula | None = None


# Triggers


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


# The whole


@dataclass(frozen=True)
class Entry:
    """How often a contact (and key) may enter: `period` only with `once_per`."""

    rule: Literal["once", "always", "once_per"] = "once"
    period: Duration | None = None


@dataclass(frozen=True)
class Goal:
    """A conversion, counted within a window after entry; ends the run unless `exits` is false."""

    pattern: Pattern
    within: Duration | None = None
    exits: bool = True


@dataclass(frozen=True)
class Exit:
    """One line of `exit_when`: a pattern, or a condition; `reason` is how the end is called."""

    reason: str
    pattern: Pattern | None = None
    condition: Formula | None = None


@dataclass(frozen=True)
class Handler:
    """An event that sets variables of active runs."""

    pattern: Pattern
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True)
class Need:
    """Events of one name that some expression of the plan looks at, as far back as `seconds` (None: ever)."""

    event: str
    seconds: int | None


@dataclass(frozen=True)
class Plan:
    """A scenario, checked and lowered. `steps` are in file order; `start` is None for an empty scenario."""

    scenario: str
    title: str
    program: str
    topic: str
    message_class: MessageClass
    triggers: tuple[Trigger, ...]
    steps: tuple[Step, ...]
    start: str | None
    owner: str = ""
    stage: str | None = None
    kpi: str | None = None
    priority: int = 50
    zone: str | None = None
    tags: tuple[str, ...] = ()
    audience: Formula | None = None
    entry: Entry = Entry()
    key: Formula | None = None
    while_active: Literal["ignore", "restart", "parallel"] = "ignore"
    goal: Goal | None = None
    exits: tuple[Exit, ...] = ()
    handlers: tuple[Handler, ...] = ()
    holdout: Decimal = Decimal(0)
    on_edit: Literal["finish", "restart", "exit", "move_exit", "move_finish"] = "finish"
    existing: Literal["ignore", "include"] = "ignore"
    needs: tuple[Need, ...] = ()
    max_messages: int = 0
    format: int = PLAN_FORMAT

    @cached_property
    def by_id(self) -> dict[str, Step]:
        """Steps by id."""
        return {step.id: step for step in self.steps}

    @cached_property
    def listens_to(self) -> tuple[str, ...]:
        """Names of the events that may act on an active run at any step: handlers, goal, exits."""
        patterns = [h.pattern for h in self.handlers]
        patterns += [self.goal.pattern] if self.goal else []
        patterns += [e.pattern for e in self.exits if e.pattern]
        return tuple(sorted({p.event for p in patterns}))
