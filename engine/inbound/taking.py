"""Items of a request taken: each whole or not at all, all in one transaction, each once."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from dsl.inbound.model import Inbound
from engine import contact_input
from engine.inbound.reading import Item, Request, Result, Sought, read_request
from engine.measures import EVENTS
from engine.plans import Plans
from store import events, identities, inbound
from store.database import Connection, Database
from store.identities import Way

NOBODY = (
    "nobody known is meant: import them first, or let a mapping that tells of them give an `id` by `contact`"
)
SHARED = "several people have this address: find them by an identity, or by their id"


@dataclass(frozen=True)
class _Found:
    """An item and whose it is; None for one about an object."""

    item: Item
    contact: str | None


async def take_request(
    database: Database, plans: Plans, source: Inbound, body: bytes, now: datetime
) -> tuple[Result, ...]:
    """Take a verified request; what became of each item, in their order. Committed on return.

    Raises BadRequest for what is no request, and IdentityTaken where somebody else was faster: nothing is
    taken then.
    """
    async with database.transaction() as connection:
        catalog = (await plans.world(connection)).catalog
        request = read_request(source, catalog, body, now)
        results = await _take(connection, plans, source, request, now)
    for label, status in (("accepted", "accepted"), ("known", "duplicate"), ("refused", "refused")):
        EVENTS.labels(label).inc(sum(each.status == status for each in results))
    return results


async def _take(
    connection: Connection, plans: Plans, source: Inbound, request: Request, now: datetime
) -> tuple[Result, ...]:
    first: dict[str, Item] = {}
    for each in request.items:
        first.setdefault(each.key, each)
    fresh = await inbound.note(connection, source.name, first, now)
    new = [each for each in first.values() if each.key in fresh]
    found, refused = await _whose(connection, new)
    refused += await _tell(connection, plans, source, _left(found, refused), now)
    refused += await _append(connection, _left(found, refused), now)
    gone = {each.index for each in refused}
    await inbound.forget(connection, source.name, [each.key for each in new if each.index in gone])
    taken = {each.index for each in new} - gone
    done = [
        Result(each.index, "accepted" if each.index in taken else "duplicate", each.mapping)
        for each in request.items
        if each.index not in gone
    ]
    return tuple(sorted([*request.results, *refused, *done], key=lambda each: each.index))


def _left(found: Sequence[_Found], refused: Sequence[Result]) -> list[_Found]:
    gone = {each.index for each in refused}
    return [each for each in found if each.item.index not in gone]


def _refused(item: Item, pointer: str, detail: str) -> Result:
    return Result(item.index, "refused", item.mapping, pointer, detail)


async def _whose(connection: Connection, items: Sequence[Item]) -> tuple[list[_Found], list[Result]]:
    """The contact of each item, by the first way that leads to somebody, and the items that have none."""
    asked = {
        (each.kind or each.way, each.value) for item in items for each in item.sought if each.way != "id"
    }
    known = await identities.people(connection, sorted(asked))
    found, refused = [], []
    for item in items:
        people = next((who for each in item.sought if (who := _behind(each, known))), [])
        if len(people) == 1 or not item.sought:
            found.append(_Found(item, people[0] if people else None))
        elif people:
            refused.append(_refused(item, item.pointer, SHARED))
        else:
            refused.append(_refused(item, item.pointer, NOBODY))
    return found, refused


def _behind(sought: Sought, known: Mapping[Way, AbstractSet[str]]) -> list[str]:
    """The people to whom one way leads; our own id leads to whoever has it, or will."""
    if sought.way == "id":
        return [sought.value]
    return sorted(known.get((sought.kind or sought.way, sought.value), ()))


async def _tell(
    connection: Connection, plans: Plans, source: Inbound, found: Sequence[_Found], now: datetime
) -> list[Result]:
    """Write what items say of the people themselves, by the rules of the API."""
    told = [(each.item, each.contact, each.item.person) for each in found if each.item.person]
    given = [replace(person, id=contact) for _, contact, person in told if person and contact]
    errors = await contact_input.take(connection, plans, given, source=f"webhook/{source.name}", now=now)
    return [
        _refused(item, item.place(fault.pointer), fault.message)
        for fault in errors
        for item in [told[fault.index][0]]
    ]


async def _append(connection: Connection, found: Sequence[_Found], now: datetime) -> list[Result]:
    """Append the events; those of people whom nobody knows are refused."""
    raised = [
        (each.item, replace(each.item.event, contact_id=each.contact)) for each in found if each.item.event
    ]
    appended = await events.append(connection, [event for _, event in raised], now)
    pairs = zip(raised, appended, strict=True)
    return [_refused(item, item.pointer, NOBODY) for (item, _), done in pairs if not done.known]
