"""What crosses Temporal: ids, counts and instants, never anything about a person.

Workflow code imports this module and temporalio alone. Fields are only ever added, with defaults, so that
histories written by an older worker stay readable.
"""

from dataclasses import dataclass
from datetime import datetime

DECISIONS = "relance"
"""The task queue of workflows, `advance` and scans."""

POKE = "poke"
"""The only signal. It carries nothing: what woke the runs lies in the database."""

DEPLOYMENT = "relance"
BUILD = "4"
"""What each workflow task says of the worker that did it, so that a replay knows what its code did: 2 takes
what was seen of a group before its workflow was started (`Group.first`), where older code looks for itself;
3 delivers a message that leaves alone from the queue of its workflow first; 4 asks again where a poke came
while a message was delivered. Counted up where workflow code would do other things with an input that older
code may be given too."""

SCAN = "relance.scan"
"""The workflow type of scans; the dot keeps it apart from scenario names."""


def channel_queue(channel: str) -> str:
    """The task queue on which a channel's messages are delivered."""
    return f"{DECISIONS}-{channel}"


@dataclass(frozen=True)
class AdvanceRequest:
    """`at` is the workflow's now, so that skipped time is seen by the database too."""

    group_id: int
    at: datetime


@dataclass(frozen=True)
class Batch:
    """Messages of one channel that are due; `summary` says what goes to whom, by ids."""

    channel: str
    message_ids: list[int]
    summary: str


@dataclass(frozen=True)
class AdvanceReply:
    """Where the group stands. `sleep_seconds` is real time until something is due, None for nothing.

    `details` is Markdown for the UI; `waiting_for` is the timer's summary; `outcome` says what came of a
    group of which no run is active any more. `at`: when it was looked at, None where a worker does not say.
    """

    deliveries: list[Batch]
    sleep_seconds: float | None
    active: int
    details: str
    waiting_for: str
    outcome: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Group:
    """What a scenario workflow is started with: the group of runs that it drives.

    `summary` says whom it is about, for the details: Temporal drops the static summary at continue-as-new.
    `first`: where the group stands, where that was looked at before its workflow was started.
    """

    group_id: int
    summary: str = ""
    first: AdvanceReply | None = None


@dataclass(frozen=True)
class DeliverRequest:
    """Messages to hand to a channel's provider; `group_id` 0 where a workflow does not say whose they are."""

    channel: str
    message_ids: list[int]
    group_id: int = 0


@dataclass(frozen=True)
class DeliverReply:
    """How many ended in each state; what is in none of them had been settled before."""

    sent: int = 0
    refused: int = 0
    unknown: int = 0
    not_allowed: int = 0
    held: int = 0
    """Kept because the channel is paused."""
    standing: AdvanceReply | None = None
    """Where the group stands now that they are delivered."""


@dataclass(frozen=True)
class ScanRequest:
    """One trigger by time of a scenario; `zone` None is every zone."""

    scenario: str
    trigger: int
    zone: str | None


@dataclass(frozen=True)
class ScanTask:
    """A look at what of a trigger is due at the workflow's now."""

    request: ScanRequest
    at: datetime


@dataclass(frozen=True)
class ScanReply:
    """`entered` since the last look; `sleep_seconds` (real) until this scan goes on, None when it is over."""

    entered: int
    sleep_seconds: float | None
    waiting_for: str
