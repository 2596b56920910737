"""The plan: what a scenario is compiled to, stored, and run from.

A small graph of tagged steps joined by step ids; `None` as a target is the end of the run. Plain frozen
data: needs neither Lark nor YAML. `codec` turns it to JSON and back. Fields are only ever added, with
defaults, so that every stored plan stays readable. Triggers and steps stand in files of their own; it is one
vocabulary, and all of it is had from here.
"""

from dataclasses import field
from decimal import Decimal
from functools import cached_property
from typing import Literal

from dsl.catalog import Catalog, MessageClass
from dsl.frozen import dataclass
from dsl.plan_steps import (
    AfterDuration,
    Assignment,
    CallStep,
    Candidate,
    ChooseStep,
    EmitStep,
    ExitStep,
    GrantStep,
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
    WaitBranch,
    WaitForStep,
    WaitStep,
)
from dsl.plan_triggers import (
    ApiTrigger,
    CampaignTrigger,
    ChangeTrigger,
    DateTrigger,
    EventTrigger,
    Pattern,
    ReachTrigger,
    ScanTrigger,
    SegmentTrigger,
    Trigger,
)
from dsl.policy import Formula, Policy
from dsl.types import Type
from dsl.values import Duration

__all__ = [
    "PLAN_FORMAT",
    "AfterDuration",
    "ApiTrigger",
    "Assignment",
    "CallStep",
    "CampaignTrigger",
    "Candidate",
    "ChangeTrigger",
    "ChooseStep",
    "DateTrigger",
    "EmitStep",
    "Entry",
    "EventTrigger",
    "Exit",
    "ExitStep",
    "Goal",
    "GrantStep",
    "Handler",
    "MessageStep",
    "Moment",
    "Need",
    "Pattern",
    "Plan",
    "ReachTrigger",
    "RepeatStep",
    "ScanTrigger",
    "SegmentTrigger",
    "SetStep",
    "SplitStep",
    "Step",
    "SuppressStep",
    "TaskStep",
    "Trigger",
    "UntilInstant",
    "UntilTime",
    "WaitBranch",
    "WaitForStep",
    "WaitStep",
    "World",
]

PLAN_FORMAT = 1


@dataclass(frozen=True)
class World:
    """What is today's for every run, whatever its version: catalog, policy and segments."""

    catalog: Catalog
    policy: Policy
    segments: dict[str, Formula]


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
    variables: tuple[tuple[str, Type], ...] = field(default=(), compare=False)
    """What `run.x` is, of which plans of earlier releases say nothing; it follows from the rest."""
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
