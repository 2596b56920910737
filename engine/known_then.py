"""What was known of a person at an instant of the past: nothing that was written down later counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dsl.codec import decode
from dsl.plan import Plan, World
from engine.addresses import addresses_of
from engine.facts import consents_held, suppression
from engine.plans import Plans
from engine.state import Facts, Suppression
from engine.territory import zone_of
from engine.typed import attributes, put_back
from store import contacts, explanations
from store.database import Connection, Row


class NothingKnown(LookupError):
    """There was no such person at the instant, or nothing was published yet; the message says which."""


class Worlds:
    """Catalogs and policies as they were in force one after the other, as far as they are kept."""

    def __init__(self, connection: Connection, published: Sequence[Row]) -> None:
        self._connection = connection
        self._published = published
        self._read: dict[int, World] = {}

    async def at(self, instant: datetime) -> World:
        """The world in force at an instant; the oldest one kept before that."""
        earlier = [row["id"] for row in self._published if row["published_at"] <= instant]
        id_ = earlier[-1] if earlier else self._published[0]["id"]
        if id_ not in self._read:
            self._read[id_] = decode(World, await explanations.world(self._connection, id_))
        return self._read[id_]


@dataclass(frozen=True)
class Then:
    """The person as known at an instant, and what was in force before it."""

    connection: Connection
    plans: Plans
    at: datetime
    facts: Facts
    worlds: Worlds
    versions: Mapping[str, int]

    async def facts_at(self, instant: datetime) -> Facts:
        """The person under the policy of an earlier instant: its hours, its zones."""
        world = await self.worlds.at(instant)
        return replace(self.facts, world=world, zone=zone_of(self.facts.attributes, world.policy))

    async def plan(self, scenario: str) -> Plan | None:
        """The plan that new entries took then; None where there was none yet."""
        version = self.versions.get(scenario)
        return await self.plans.plan(scenario, version, self.connection) if version else None


async def known_at(connection: Connection, plans: Plans, contact: str, at: datetime) -> Then:
    """What was known of a person. Raises NothingKnown; NothingPublished where nothing ever was."""
    await plans.in_force(connection)
    published = await explanations.worlds(connection, at)
    if not published:
        raise NothingKnown(f"nothing was published by {at:%Y-%m-%d %H:%M} UTC: there was nothing to decide")
    worlds = Worlds(connection, published)
    world = await worlds.at(at)
    row = await _row(connection, contact, at)
    values = attributes(world.catalog, row)
    facts = Facts(
        contact_id=contact,
        attributes=values,
        zone=zone_of(values, world.policy),
        world=world,
        consents=consents_held(await explanations.consents(connection, contact, at)),
        suppressions=await _blocks(connection, plans, row, at),
        addresses=frozenset(addresses_of(row)),
        erased=row["erased_at"] is not None and row["erased_at"] <= at,
    )
    return Then(connection, plans, at, facts, worlds, await explanations.versions(connection, at))


async def _row(connection: Connection, contact: str, at: datetime) -> Row:
    """The person's row with what changed since put back."""
    rows = await contacts.read(connection, [contact])
    if not rows:
        raise NothingKnown(f"there is no contact `{contact}` in the base")
    if rows[0]["created_at"] > at:
        since = f"{rows[0]['created_at']:%Y-%m-%d %H:%M} UTC"
        raise NothingKnown(f"`{contact}` was not known yet: they are in the base since {since}")
    return put_back(rows[0], await explanations.changed_since(connection, contact, at))


async def _blocks(connection: Connection, plans: Plans, row: Row, at: datetime) -> tuple[Suppression, ...]:
    hashes = plans.addresses.hashes_of(row)
    found = await explanations.suppressions(connection, row["id"], hashes, at)
    return tuple(suppression(each) for each in found)
