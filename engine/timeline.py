"""One timeline of a person over all media and both directions: what we have done together."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import orjson

from dsl.catalog import Catalog, Direction, EventType, built_in_events
from engine import masking
from store import timeline
from store.database import Connection
from store.timeline import ELSEWHERE, KINDS, Asked, Kind, Line, Place, Way

USUAL: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "decision")
"""What is told unless somebody asks for other kinds: each decision of each run is much."""

MOST = 200
"""Entries of a page."""

TOLD_ELSEWHERE = frozenset({"message.sent", "consent.granted", "consent.withdrawn", "task.done"})
"""Events of which the message, the ledger or the task itself is the entry."""

_BUILT_IN = {event.name: event for event in built_in_events((), (), (), ())}
_KIND_OF: Mapping[str, Kind] = {"message": "reaction", "contact": "change", "consent": "consent"}


class BadCursor(ValueError):
    """A cursor that no page gave."""


@dataclass(frozen=True)
class Following:
    """What follows: a scenario that it started, the next step of its run, or when its task is due."""

    what: Literal["scenario", "step", "task"]
    name: str
    at: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One thing that happened: when, which way, through what, where, by whom, why, and with what outcome.

    `direction` is `in` where the person turned to the brand, `out` where the brand did. Why is the scenario
    with its run and step. `data` are properties of an event or the proof of a consent; `message` is an id.
    """

    at: datetime
    kind: Kind
    name: str
    direction: Direction | None
    medium: str | None
    where: str | None
    by: str | None
    scenario: str | None
    run: int | None
    step: str | None
    outcome: str | None
    text: str | None
    message: str | None
    follows: Sequence[Following] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Entries, newest first. `next` leads to the older ones; None: there are none."""

    contact: str
    entries: Sequence[Entry]
    next: str | None


async def read(
    connection: Connection, catalog: Catalog, contact_id: str, asked: Asked, *, masked: bool = False
) -> Page:
    """A page of somebody's timeline. `masked`: texts from outside are hidden, as everywhere."""
    ways = [_way(event) for event in (catalog.events | _BUILT_IN).values() if event.about is None]
    found = await timeline.page(connection, contact_id, ways, replace(asked, limit=asked.limit + 1))
    kept = found[: asked.limit]
    more = len(found) > asked.limit
    shown = [masking.line(catalog, each) for each in kept] if masked else kept
    return Page(contact_id, [_entry(line) for line in shown], cursor(kept[-1].ends) if more else None)


def cursor(place: Place) -> str:
    """Where a page ended, as callers keep it."""
    told = orjson.dumps([place.at.isoformat(), place.rank, place.place, place.line])
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def place_of(text: str) -> Place:
    """The place of a cursor. Raises BadCursor."""
    try:
        at, *numbers = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        rank, place, line = (number for number in numbers if type(number) is int and abs(number) < 2**62)
        found = Place(datetime.fromisoformat(at), rank, place, line)
    except (binascii.Error, ValueError, TypeError):
        raise BadCursor("the cursor is none that a page gave: begin without one") from None
    if found.at.tzinfo is None or abs(rank) > MOST:
        raise BadCursor("the cursor is none that a page gave: begin without one")
    return found


def media(catalog: Catalog) -> list[str]:
    """Every medium that an entry may have: those that events name or choose from, and the channels."""
    found = set(catalog.senders) | {
        channel for topic in catalog.topics.values() for channel in topic.channels
    }
    for event in catalog.events.values():
        stands = event.interaction
        type_ = event.properties.field(stands.medium_of) if stands.medium_of else None
        found |= {*getattr(type_, "options", ()), *((stands.medium,) if stands.medium else ())}
    return sorted(found)


def _way(event: EventType) -> Way:
    stands = _BUILT_IN.get(event.name, event).interaction
    kind = _kind(event.name)
    return Way(
        event.name, kind, stands.medium, stands.medium_of, stands.direction, stands.place, stands.outcome
    )


def _kind(name: str) -> Kind | Literal["elsewhere"]:
    if name in TOLD_ELSEWHERE:
        return ELSEWHERE
    if name in _BUILT_IN:
        return _KIND_OF[name.partition(".")[0]]
    return "event"


def _entry(line: Line) -> Entry:
    return Entry(
        line.at,
        line.kind,
        line.name,
        line.direction,
        line.medium,
        line.spot,
        line.told_by,
        line.scenario,
        line.run_id,
        line.step,
        _outcome(line),
        line.text,
        line.message,
        _follows(line),
        line.data or {},
    )


def _outcome(line: Line) -> str | None:
    """What came of it: the state of a message with its reason, the outcome of a task, how a run ended."""
    if line.kind == "message":
        return f"{line.state}: {line.outcome}" if line.outcome else line.state
    if line.kind == "task":
        return line.outcome or line.state
    return line.outcome


def _follows(line: Line) -> tuple[Following, ...]:
    found = [Following("scenario", name) for name in line.began or ()]
    if line.next_step:
        found.append(Following("step", line.next_step, line.next_at))
    if line.kind == "task" and line.state in ("open", "taken"):
        found.append(Following("task", line.name, line.due_at))
    return tuple(found)
