"""Who came into a segment or went out of it, as seen for some people at once: remembered, and entered.

Membership and entries are one transaction that holds the people's locks, so that whoever looks again finds
nothing new, and nobody enters twice for one coming.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from dsl.evaluate import holds
from dsl.needs import needs_of
from engine.entry import Candidate, enter
from engine.facts import BEGINNING, Asked, of_rows
from engine.matching import IMPORT
from engine.naming import CHANGED
from engine.plans import InForce, Plans
from engine.scopes import scope_of_person
from engine.segment_rules import SegmentLook
from store import contacts, segment_looks
from store.database import Connection, Row
from store.segment_looks import Name

CREATED = "contact.created"


def name_of(look: SegmentLook) -> Name:
    """The trigger as the tables name it."""
    return Name(look.plan.scenario, look.name)


async def settle(
    connection: Connection,
    plans: Plans,
    look: SegmentLook,
    concerned: Collection[str],
    aloud: Collection[str],
    now: datetime,
) -> int:
    """Look at people, whom this locks; those of `aloud` who came or went enter. How many entered."""
    living = [row for row in await contacts.lock(connection, concerned) if row["erased_at"] is None]
    inside = await _inside(connection, plans, look, living, now)
    before = await segment_looks.members(connection, name_of(look), concerned)
    came, went = inside - before, before - inside
    await segment_looks.write(connection, name_of(look), came, went, now)
    moved = sorted((came if look.trigger.direction == "entered" else went) & set(aloud))
    if not moved:
        return 0
    candidates = [Candidate(each, look.place) for each in moved]
    return len((await enter(connection, plans, look.plan.scenario, candidates, now)).runs)


async def _inside(
    connection: Connection, plans: Plans, look: SegmentLook, rows: Sequence[Row], now: datetime
) -> set[str]:
    names = {
        need.event: BEGINNING if need.seconds is None else now - timedelta(seconds=need.seconds)
        for need in needs_of([look.formula.root], look.world)
    }
    asked = Asked((), names=names)
    known = await of_rows(connection, plans, await plans.in_force(connection), rows, now, asked)
    return {
        id_ for id_, facts in known.items() if holds(look.formula, scope_of_person(look.plan, facts, now))
    }


# What the router does


async def look_after(
    connection: Connection, plans: Plans, in_force: InForce, batch: Sequence[Row], now: datetime
) -> None:
    """Look at people of whom attributes changed, who are new, or whom an import brought."""
    lines = [line for line in batch if line["name"] in (CREATED, CHANGED)]
    if not lines:
        return
    for look in in_force.segment_looks:
        aloud, silent = _concerned(look, lines)
        if not aloud and not silent:
            continue
        if not look.includes and not await _is_based(connection, look):
            # Before it is known who was inside, only who is new is known to come in.
            aloud &= {line["contact_id"] for line in lines if line["name"] == CREATED}
            silent |= _concerned(look, lines)[0]
        await settle(connection, plans, look, aloud | silent, aloud, now)


def _concerned(look: SegmentLook, lines: Sequence[Row]) -> tuple[set[str], set[str]]:
    """Whom to look at: those who enter if they moved, and those who must not."""
    aloud, silent = set(), set()
    for line in lines:
        if line["name"] == CHANGED and line["properties"].get("attribute") not in look.attributes:
            continue
        if line["properties"].get("source") == IMPORT and not look.includes:
            silent.add(line["contact_id"])
        elif look.is_by_change or line["name"] == CREATED:
            aloud.add(line["contact_id"])
    return aloud - silent, silent


async def _is_based(connection: Connection, look: SegmentLook) -> bool:
    return await segment_looks.is_based(connection, name_of(look), look.definition)
