"""What the studio shows, read in a few statements. Nothing here writes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from store.database import Connection, Row, queries

PEOPLE_SHOWN = 50


@dataclass(frozen=True)
class ScenarioCounts:
    """Live numbers of a scenario over all its versions; steps by id."""

    now: dict[str, int]
    sent: dict[str, int]
    entered: int
    ended: int
    goals: int


@dataclass(frozen=True)
class Overview:
    """The base at a glance. `newest` changes when a message leaves."""

    people: int
    active: int
    sent: int
    reserved: int
    goals: int
    newest: str


async def _rows(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    cursor = await connection.execute(queries("studio")[name], parameters)
    return await cursor.fetchall()


async def counts(connection: Connection) -> dict[str, ScenarioCounts]:
    """Live numbers by scenario; a scenario that nobody entered is absent."""
    standing = await _rows(connection, "standing")
    sent = await _rows(connection, "sent")
    return {
        row["scenario"]: ScenarioCounts(
            {each["position"]: each["people"] for each in standing if each["scenario"] == row["scenario"]},
            {each["step"]: each["messages"] for each in sent if each["scenario"] == row["scenario"]},
            row["entered"],
            row["ended"],
            row["goals"],
        )
        for row in await _rows(connection, "totals")
    }


async def overview(connection: Connection) -> Overview:
    """The base at a glance."""
    row = (await _rows(connection, "overview"))[0]
    newest = f"{row['newest']}-{row['sent']}"
    return Overview(row["people"], row["active"], row["sent"], row["reserved"], row["goals"], newest)


async def last_messages(connection: Connection, scenario: str | None, limit: int) -> list[Row]:
    """The messages that left last, newest first; of one scenario where it is given."""
    return await _rows(connection, "last_messages", scenario=scenario, limit=limit)


async def messages(connection: Connection, uids: Sequence[str]) -> list[Row]:
    """Messages by the ids that providers see, in that order; what is the id of none is left out."""
    return await _rows(connection, "messages", uids=[uuid for uuid in map(_uuid, uids) if uuid])


async def message(connection: Connection, uid: str) -> Row | None:
    """A message by the id that providers see; None when there is none."""
    found = await messages(connection, [uid])
    return found[0] if found else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def people_at(connection: Connection, scenario: str, step: str) -> list[Row]:
    """Who is at a step now, the first due first; at most `PEOPLE_SHOWN`."""
    return await _rows(connection, "people_at", scenario=scenario, step=step, limit=PEOPLE_SHOWN)


async def find_contacts(connection: Connection, words: str) -> list[Row]:
    """People whose id, email, phone or name holds these words; without words, those under way."""
    escaped = words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    part = f"%{escaped}%" if escaped else None
    return await _rows(connection, "find_contacts", part=part, limit=PEOPLE_SHOWN)


async def find_contacts_whole(connection: Connection, words: str) -> list[Row]:
    """People whose id holds these words, or whose email or phone they are; without words, those under way."""
    escaped = words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    whole = "".join(words.split())
    part = f"%{escaped}%" if escaped else None
    return await _rows(connection, "find_contacts_whole", part=part, whole=whole, limit=PEOPLE_SHOWN)


async def contact(connection: Connection, contact_id: str) -> Row | None:
    """A person's row, or None."""
    found = await _rows(connection, "contact", contact=contact_id)
    return found[0] if found else None


async def contact_consents(connection: Connection, contact_id: str) -> list[Row]:
    """The latest line of the ledger for each topic and channel."""
    return await _rows(connection, "contact_consents", contact=contact_id)


async def contact_blocks(connection: Connection, contact_id: str, hashes: Collection[str]) -> list[Row]:
    """The suppressions in force on a person, and on the addresses that they have, given by their hashes."""
    return await _rows(connection, "contact_blocks", contact=contact_id, hashes=list(hashes))


async def contact_runs(connection: Connection, contact_id: str) -> list[Row]:
    """A person's runs with their workflows, newest first."""
    return await _rows(connection, "contact_runs", contact=contact_id)


async def may_track(connection: Connection, contact_id: str, what: str) -> bool:
    """Whether a person agrees now to `opens` or `clicks` being kept."""
    return bool((await _rows(connection, "may_track", contact=contact_id, what=what))[0]["agreed"])
