"""The one door: events from outside, checked, and committed before anybody is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from dsl.catalog import Catalog, EventType
from dsl.types import describe
from dsl.values import BadValue, read_given
from engine.identifying import Named, NotIdentified, identify
from engine.measures import EVENTS
from engine.plans import Plans
from engine.storable import storable
from store import events
from store.database import Connection, Database, plan_for
from store.events import NewEvent

AHEAD = timedelta(days=1)
"""How far in the future an event may be, for clocks that go wrong."""

LONGEST_ID = 200

LONGEST_OBJECT = 500
"""Characters that name an object; an index of PostgreSQL takes 2,700 bytes."""


@dataclass(frozen=True)
class Incoming:
    """An event as somebody sent it; (source, id) makes it count once.

    `contact` None: of whoever the identities lead to; without them too, about an object.
    """

    id: str
    name: str
    contact: str | None
    at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)
    """Addresses (`email`, `phone`) and ids of other systems, by kind."""


@dataclass(frozen=True)
class IngestError:
    """Why the event at `index` of the input was refused; the message says what to do."""

    index: int
    code: str
    message: str


@dataclass(frozen=True)
class Ingested:
    """What became of a list of events: new, there already, refused."""

    accepted: int
    duplicates: int
    errors: tuple[IngestError, ...] = ()


UNKNOWN = Ingested(
    0,
    0,
    (
        IngestError(
            0,
            "unknown_contact",
            "there is no contact of this id: create it first with PUT /v1/contacts/{id}",
        ),
    ),
)


class Refused(ValueError):
    """An event that the catalog does not allow."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


async def ingest(
    database: Database, plans: Plans, incoming: Sequence[Incoming], *, source: str, now: datetime
) -> Ingested:
    """Append events to the history and to the router's outbox, in one transaction, committed on return.

    A bad event is refused alone; the others are kept.
    """
    each = await ingest_each(database, plans, [(source, event) for event in incoming], now)
    errors = [replace(error, index=index) for index, one in enumerate(each) for error in one.errors]
    return Ingested(sum(one.accepted for one in each), sum(one.duplicates for one in each), tuple(errors))


async def ingest_each(
    database: Database, plans: Plans, incoming: Sequence[tuple[str, Incoming]], now: datetime
) -> list[Ingested]:
    """The same for events of several sources; what became of each, its errors at index 0."""
    found: list[Ingested | None] = [None] * len(incoming)
    async with database.keyed_transaction() as connection:
        await plan_for(connection, len(incoming))
        catalog = (await plans.world(connection)).catalog
        good: list[tuple[int, NewEvent]] = []
        for index, (source, event) in enumerate(incoming):
            try:
                good.append((index, checked(catalog, event, source, now)))
            except Refused as refused:
                found[index] = Ingested(0, 0, (IngestError(0, refused.code, str(refused)),))
        good = await _of_people(connection, incoming, good, found)
        appended = await events.append(connection, [event for _, event in good], now)
    for (index, _), result in zip(good, appended, strict=True):
        found[index] = UNKNOWN if not result.known else Ingested(int(result.fresh), int(not result.fresh))
    told = [each for each in found if each is not None]
    EVENTS.labels("accepted").inc(sum(each.accepted for each in told))
    EVENTS.labels("known").inc(sum(each.duplicates for each in told))
    EVENTS.labels("refused").inc(sum(len(each.errors) for each in told))
    return told


async def _of_people(
    connection: Connection,
    incoming: Sequence[tuple[str, Incoming]],
    good: Sequence[tuple[int, NewEvent]],
    found: list[Ingested | None],
) -> list[tuple[int, NewEvent]]:
    """Give events that came with identities the contact to whom these lead; the others are told in `found`.

    One that was taken before counts once, though nobody is led to any more.
    """
    named = {index: incoming[index][1] for index, _ in good if incoming[index][1].identities}
    told = await identify(connection, [Named(each.contact, each.identities) for each in named.values()])
    whose = dict(zip(named, told, strict=True))
    lost = [event for index, event in good if isinstance(whose.get(index), NotIdentified)]
    taken = await events.taken(connection, [(each.source, each.id) for each in lost])
    kept = []
    for index, event in good:
        who = whose.get(index, event.contact_id)
        if not isinstance(who, NotIdentified):
            kept.append((index, replace(event, contact_id=who)))
        elif (event.source, event.id) in taken:
            found[index] = Ingested(0, 1)
        else:
            found[index] = Ingested(0, 0, (IngestError(0, who.code, who.message),))
    return kept


def checked(catalog: Catalog, event: Incoming, source: str, now: datetime) -> NewEvent:
    """An event as it is stored. Raises Refused where the catalog does not allow it."""
    if not 1 <= len(event.id) <= LONGEST_ID:
        raise Refused("bad_id", f"an event's id has 1 to {LONGEST_ID} characters")
    _check_storable(event)
    if event.at.tzinfo is None:
        raise Refused("bad_instant", "`at` has no offset; write it like 2026-12-25T09:00:00+01:00")
    if event.at > now + AHEAD:
        raise Refused("in_the_future", "`at` is more than a day in the future: check the sender's clock")
    declared = _declared(catalog, event.name)
    _check_properties(catalog, declared, event.properties)
    about = _about(declared, event)
    # What a clock that is ahead says to be in the future has happened all the same.
    at = min(event.at, now)
    return NewEvent(source, event.id, event.name, event.contact, at, dict(event.properties), about)


def _check_storable(event: Incoming) -> None:
    for what, value in (
        ("id", event.id),
        ("name", event.name),
        ("contact", event.contact),
        ("identities", event.identities),
        *event.properties.items(),
    ):
        try:
            storable(value)
        except ValueError as error:
            raise Refused("not_storable", f"`{what}` {error}") from None


def _declared(catalog: Catalog, name: str) -> EventType:
    declared = catalog.events.get(name)
    if declared is None:
        near = get_close_matches(name, catalog.events, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "declare it in catalog.yaml and publish"
        raise Refused("unknown_event", f"`{name}` is not an event of the catalog; {hint}")
    if declared.built_in:
        raise Refused("built_in_event", f"`{name}` is raised by Relance itself and cannot be sent")
    return declared


def _check_properties(catalog: Catalog, declared: EventType, properties: Mapping[str, Any]) -> None:
    for name, raw in properties.items():
        of = declared.properties.field(name)
        if of is None:
            known = [field_name for field_name, _ in declared.properties.fields]
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(known) or 'none'}"
            raise Refused("unknown_property", f"`{declared.name}` has no property `{name}`; {hint}")
        try:
            read_given(of, raw, catalog.brand.currency)
        except BadValue as error:
            raise Refused("bad_property", f"property `{name}` ({describe(of)}): {error}") from None


def _about(declared: EventType, event: Incoming) -> str | None:
    """The identity of the object of an event about one; None for an event of a contact."""
    if declared.about is None:
        if not (event.contact or event.identities):
            raise Refused(
                "no_contact", f"`{event.name}` happens to a contact: give `contact` or `identities`"
            )
        return None
    if event.contact or event.identities:
        raise Refused(
            "about_an_object", f"`{event.name}` is about an object: leave `contact` and `identities` out"
        )
    about = event.properties.get(declared.about)
    if about is None:
        raise Refused("no_object", f"`{event.name}` is about an object: give its `{declared.about}`")
    if len(str(about)) > LONGEST_OBJECT:
        raise Refused("bad_object", f"`{declared.about}` has over {LONGEST_OBJECT} characters")
    return str(about)
