"""A copy of all that is kept about a person, for them: a page that they can read, and JSON for machines.

Access and portability (GDPR, articles 15 and 20): the data, where each came from and what for, who gets it,
how long it stays, what is derived from it, and what they may ask.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from dsl.evaluate import evaluate, holds
from dsl.plan import World
from dsl.scope import Scope
from dsl.values import write_value
from engine.asking import facts_for, scope_of_person
from engine.known_then import NothingKnown
from engine.plans import Plans
from engine.rights.archive_page import page
from engine.timeline import USUAL, Entry, read
from engine.typed import COLUMNS
from store import archive, contacts, merges
from store.database import Connection, Row
from store.timeline import Asked

EPOCH = (2020, 1, 1, 0, 0, 0)
"""The date of files in archives, so that the same data gives the same bytes."""


ALL = 1_000_000
"""Entries of a timeline that stands whole in an archive."""


@dataclass(frozen=True)
class Known:
    """One thing that is known: its value, since when, where it came from, and what for."""

    name: str
    value: Any
    since: datetime | None
    source: str | None
    purpose: str | None


@dataclass(frozen=True)
class Archive:
    """All that is kept about a person, and what is derived from it now."""

    contact_id: str
    made_at: datetime
    known: Sequence[Known]
    derived: Mapping[str, Any]
    segments: Sequence[str]
    records: Mapping[str, Sequence[Row]]
    timeline: Sequence[Entry]
    """What the person and the brand have done together, oldest first."""
    world: World
    zone: str
    locale: str


async def archive_of(connection: Connection, plans: Plans, contact_id: str, now: datetime) -> Archive:
    """Everything about a contact, and about whoever was merged into them. Raises NothingKnown."""
    contact_id = await merges.winner_of(connection, contact_id)
    rows = [row for row in await contacts.lock(connection, [contact_id]) if row["id"] == contact_id]
    if not rows:
        raise NothingKnown(f"there is no contact `{contact_id}` in the base")
    world = await plans.world(connection)
    whole = [contact_id, *await merges.came(connection, [contact_id])]
    records = await archive.records(connection, whole, plans.addresses.hashes_of(rows[0]))
    asked = [formula.root for formula in world.segments.values()]
    asked += [each.computed for each in world.catalog.attributes.values() if each.computed is not None]
    facts = (await facts_for(connection, plans, [contact_id], asked, now))[contact_id]
    scope = scope_of_person(world, facts, now)
    life = await read(connection, world.catalog, contact_id, Asked(USUAL, limit=ALL))
    return Archive(
        contact_id,
        now,
        _known(world, rows[0], records.get("attribute_history", ())),
        _derived(world, scope),
        [name for name, formula in world.segments.items() if holds(formula, scope)],
        records,
        [*reversed(life.entries)],
        world,
        str(scope.zone),
        rows[0]["locale"] or world.catalog.locales[0],
    )


def zipped(found: Archive) -> bytes:
    """The archive as a ZIP file: `index.html` for people, `data.json` for machines."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as file:
        for name, text in (("index.html", page(found)), ("data.json", as_json(found))):
            file.writestr(ZipInfo(name, EPOCH), text.encode(), ZIP_DEFLATED)
    return buffer.getvalue()


def as_json(found: Archive) -> str:
    """The same in a structured, commonly used form (article 20)."""
    told = {
        "contact": found.contact_id,
        "made_at": found.made_at,
        "controller": found.world.catalog.brand.legal_sender,
        "attributes": [vars(each) for each in found.known],
        "derived": found.derived,
        "segments": list(found.segments),
        "timeline": [asdict(each) for each in found.timeline],
        "records": found.records,
    }
    return json.dumps(told, indent=2, ensure_ascii=False, default=_plain)


def _known(world: World, row: Row, history: Sequence[Row]) -> list[Known]:
    values = {name: row[name] for name in COLUMNS if row[name] is not None} | row["attributes"]
    latest = {each["attribute"]: each for each in sorted(history, key=lambda each: each["at"])}
    found = []
    for name, value in values.items():
        declared = world.catalog.attributes.get(name)
        told = latest.get(name, {})
        source = told.get("source") or (declared.source if declared else None)
        found.append(Known(name, value, told.get("at"), source, declared.purpose if declared else None))
    return found


def _derived(world: World, scope: Scope) -> dict[str, Any]:
    """Computed attributes: what is concluded about them (article 15(1)(h) asks for profiling)."""
    return {
        name: write_value(evaluate(attribute.computed, scope))
        for name, attribute in world.catalog.attributes.items()
        if attribute.computed is not None
    }


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Decimal():
            return write_value(value)
    return str(value)
