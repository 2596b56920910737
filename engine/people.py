"""The base: contacts created and changed, each change with its date and source, and an event for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from dsl.catalog import Catalog
from engine import dated
from engine.addresses import ATTRIBUTE_OF_CHANNEL, Addresses
from engine.attribute_input import BadAttribute, read_attributes
from engine.contact_ids import BadId, check_id
from engine.dated import Given
from engine.new_addresses import carry_over
from engine.plans import Plans
from engine.typed import COLUMNS
from store import contacts, events
from store.contacts import Fact
from store.database import Connection, Database, Row
from store.events import NewEvent

SOURCE = "relance"
"""The source of the events that we raise ourselves."""

ERASED = "this person was erased, which nothing undoes; somebody new has another id"
MERGED = "this person was merged with another at this very moment: send it again"


@dataclass(frozen=True)
class Profile:
    """What somebody says of a contact: JSON values by attribute; null clears, what is absent stays."""

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    at: datetime | None = None
    """Since when the attributes hold; None: from now on. What is older than what is known is history."""


@dataclass(frozen=True)
class ProfileError:
    """Why the contact at `index` was left as it was; `ERASED` of one who was, `MERGED` just now."""

    index: int
    attribute: str
    message: str


@dataclass(frozen=True)
class Upserted:
    """How many contacts are new, how many changed, and what was refused (whole contacts)."""

    created: int
    changed: int
    errors: tuple[ProfileError, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute of one contact; JSON values, None is unknown."""

    contact_id: str
    attribute: str
    before: Any
    after: Any
    at: datetime | None = None
    """Since when; None: from now on."""


async def upsert(
    database: Database, plans: Plans, profiles: Sequence[Profile], *, source: str, now: datetime
) -> Upserted:
    """Create or change contacts in one transaction; a profile with a mistake is refused whole.

    New ones raise `contact.created`, changed attributes of known ones `contact.changed`.
    """
    async with database.transaction() as connection:
        return await upsert_within(connection, plans, profiles, source=source, now=now)


async def upsert_within(
    connection: Connection, plans: Plans, profiles: Sequence[Profile], *, source: str, now: datetime
) -> Upserted:
    """The same in a transaction that goes on; the contacts stay locked."""
    wanted, errors = _read((await plans.world(connection)).catalog, profiles)
    by_id = _by_contact(wanted.values())
    ids = sorted(by_id)
    created = await contacts.insert_missing(
        connection, ids, [by_id[id_].created_at or now for id_ in ids], now
    )
    locked = await contacts.lock(connection, ids)
    rows = {row["id"]: row for row in locked if row["erased_at"] is None and row["id"] in by_id}
    merged = {row["id"] for row in locked if row["merged_into"] is not None}
    facts = await dated.sort(connection, _given(wanted.values(), rows, now), now)
    changes = [
        Change(each.contact_id, each.attribute, before, each.value, each.at)
        for each in facts.present
        if (before := stored(rows[each.contact_id], each.attribute)) != each.value
    ]
    news = facts.newer - {(each.contact_id, each.attribute) for each in changes}
    again = [each for each in facts.present if (each.contact_id, each.attribute) in news]
    await dated.keep(connection, facts.late, again, source=source, now=now)
    await events.append(connection, [_created(id_, source, now) for id_ in sorted(created)], now)
    await write(connection, plans.addresses, rows, changes, source=source, now=now, silent=created)
    known = {change.contact_id for change in changes} - created
    gone = [(n, each.id) for n, each in wanted.items() if each.id not in rows]
    errors += [ProfileError(n, "id", MERGED if id_ in merged else ERASED) for n, id_ in gone]
    return Upserted(len(created), len(known), tuple(errors))


def _given(profiles: Iterable[Profile], rows: Mapping[str, Row], now: datetime) -> list[Given]:
    """What is said of those who are there, each value with its date."""
    return [
        Given(each.id, name, value, min(each.at, now) if each.at else None)
        for each in profiles
        if each.id in rows
        for name, value in each.attributes.items()
    ]


async def write(
    connection: Connection,
    addresses: Addresses,
    rows: Mapping[str, Row],
    changes: Sequence[Change],
    *,
    source: str,
    now: datetime,
    silent: frozenset[str] | set[str] = frozenset(),
) -> None:
    """Write changes of locked contacts, in the order given, with history and `contact.changed` events.

    `rows` are changed too. `silent`: contacts without events, since their creation tells it all. What
    somebody objected to at an address holds for their new one.
    """
    if not changes:
        return
    for change in changes:
        _put(rows[change.contact_id], change)
    touched = dict.fromkeys(change.contact_id for change in changes)
    await contacts.write(connection, [rows[contact] for contact in touched], now)
    facts = [Fact(each.contact_id, each.attribute, each.after, each.at or now) for each in changes]
    await contacts.add_facts(connection, facts, source=source, now=now)
    moved = {each.contact_id for each in changes if each.attribute in ATTRIBUTE_OF_CHANNEL.values()}
    await carry_over(connection, addresses, moved.difference(silent), now)
    told = [_changed(change, source, now) for change in changes if change.contact_id not in silent]
    await events.append(connection, told, now)


def _put(row: Row, change: Change) -> None:
    if change.attribute in COLUMNS:
        row[change.attribute] = change.after
    elif change.after is None:
        row["attributes"].pop(change.attribute, None)
    else:
        row["attributes"][change.attribute] = change.after


def stored(row: Row, attribute: str) -> Any:
    """The JSON value of an attribute in a row of `contacts`."""
    return row[attribute] if attribute in COLUMNS else row["attributes"].get(attribute)


def _by_contact(profiles: Iterable[Profile]) -> dict[str, Profile]:
    """One profile for each contact: of several values of an attribute, the last one holds."""
    found: dict[str, Profile] = {}
    for each in profiles:
        before = found.get(each.id, each)
        created_at = before.created_at or each.created_at
        found[each.id] = Profile(each.id, {**before.attributes, **each.attributes}, created_at)
    return found


def _read(catalog: Catalog, profiles: Sequence[Profile]) -> tuple[dict[int, Profile], list[ProfileError]]:
    """Those without a mistake by their place, and the mistakes of the others."""
    good, errors = {}, []
    for index, profile in enumerate(profiles):
        try:
            check_id(profile.id)
            values = read_attributes(catalog, profile.attributes)
        except BadId as error:
            errors.append(ProfileError(index, "id", str(error)))
        except BadAttribute as error:
            errors.append(ProfileError(index, error.attribute, str(error)))
        else:
            good[index] = Profile(profile.id, values, profile.created_at, profile.at)
    return good, errors


def _created(contact_id: str, source: str, now: datetime) -> NewEvent:
    return NewEvent(SOURCE, f"created/{contact_id}", "contact.created", contact_id, now, {"source": source})


def _changed(change: Change, source: str, now: datetime) -> NewEvent:
    properties = {
        "attribute": change.attribute,
        "before": change.before,
        "after": change.after,
        "source": source,
    }
    return NewEvent(SOURCE, f"changed/{uuid4().hex}", "contact.changed", change.contact_id, now, properties)
