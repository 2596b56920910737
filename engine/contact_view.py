"""A person as operations look at them: all that is kept, and what may be sent to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import households, staleness
from engine.households import Home
from engine.known_then import known_at
from engine.plans import Plans
from engine.state import Suppression
from engine.typed import COLUMNS
from store import contacts, identities, merges, operations, studio
from store.database import Connection, Row

MESSAGES_SHOWN = 20


@dataclass(frozen=True)
class ContactView:
    """A person. `suppressions` are all that stop something, those on a shared address too."""

    id: str
    zone: str
    created_at: datetime
    erased_at: datetime | None
    attributes: Mapping[str, Any]
    identities: Mapping[str, str]
    consents: Sequence[Row]
    suppressions: Sequence[Suppression]
    messages: Sequence[Row]
    runs: Sequence[Row]
    merges: Sequence[Row] = ()
    """On either side; `told` is what each did."""
    stale: Mapping[str, datetime] = field(default_factory=dict)
    """Values that are older than the catalog takes for true, with since when they were known."""
    household: Home | None = None


async def view(connection: Connection, plans: Plans, contact: str, now: datetime) -> ContactView:
    """A person as kept now; of one who was merged, whom they were merged into. Raises NothingKnown."""
    contact = await merges.winner_of(connection, contact)
    facts = (await known_at(connection, plans, contact, now)).facts
    (row,) = await contacts.read(connection, [contact])
    columns = {
        name: row[name] for name in COLUMNS if name not in ("id", "created_at") and row[name] is not None
    }
    return ContactView(
        id=contact,
        zone=facts.zone,
        created_at=row["created_at"],
        erased_at=row["erased_at"],
        attributes={**columns, **row["attributes"]},
        identities=await identities.of_contact(connection, contact),
        consents=await studio.contact_consents(connection, contact),
        suppressions=facts.suppressions,
        messages=await operations.last_messages(connection, contact, MESSAGES_SHOWN),
        runs=await studio.contact_runs(connection, contact),
        merges=await merges.of_contact(connection, contact),
        household=await households.home_of(connection, facts.world, row),
        stale=await staleness.of_person(connection, facts.world.catalog, contact, now),
    )
