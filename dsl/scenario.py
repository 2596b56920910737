"""A scenario as it was written: frozen dataclasses with spans, names and types not yet looked at.

`parser` makes them from the located tree, `checks` look at them, `lowering` makes the plan. What was not
written is None or empty; what was written wrongly and reported is left out. One vocabulary, one file.
"""

from datetime import datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Generic, Literal, TypeAlias, TypeVar

from dsl.catalog import MessageClass
from dsl.frozen import dataclass
from dsl.nodes import Expression
from dsl.policy import Hours, OnCap
from dsl.source import SourceFile, Span
from dsl.types import Type
from dsl.values import Duration

T = TypeVar("T")

CLASSES: tuple[MessageClass, ...] = ("marketing", "service", "transactional")
IF_PAST: tuple[Literal["now", "skip", "exit"], ...] = ("now", "skip", "exit")
ON_ERROR: tuple[Literal["continue", "exit"], ...] = ("continue", "exit")
TriggerIfPast: TypeAlias = Literal["skip", "enter"]
TRIGGER_IF_PAST: tuple[TriggerIfPast, ...] = ("skip", "enter")
Direction: TypeAlias = Literal["entered", "left"]
Existing: TypeAlias = Literal["ignore", "include"]
EXISTING: tuple[Existing, ...] = ("ignore", "include")
WHILE_ACTIVE: tuple[Literal["ignore", "restart", "parallel"], ...] = ("ignore", "restart", "parallel")
OnEdit: TypeAlias = Literal["finish", "restart", "exit", "move_exit", "move_finish"]
ASSIGN: dict[str, Literal["set", "add"]] = {"set": "set", "add": "add"}


@dataclass(frozen=True, slots=True)
class Given(Generic[T]):
    """A value that was written, with its place."""

    value: T
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """An expression as written; two are never equal, since each has a meaning of its own place.

    `tree` is unresolved, and None where a syntax error was reported. A quoted text in `with`, `set` and `add`
    is a Constant.
    """

    text: str
    span: Span
    tree: Expression | None
    file: SourceFile


@dataclass(frozen=True, slots=True)
class Pattern:
    """An event by name, or with a condition."""

    event: Given[str]
    where: Written | None
    span: Span


# Triggers


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


# Moments


@dataclass(frozen=True, slots=True)
class After:
    """`3 days at 10:00`."""

    duration: Duration
    at: time | None
    span: Span


@dataclass(frozen=True, slots=True)
class UntilTime:
    """`until next mon at 09:00`."""

    at: time
    weekday: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class UntilInstant:
    """`until contact.renewal_date - 7 days at 10:00`."""

    instant: Written
    at: time | None
    span: Span


Moment: TypeAlias = After | UntilTime | UntilInstant


# Steps


@dataclass(frozen=True, slots=True)
class Variable:
    """One line of `with`."""

    name: Given[str]
    value: Written


@dataclass(frozen=True, slots=True)
class Assignment:
    """One line of `set` or `add`; `value` None clears."""

    scope: Literal["contact", "run"]
    name: Given[str]
    value: Written | None
    op: Literal["set", "add"]


@dataclass(frozen=True, slots=True)
class MessageForm:
    """`email: welcome_hello` and its options. `channel.span` is that of the key."""

    channel: Given[str]
    message: Given[str]
    with_: tuple[Variable, ...]
    topic: Given[str] | None
    message_class: Given[MessageClass] | None
    tags: tuple[Given[str], ...]
    hours: Given[Hours] | None
    on_cap: Given[OnCap] | None
    expires: Given[Duration] | None
    sender: Given[str] | None


@dataclass(frozen=True, slots=True)
class Frame:
    """What every step has. `id` is the given one, or made of the place; `span` is that of the step's verb."""

    id: str
    given_id: Given[str] | None
    title: str | None
    only_if: Written | None
    span: Span


@dataclass(frozen=True, slots=True)
class MessageStep:
    """A message, or `first_of` several."""

    frame: Frame
    forms: tuple[MessageForm, ...]
    first_of: bool


@dataclass(frozen=True, slots=True)
class WaitStep:
    """`wait:`; `steps` are skipped when the instant is past (`if_past: skip`)."""

    frame: Frame
    until: Moment
    if_past: Given[Literal["now", "skip", "exit"]] | None
    steps: tuple["Step", ...] | None


@dataclass(frozen=True, slots=True)
class WaitBranch:
    """One event that a `wait_for` ends on."""

    pattern: Pattern
    id: Given[str] | None
    then: tuple["Step", ...]


@dataclass(frozen=True, slots=True)
class WaitForStep:
    """`wait_for:` events (one branch, or `any`), a reply, or a condition."""

    frame: Frame
    branches: tuple[WaitBranch, ...]
    reply: Given[str] | None
    condition: Written | None
    up_to: Moment | None
    then: tuple["Step", ...]
    timeout: tuple["Step", ...] | None
    timeout_span: Span | None


@dataclass(frozen=True, slots=True)
class Case:
    """`when` and its `steps`."""

    when: Written
    steps: tuple["Step", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ChooseStep:
    """`if` (one case) and `choose`."""

    frame: Frame
    cases: tuple[Case, ...]
    otherwise: tuple["Step", ...]


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a split; `share` is a part of 1."""

    name: Given[str]
    share: Decimal
    steps: tuple["Step", ...]


@dataclass(frozen=True, slots=True)
class SplitStep:
    """`split:` with `branches:`."""

    frame: Frame
    arms: tuple[Arm, ...]
    experiment: bool


@dataclass(frozen=True, slots=True)
class SetStep:
    """`set:` and `add:`."""

    frame: Frame
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class GrantStep:
    """`grant:`."""

    frame: Frame
    topic: Given[str]
    channel: Given[str]
    text: Given[str]
    proof: str


@dataclass(frozen=True, slots=True)
class SuppressStep:
    """`suppress:`."""

    frame: Frame
    topic: Given[str]
    channel: Given[str]
    reason: str


@dataclass(frozen=True, slots=True)
class EmitStep:
    """`emit:`."""

    frame: Frame
    event: Given[str]
    with_: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class CallStep:
    """`call:`; `save` is the variable's bare name."""

    frame: Frame
    webhook: Given[str]
    with_: tuple[Variable, ...]
    save: Given[str] | None
    on_error: Literal["continue", "exit"]
    up_to: Duration


@dataclass(frozen=True, slots=True)
class TaskStep:
    """`task:`."""

    frame: Frame
    task: str
    team: str
    due: Duration | None


@dataclass(frozen=True, slots=True)
class RepeatStep:
    """`repeat:`."""

    frame: Frame
    every: Duration
    at_most: int
    until: Written | None
    steps: tuple["Step", ...]


@dataclass(frozen=True, slots=True)
class ExitStep:
    """`exit:`."""

    frame: Frame
    reason: str


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


@dataclass(frozen=True, slots=True)
class Entry:
    """`once`, `always`, `once per 90 days`."""

    rule: Literal["once", "always", "once_per"]
    period: Duration | None
    span: Span


@dataclass(frozen=True, slots=True)
class Goal:
    """A conversion."""

    pattern: Pattern
    within: Duration | None
    exits: bool


@dataclass(frozen=True, slots=True)
class Exit:
    """One line of `exit_when`."""

    pattern: Pattern | None
    condition: Written | None
    reason: str | None
    span: Span


@dataclass(frozen=True)
class Handler:
    """An event that sets variables of active runs."""

    pattern: Pattern
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True)
class Scenario:
    """One file. `program` is its folder."""

    file: SourceFile
    program: str
    name: Given[str]
    title: str
    owner: str
    topic: Given[str] | None
    message_class: Given[MessageClass] | None
    priority: int
    triggers: tuple[Trigger, ...]
    audience: Written | None
    entry: Entry | None
    key: Written | None
    while_active: Literal["ignore", "restart", "parallel"]
    goal: Goal | None
    exits: tuple[Exit, ...]
    handlers: tuple[Handler, ...]
    holdout: Decimal
    on_edit: OnEdit
    existing: Existing
    zone: str | None
    tags: tuple[Given[str], ...]
    stage: str | None
    kpi: str | None
    steps: tuple[Step, ...]

    @cached_property
    def every_step(self) -> tuple[Step, ...]:
        """All steps, inner ones after the step that holds them: the order of the file."""
        return tuple(walk(self.steps))


def inner(step: Step) -> tuple[tuple[Step, ...], ...]:
    """The lists of steps inside a step, in file order."""
    match step:
        case WaitStep(steps=steps):
            return (steps,) if steps is not None else ()
        case WaitForStep(branches=branches, then=then, timeout=timeout):
            return (*(branch.then for branch in branches), then, timeout or ())
        case ChooseStep(cases=cases, otherwise=otherwise):
            return (*(case.steps for case in cases), otherwise)
        case SplitStep(arms=arms):
            return tuple(arm.steps for arm in arms)
        case RepeatStep(steps=steps):
            return (steps,)
    return ()


def walk(steps: tuple[Step, ...]) -> list[Step]:
    """All steps, inner ones after the step that holds them: the order of the file."""
    found: list[Step] = []
    for step in steps:
        found.append(step)
        for within in inner(step):
            found.extend(walk(within))
    return found
