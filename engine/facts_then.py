"""The facts of one decision of the past, put together from what is recorded of it and from the ledgers."""

from collections.abc import Mapping
from typing import Any

from dsl.codec import decode, decode_value
from dsl.frozen import dataclass
from dsl.plan import Plan, World
from engine.addresses import addresses_of
from engine.facts import Asked, consents_held, since, suppression, tracked
from engine.plans import InForce, Plans
from engine.recording import IN_FLIGHT, read_housemates, read_messages
from engine.state import Answer, Facts, Run, Suppression, Wake
from engine.territory import zone_of
from engine.typed import attributes, event_fact, put_back
from store import transitions
from store.database import Connection, Row


class Missing(LookupError):
    """Something that the decision rested on is not kept any more; the message says what."""


@dataclass(frozen=True)
class Then:
    """What a decision was given."""

    facts: Facts
    wake: Wake


class Past:
    """A person's past, as far as the decisions of one run looked at it. `person`: their row of today."""

    def __init__(self, connection: Connection, plans: Plans, person: Row) -> None:
        self._connection = connection
        self._plans = plans
        self._person = person
        self._worlds: dict[int, World] = {}

    async def then(self, recorded: Row, plan: Plan, run: Run) -> Then:
        """What a decision of the run was given. `recorded` is its line. Raises Missing."""
        world = await self.world(recorded["world_id"])
        row = await self._row(recorded["seen"])
        values = attributes(world.catalog, row)
        held = await transitions.consents(self._connection, row["id"], recorded["seen"])
        facts = Facts(
            contact_id=row["id"],
            attributes=values,
            zone=zone_of(values, world.policy),
            world=world,
            events=await self._events(recorded, world, plan, run),
            messages=await self._messages(recorded["facts"]),
            housemates=read_housemates(recorded["facts"]),
            consents=consents_held(held),
            suppressions=await self._blocks(row, recorded["seen"]),
            addresses=frozenset(addresses_of(row)),
            tracked_since=tracked(world, held),
            paused_channels=frozenset(recorded["facts"].get("paused", ())),
            empty_pools=frozenset(recorded["facts"].get("empty", ())),
            answers=await self._answers(recorded["facts"], run),
        )
        return Then(facts, await self._wake(recorded, world))

    async def world(self, world_id: int) -> World:
        """Catalog, policy and segments as they were in force. Raises Missing."""
        if world_id not in self._worlds:
            stored = await transitions.world(self._connection, world_id)
            if stored is None:
                raise Missing("the catalog and policy of then are not kept any more")
            self._worlds[world_id] = decode(World, stored)
        return self._worlds[world_id]

    async def _row(self, seen: int) -> Row:
        """The person's row with what changed since put back."""
        changed = await transitions.changed_since(self._connection, self._person["id"], seen)
        return put_back(self._person, changed)

    async def _events(self, recorded: Row, world: World, plan: Plan, run: Run) -> tuple[Any, ...]:
        asked = Asked((plan,), (run,))
        wanted = since(InForce(0, world, {}), asked, recorded["at"])
        rows = await transitions.events(
            self._connection,
            run.contact_id,
            wanted,
            settled=recorded["seen"] - IN_FLIGHT,
            fresh=recorded["fresh"],
        )
        return tuple(event_fact(world.catalog, row) for row in rows)

    async def _wake(self, recorded: Row, world: World) -> Wake:
        rows = await transitions.heard(self._connection, recorded["heard"])
        if len(rows) < len(recorded["heard"]):
            raise Missing("an event that woke it is not kept any more")
        return Wake(tuple(event_fact(world.catalog, row) for row in rows))

    async def _messages(self, recorded: Mapping[str, Any]) -> tuple[Any, ...]:
        ids = [each["id"] for each in recorded.get("messages", ())]
        try:
            return read_messages(recorded, await transitions.messages(self._connection, ids))
        except LookupError as error:
            raise Missing(str(error)) from None

    async def _blocks(self, row: Row, seen: int) -> tuple[Suppression, ...]:
        hashes = self._plans.addresses.hashes_of(row)
        found = await transitions.suppressions(self._connection, row["id"], hashes, seen)
        return tuple(suppression(each) for each in found)

    async def _answers(self, recorded: Mapping[str, Any], run: Run) -> dict[tuple[int, str, int], Answer]:
        known = recorded.get("answers")
        if not known:
            return {}
        kept = await transitions.answers(self._connection, run.id)
        found = {}
        for step, iteration in known:
            row = kept.get((step, iteration))
            if row is None:
                raise Missing(f"the answer to the call of {step} is not kept any more")
            body = decode_value(row["answer"] or {})
            found[run.id, step, iteration] = Answer(row["state"] == "answered", row["settled_at"], body)
        return found
