"""What happened with one person over all media, a page at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from store.database import Connection, queries, row_of, rows_of

SQL = queries("timeline")

Kind: TypeAlias = Literal["event", "message", "reaction", "task", "consent", "run", "change", "decision"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What the brand's systems told, messages of ours and what came of them, tasks, consents, scenarios entered
and ended, changes of the profile; and each decision in between."""


Direction: TypeAlias = Literal["in", "out"]
ELSEWHERE: Literal["elsewhere"] = "elsewhere"


@dataclass(frozen=True, slots=True)
class Way:
    """How the events of a name stand in a timeline; `ELSEWHERE`: another part tells of them."""

    name: str
    kind: Kind | Literal["elsewhere"]
    medium: str | None = None
    medium_of: str | None = None
    direction: str | None = None
    place_of: str | None = None
    outcome_of: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the next one begins after it."""

    at: datetime
    rank: int
    place: int
    line: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a timeline. `since` is in it, `until` is not; None: all there is."""

    kinds: Collection[Kind]
    since: datetime | None = None
    until: datetime | None = None
    medium: str | None = None
    direction: Direction | None = None
    after: Place | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, as it is stored.

    `name` is that of the event, the message, the task or the topic, and what a run did; `began` are scenarios
    that an event started, `next_step` and `next_at` where an active run stands.
    """

    kind: Kind
    at: datetime
    rank: int
    place: int
    line: int
    name: str
    direction: Direction | None = None
    medium: str | None = None
    spot: str | None = None
    outcome: str | None = None
    scenario: str | None = None
    run_id: int | None = None
    step: str | None = None
    told_by: str | None = None
    text: str | None = None
    data: dict[str, Any] | None = None
    message: str | None = None
    state: str | None = None
    due_at: datetime | None = None
    next_step: str | None = None
    next_at: datetime | None = None
    began: list[str] | None = None

    @property
    def ends(self) -> Place:
        """Where a page ends of which this is the last line."""
        return Place(self.at, self.rank, self.place, self.line)


_COLUMNS = tuple(each.name for each in fields(Line))


async def page(connection: Connection, contact_id: str, ways: Sequence[Way], asked: Asked) -> list[Line]:
    """The newest lines of a person after a place, newest first; at most `limit`."""
    after = asked.after
    values = {
        "contact": contact_id,
        "ways": rows_of([row_of(each) for each in ways]),
        "kinds": list(asked.kinds),
        "since": asked.since,
        "until": asked.until,
        "medium": asked.medium,
        "direction": asked.direction,
        "before": after.at if after else "infinity",
        "rank": after.rank if after else 0,
        "place": after.place if after else 0,
        "line": after.line if after else 0,
        "limit": asked.limit,
    }
    cursor = await connection.execute(SQL["page"], values)
    return [Line(**{name: row[name] for name in _COLUMNS}) for row in await cursor.fetchall()]
