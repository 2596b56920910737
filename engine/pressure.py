"""Marketing pressure: the first instant at which a message breaks no limit, and which places give way to it.

A limit holds over every window that a new message would fall in, those that end with it and those that
reach beyond it to places already reserved for later. Calendar windows are whole local days of the person,
rolling ones are days of 24 hours, of which the first end is in and the last is not: two messages exactly
`days` x 24 h apart are never in one window.

What went to others of the household is counted by limits of the household alone, on the day that it was for
whom it went to. A person's own messages count there for the household in which they got them.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from dsl.frozen import dataclass
from dsl.local_time import local_day, midnight
from dsl.policy import Limit
from engine.state import COUNTED, HouseholdMessage, MessageFact

Opening: TypeAlias = Callable[[datetime, datetime], datetime | None]
"""Hours as a function: the first allowed instant from one to another, both included, or None."""

Counted: TypeAlias = MessageFact | HouseholdMessage
"""A message in the ledger: one of the person's, or one of somebody's whom they live with."""


@dataclass(frozen=True)
class Asked:
    """What a place is looked for: the limits that are asked, and how urgent the message is."""

    limits: tuple[Limit, ...]
    priority: int
    day: Literal["calendar", "rolling"]
    zone: ZoneInfo
    """The person's, whose days are counted."""
    household: str | None = None
    """Where the person lives; None where limits of a household are not asked."""


@dataclass(frozen=True)
class Broken:
    """A limit that says no, and the messages that fill it, oldest first."""

    limit: Limit
    messages: tuple[Counted, ...]

    @property
    def evidence(self) -> tuple[int, ...]:
        """The ids of the person's messages that fill it."""
        return tuple(message.id for message in self.messages if isinstance(message, MessageFact))

    @property
    def others(self) -> tuple[int, ...]:
        """The ids of the messages to others of the household that fill it."""
        return tuple(message.id for message in self.messages if isinstance(message, HouseholdMessage))


@dataclass(frozen=True)
class Place:
    """A free place. `displaces` are the reserved messages that give theirs up for it.

    `first_no` is the limit that refused an earlier instant, None where the first open one was free.
    """

    at: datetime
    local_day: date
    displaces: tuple[int, ...] = ()
    first_no: Broken | None = None


@dataclass(frozen=True)
class NoPlace:
    """No instant is allowed in time: because of a limit, or of the hours alone where `first_no` is None.

    `next_possible` is the first place after the time was over, as far as one was looked for.
    """

    first_no: Broken | None
    next_possible: datetime | None


def find_place(
    asked: Asked,
    ledger: Sequence[Counted],
    opening: Opening,
    now: datetime,
    until: datetime,
    *,
    delay: bool,
    horizon: datetime,
) -> Place | NoPlace:
    """The first place from `now` to `until` (both in), or why there is none.

    Without `delay` only the first instant that the hours allow is asked. After `until` the search goes on to
    `horizon`, only to say when there would have been a place.
    """
    counted = _counted(ledger)
    first_no: Broken | None = None
    instant = opening(now, horizon)
    while instant is not None:
        trial = _try(asked, counted, instant, now)
        if trial.stays is None:
            if instant <= until and (delay or first_no is None):
                return Place(instant, local_day(instant, asked.zone), trial.displaces, first_no)
            return NoPlace(first_no, instant)
        if instant <= until:
            first_no = first_no or _broken(asked, counted, instant)
        freed = _freed_at(asked, trial.stays)
        instant = opening(freed, horizon) if freed else None
    return NoPlace(first_no, None)


def broken_at(asked: Asked, ledger: Sequence[Counted], instant: datetime) -> Broken | None:
    """The limit that a message leaving at an instant breaks, nothing giving way; None where none is."""
    return _broken(asked, _counted(ledger), instant)


def _counted(ledger: Sequence[Counted]) -> tuple[Counted, ...]:
    return tuple(
        m for m in ledger if m.state in COUNTED and (isinstance(m, HouseholdMessage) or not m.exempt)
    )


def _is_counted(asked: Asked, limit: Limit, message: Counted) -> bool:
    if isinstance(message, HouseholdMessage):
        is_theirs = limit.of == "household"
    else:
        is_theirs = limit.of == "person" or message.household == asked.household
    return is_theirs and limit.counts(message.channel, message.tags)


@dataclass(frozen=True)
class _Trial:
    """`stays` is a full window of which nothing gives way; without one, `displaces` are who do."""

    stays: Broken | None
    displaces: tuple[int, ...] = ()


def _try(asked: Asked, counted: Sequence[Counted], instant: datetime, now: datetime) -> _Trial:
    kept = list(counted)
    given: list[MessageFact] = []
    while broken := _broken(asked, kept, instant):
        weaker = [
            m for m in broken.messages if isinstance(m, MessageFact) and _gives_way(m, asked.priority, now)
        ]
        if not weaker:
            return _Trial(broken)
        loser = min(weaker, key=lambda m: (m.priority, -m.at.timestamp(), -m.id))
        kept.remove(loser)
        given.append(loser)
    # Who gave way to one limit may stay after all where another limit took a second from the same window.
    for message in sorted(given, key=lambda m: (-m.priority, m.at, m.id)):
        if _broken(asked, [*kept, message], instant) is None:
            kept.append(message)
            given.remove(message)
    return _Trial(None, tuple(sorted(message.id for message in given)))


def _gives_way(message: MessageFact, priority: int, now: datetime) -> bool:
    """A place reserved for later gives way to a higher priority; one that is due may be leaving already.

    One of somebody else does not: between people of a household, who came first stays.
    """
    return message.state == "reserved" and message.priority < priority and message.at > now


def _freed_at(asked: Asked, full: Broken) -> datetime | None:
    """When the first message of a full window is out of reach, until when the window stays full.

    None: a limit of none at all is full without a message, for ever.
    """
    if not full.messages:
        return None
    first, length = full.messages[0], timedelta(days=full.limit.days)
    if asked.day == "rolling":
        return first.at + length
    return midnight(first.local_day + length, asked.zone)


def _broken(asked: Asked, counted: Sequence[Counted], instant: datetime) -> Broken | None:
    rolling = asked.day == "rolling"
    new = instant if rolling else local_day(instant, asked.zone)
    for limit in asked.limits:
        same = [m for m in counted if _is_counted(asked, limit, m)]
        if len(same) < limit.at_most:
            continue
        places = [(m.at if rolling else m.local_day, m) for m in same]
        full = _full_window(places, new, timedelta(days=limit.days), limit.at_most)
        if full is not None:
            return Broken(limit, full)
    return None


def _full_window(
    messages: Sequence[tuple[date, Counted]], new: date, length: timedelta, at_most: int
) -> tuple[Counted, ...] | None:
    """A window around `new` that is full already; None where there is none.

    Places are days, or instants in rolling mode. Only windows that begin with a message or with the new one
    matter: any other can be moved on to the next of them and still holds all that it held.
    """
    near = sorted(
        (pair for pair in messages if abs(pair[0] - new) < length), key=lambda pair: (pair[0], pair[1].id)
    )
    for start in sorted({new, *(at for at, _ in near if at <= new)}):
        window = tuple(message for at, message in near if start <= at < start + length)
        if len(window) >= at_most:
            return window
    return None
