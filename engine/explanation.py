"""What `relance why` answers: plain frozen data, of which every text can be read aloud."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Filler:
    """A message that filled a limit. `at`: when it left, or the place that it had.

    `contact`: somebody else of the household, to whom it was. What it was about is theirs, and not told.
    """

    id: int
    message: str | None
    scenario: str | None
    channel: str
    state: Literal["left", "handed over", "planned", "given up"]
    at: datetime
    contact: str | None = None


@dataclass(frozen=True)
class Decision:
    """A line of a run's trail, with the facts behind it.

    `because` and `rule` name what said no; `filled_by` are the messages that filled a limit; `since` is when
    consent was withdrawn or the address blocked; `hours` are those that were closed; `next_possible` is the
    next instant that there was. `data` is all that was recorded.
    """

    at: datetime
    what: str
    step: str | None
    text: str
    because: str | None = None
    rule: str | None = None
    filled_by: tuple[Filler, ...] = ()
    since: datetime | None = None
    hours: str | None = None
    event: str | None = None
    next_possible: datetime | None = None
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RunExplained:
    """A run as it stood. `next_possible`: when something happens to it at the latest, as far as was known."""

    run: int
    version: int
    key: str | None
    holdout: bool
    status: Literal["active", "ended"]
    entered_at: datetime
    position: str | None
    end_reason: str | None
    next_possible: datetime | None
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class EntryRefused:
    """The last time that an entry was refused for a reason. `run`: the one that stood in the way."""

    reason: str
    text: str
    at: datetime
    times: int
    event: str | None = None
    event_at: datetime | None = None
    run: int | None = None
    next_possible: datetime | None = None


@dataclass(frozen=True)
class Unreachable:
    """Messages of the scenario that could not reach the person; `since` None: it never was possible."""

    messages: tuple[str, ...]
    channel: str
    topic: str
    because: str
    text: str
    since: datetime | None


@dataclass(frozen=True)
class ScenarioExplained:
    """All that was decided of a person in a scenario. `notes` say what else explains it, a sentence each."""

    scenario: str
    title: str
    runs: tuple[RunExplained, ...]
    refused: tuple[EntryRefused, ...]
    unreachable: tuple[Unreachable, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """Why a person got what they got, as known at an instant. `zone` is theirs."""

    contact: str
    zone: str
    at: datetime
    notes: tuple[str, ...]
    scenarios: tuple[ScenarioExplained, ...]
