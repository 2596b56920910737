"""A scenario as it was written: frozen dataclasses with spans, names and types not yet looked at.

`parser` makes them from the located tree, `checks` look at them, `lowering` makes the plan. What was not
written is None or empty; what was written wrongly and reported is left out. Triggers and steps stand in files
of their own; it is one vocabulary, and all of it is had from here.
"""

from decimal import Decimal
from functools import cached_property
from typing import Literal, TypeAlias

from dsl.catalog import MessageClass
from dsl.frozen import dataclass
from dsl.scenario_steps import (
    ASSIGN,
    CLASSES,
    IF_PAST,
    ON_ERROR,
    After,
    Arm,
    Assignment,
    CallStep,
    Case,
    ChooseStep,
    EmitStep,
    ExitStep,
    Frame,
    GrantStep,
    MessageForm,
    MessageStep,
    Moment,
    RepeatStep,
    SetStep,
    SplitStep,
    Step,
    SuppressStep,
    TaskStep,
    UntilInstant,
    UntilTime,
    Variable,
    WaitBranch,
    WaitForStep,
    WaitStep,
    inner,
    walk,
)
from dsl.scenario_triggers import (
    TRIGGER_IF_PAST,
    ApiTrigger,
    CampaignTrigger,
    ChangeTrigger,
    DateTrigger,
    Direction,
    EventTrigger,
    ScanTrigger,
    SegmentTrigger,
    Trigger,
    TriggerIfPast,
)
from dsl.source import SourceFile, Span
from dsl.values import Duration
from dsl.written import Given, Pattern, Written

__all__ = [
    "ASSIGN",
    "CLASSES",
    "EXISTING",
    "IF_PAST",
    "ON_ERROR",
    "TRIGGER_IF_PAST",
    "WHILE_ACTIVE",
    "After",
    "ApiTrigger",
    "Arm",
    "Assignment",
    "CallStep",
    "CampaignTrigger",
    "Case",
    "ChangeTrigger",
    "ChooseStep",
    "DateTrigger",
    "Direction",
    "EmitStep",
    "Entry",
    "EventTrigger",
    "Existing",
    "Exit",
    "ExitStep",
    "Frame",
    "Given",
    "Goal",
    "GrantStep",
    "Handler",
    "MessageForm",
    "MessageStep",
    "Moment",
    "OnEdit",
    "Pattern",
    "RepeatStep",
    "ScanTrigger",
    "Scenario",
    "SegmentTrigger",
    "SetStep",
    "SplitStep",
    "Step",
    "SuppressStep",
    "TaskStep",
    "Trigger",
    "TriggerIfPast",
    "UntilInstant",
    "UntilTime",
    "Variable",
    "WaitBranch",
    "WaitForStep",
    "WaitStep",
    "Written",
    "inner",
    "walk",
]

Existing: TypeAlias = Literal["ignore", "include"]
EXISTING: tuple[Existing, ...] = ("ignore", "include")
WHILE_ACTIVE: tuple[Literal["ignore", "restart", "parallel"], ...] = ("ignore", "restart", "parallel")
OnEdit: TypeAlias = Literal["finish", "restart", "exit", "move_exit", "move_finish"]


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
