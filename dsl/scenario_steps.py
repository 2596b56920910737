"""The steps of a scenario as they were written, and the moments at which waits end."""

from datetime import time
from decimal import Decimal
from typing import Literal, TypeAlias

from dsl.catalog import MessageClass
from dsl.frozen import dataclass
from dsl.policy import Hours, OnCap
from dsl.source import Span
from dsl.values import Duration
from dsl.written import Given, Pattern, Written

CLASSES: tuple[MessageClass, ...] = ("marketing", "service", "transactional")
IF_PAST: tuple[Literal["now", "skip", "exit"], ...] = ("now", "skip", "exit")
ON_ERROR: tuple[Literal["continue", "exit"], ...] = ("continue", "exit")
ASSIGN: dict[str, Literal["set", "add"]] = {"set": "set", "add": "add"}

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
