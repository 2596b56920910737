"""What comes of a replay: each decision as it was recorded and as it is made today, and where they part."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from dsl.frozen import dataclass
from dsl.values import write_value
from engine.decision import TrailLine
from engine.state import Facts
from store.database import Row

Outcome = Literal["same", "differs", "from outside", "undecided"]
"""`from outside`: somebody stopped it or a new entry took its place. `undecided`: it failed then."""


@dataclass(frozen=True)
class Said:
    """A line of a trail. `data` is JSON."""

    what: str
    step: str | None
    text: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Looked:
    """What a decision could see: counts, consents as `topic by channel`, messages as `id state`."""

    events: int
    messages: tuple[str, ...]
    consents: tuple[str, ...]
    suppressed: tuple[str, ...]
    paused: tuple[str, ...]
    empty_pools: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One decision. `woken_by`: names of the events that it heard; none where its instant had come.

    `recorded` is what the trail has, `decided` what comes out today; `difference` is the first, in words.
    """

    sequence: int
    at: datetime
    version: int
    position: str | None
    woken_by: tuple[str, ...]
    looked_at: Looked | None
    recorded: tuple[Said, ...]
    decided: tuple[Said, ...]
    outcome: Outcome
    difference: str | None = None


@dataclass(frozen=True)
class Replay:
    """A run decided again. `difference` None: all of it is the same, and it stands where it is stored."""

    run: int
    scenario: str
    contact: str
    zone: str
    steps: tuple[Step, ...]
    difference: str | None

    @property
    def same(self) -> bool:
        """Whether the same was decided throughout."""
        return self.difference is None


def said(row: Row) -> Said:
    """A line as it is recorded."""
    return Said(row["what"], row["step"], row["text"], row["data"])


def line_of(line: TrailLine) -> Said:
    """A line as it comes out of a decision."""
    return Said(line.what, line.step, line.text, write_value(dict(line.data)))


def difference(recorded: Sequence[Said], decided: Sequence[Said]) -> str | None:
    """What differs first, in words; None where all is the same."""
    for number in range(max(len(recorded), len(decided))):
        then = recorded[number] if number < len(recorded) else None
        now = decided[number] if number < len(decided) else None
        if then == now:
            continue
        if then is None or now is None:
            return (
                f"then: {then.text if then else 'nothing more'}; now: {now.text if now else 'nothing more'}"
            )
        if then.text != now.text or then.what != now.what or then.step != now.step:
            return f"then: {then.text}; now: {now.text}"
        names = [key for key in {**then.data, **now.data} if then.data.get(key) != now.data.get(key)]
        parts = (f"{key} was {then.data.get(key)} and is {now.data.get(key)}" for key in names)
        return f"{then.text}: {', '.join(parts)}"
    return None


def looked(facts: Facts) -> Looked:
    """What facts show, in short."""
    return Looked(
        events=len(facts.events),
        messages=tuple(f"{each.id} {each.state}" for each in facts.messages),
        consents=tuple(
            f"{topic} by {channel}{'' if line.state == 'granted' else ' withdrawn'}"
            for (topic, channel), line in sorted(facts.consents.items())
        ),
        suppressed=tuple(f"{each.channel}: {each.reason}" for each in facts.suppressions),
        paused=tuple(sorted(facts.paused_channels)),
        empty_pools=tuple(sorted(facts.empty_pools)),
    )
