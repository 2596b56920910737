"""What names an expression may use at the place where it stands."""

from collections.abc import Collection, Mapping
from dataclasses import field

from dsl.catalog import Catalog
from dsl.frozen import dataclass
from dsl.source import SourceFile
from dsl.types import Record, Type


@dataclass(frozen=True)
class Environment:
    """The vocabulary of one expression of one file.

    `resolve` reads it; whoever asks says what exists there: a segment has no `event` and no run, a
    message limit has `priority`, the `where` of a pattern has the properties of the event looked at.
    """

    catalog: Catalog
    file: SourceFile
    segments: Collection[str] = ()
    event: Record | None = None
    """Properties of the event that starts the run; None where no event starts it."""
    item: Record | Type | None = None
    """The element of `for_each`."""
    run: Mapping[str, Type] = field(default_factory=dict)
    """Variables, and `key` where the scenario has one."""
    bound: Mapping[str, Record] = field(default_factory=dict)
    """Ids of `wait_for` branches, and the properties of the event that ended each."""
    looked_at: Record | None = None
    """Inside `where`: properties of the event looked at, which are bare names there."""
    changed: Type | None = None
    """In a `changed` trigger: the type of `before` and `after`."""
    message: bool = False
    """Inside a limit: `priority`, `class`, `channel`, `tags` of the message asked about."""
    steps: Mapping[str, str] = field(default_factory=dict)
    """Ids of message steps to their channel, for `sent(x)`, `clicked(x)`, ..."""
    step_ids: Collection[str] = ()
    """Ids of all steps, for `since STEP`."""
    in_run: bool = True
    """Whether there is a run: `entry`, `since entry` and the messages of this run mean nothing without."""
    allow_take: bool = False
    """Whether `take(POOL)` may stand here: in `with` alone."""
