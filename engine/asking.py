"""Conditions asked of people outside any run: segments, and what is computed of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dsl.needs import needs_of
from dsl.nodes import Expression
from dsl.plan import World
from dsl.scope import Scope
from engine import facts as facts_of
from engine.consent import receiving
from engine.facts import BEGINNING, Asked
from engine.plans import Plans
from engine.scopes import Known
from engine.state import Facts
from store import contacts
from store.database import Connection


async def facts_for(
    connection: Connection,
    plans: Plans,
    ids: Sequence[str],
    expressions: Iterable[Expression],
    now: datetime,
) -> dict[str, Facts]:
    """Facts of contacts by id, as far back as these expressions look at all."""
    in_force = await plans.in_force(connection)
    needed = needs_of(expressions, in_force.world)
    asked = Asked((), names={need.event: BEGINNING for need in needed})
    rows = await contacts.read(connection, ids)
    return await facts_of.of_rows(connection, plans, in_force, rows, now, asked)


def scope_of_person(world: World, facts: Facts, now: datetime) -> Scope:
    """What an expression about a person sees at an instant, in their own zone."""
    return Scope(
        world=world,
        now=now,
        zone=ZoneInfo(facts.zone),
        attributes=facts.attributes,
        history=Known(facts).named,
        can_receive=receiving(facts),
        tracked_since=facts.tracked_since,
    )
