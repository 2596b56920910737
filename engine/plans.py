"""What is published, decoded once: the world and the current plans, and every version that runs are on.

Versions never change. What is in force is looked up by the number of the last publication, one small query.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from dsl.catalog import MESSAGE_EVENTS
from dsl.codec import decode
from dsl.needs import needs_of
from dsl.plan import ChangeTrigger, EventTrigger, Need, Plan, ReachTrigger, World
from dsl.plan_parts import formulas
from engine.addresses import Addresses
from engine.listening import ever_listened_to
from engine.segment_rules import SegmentLook, looks_of
from store import edits, scenarios
from store.database import Connection, Database
from store.edits import Edit


class NothingPublished(RuntimeError):
    """There is no catalog in the database yet; the message says what to do."""

    def __init__(self) -> None:
        super().__init__("nothing is published yet: run `relance publish`")


@dataclass(frozen=True)
class InForce:
    """What new entries and every decision use today. `current`: scenario to its version and plan."""

    publication: int
    world: World
    current: Mapping[str, tuple[int, Plan]]
    edits: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Versions that people of older ones heed, by scenario, in their order."""
    editing: frozenset[str] = frozenset()
    """Scenarios in which somebody may not have heeded them yet."""
    unheard: frozenset[str] = frozenset()
    """Names of events about messages that act on nobody: no trigger has them, no version listens to them."""

    def next_edit(self, run: Mapping[str, Any]) -> int | None:
        """The version that a run (as a row) heeds next, None where it has heeded them all."""
        heeded = max(run["version"], run["heeded"] or 0)
        return next((version for version in self.edits.get(run["scenario"], ()) if version > heeded), None)

    @cached_property
    def triggers(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """Event name to the triggers that it may pull: (scenario, place in the plan's list)."""
        found: dict[str, list[tuple[str, int]]] = {}
        for scenario, (_, plan) in sorted(self.current.items()):
            for place, trigger in enumerate(plan.triggers):
                if isinstance(trigger, EventTrigger):
                    found.setdefault(trigger.pattern.event, []).append((scenario, place))
                elif isinstance(trigger, ChangeTrigger):
                    found.setdefault("contact.changed", []).append((scenario, place))
        if self.segment_looks:
            for name in ("contact.created", "contact.changed"):
                found.setdefault(name, [])
        return {name: tuple(places) for name, places in found.items()}

    @cached_property
    def segment_looks(self) -> tuple[SegmentLook, ...]:
        """Triggers by segment."""
        return tuple(looks_of(self.world, self.current))

    @cached_property
    def reaching(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """Name of an event about an object to the triggers by which it reaches people."""
        found: dict[str, list[tuple[str, int]]] = {}
        for scenario, (_, plan) in sorted(self.current.items()):
            for place, trigger in enumerate(plan.triggers):
                if isinstance(trigger, ReachTrigger):
                    found.setdefault(trigger.pattern.event, []).append((scenario, place))
        return {name: tuple(places) for name, places in found.items()}

    @cached_property
    def policy_needs(self) -> tuple[Need, ...]:
        """The history that the limits of today's policy look at."""
        limits = [limit.when.root for limit in self.world.policy.pressure.limits if limit.when]
        return needs_of(limits, self.world)

    def needs(self, plan: Plan) -> tuple[Need, ...]:
        """The history that a plan looks at, by the computed attributes and segments of today."""
        known = self._needs.get(id(plan))
        if known is None:
            found = needs_of((formula.root for formula in formulas(plan)), self.world)
            known = self._needs[id(plan)] = (plan, found)
        return known[1]

    @cached_property
    def _needs(self) -> dict[int, tuple[Plan, tuple[Need, ...]]]:
        # By identity, since comparing plans costs more than reading them; the plan is held so that its id is.
        return {}


class Plans:
    """The plans of a database, cached. `keys` are the secret keys, the first of which signs."""

    def __init__(self, database: Database, keys: Sequence[str]) -> None:
        self.addresses = Addresses(keys)
        self._database = database
        self._versions: dict[tuple[str, int], Plan] = {}
        self._in_force: InForce | None = None

    async def in_force(self, connection: Connection | None = None) -> InForce:
        """What is published now. Give the connection of the transaction that one is in.

        Raises NothingPublished.
        """
        async with self._connection(connection) as reader:
            number = await scenarios.publication(reader)
            if self._in_force is None or self._in_force.publication != number:
                self._in_force = await self._load(reader, number)
            return self._in_force

    async def world(self, connection: Connection | None = None) -> World:
        """Catalog, policy and segments of today. Raises NothingPublished."""
        return (await self.in_force(connection)).world

    async def current(self, connection: Connection | None = None) -> Mapping[str, tuple[int, Plan]]:
        """The version and plan that new entries take, by scenario."""
        return (await self.in_force(connection)).current

    async def plan(self, scenario: str, version: int, connection: Connection | None = None) -> Plan:
        """The plan of one version. Raises LookupError when there is none."""
        known = self._versions.get((scenario, version))
        if known is None:
            async with self._connection(connection) as reader:
                stored = await scenarios.version(reader, scenario, version)
            if stored is None:
                raise LookupError(f"{scenario} has no version {version}")
            known = self._versions[scenario, version] = decode(Plan, stored)
        return known

    async def _load(self, connection: Connection, number: int) -> InForce:
        stored = await scenarios.world(connection)
        if stored is None:
            raise NothingPublished
        current = {
            row["name"]: (row["current"], await self.plan(row["name"], row["current"], connection))
            for row in await scenarios.current(connection)
        }
        found = await edits.every(connection)
        heeded = {name: tuple(e.version for e in found if e.scenario == name) for name in _scenarios(found)}
        editing = _scenarios(each for each in found if each.open)
        in_force = InForce(number, decode(World, stored), current, heeded, editing)
        return replace(in_force, unheard=await self._unheard(connection, in_force))

    async def _unheard(self, connection: Connection, in_force: InForce) -> frozenset[str]:
        """Each message is told of three times at least, mostly to nobody."""
        heard = {*in_force.triggers, *in_force.reaching}
        for scenario, version in await scenarios.heard(connection):
            heard |= ever_listened_to(await self.plan(scenario, version, connection), in_force.world)
        return frozenset(MESSAGE_EVENTS) - heard

    def _connection(self, connection: Connection | None) -> AbstractAsyncContextManager[Connection]:
        # A second connection inside a transaction would let a full pool wait for itself.
        return nullcontext(connection) if connection else self._database.connection()


def _scenarios(found: Iterable[Edit]) -> frozenset[str]:
    return frozenset(each.scenario for each in found)
