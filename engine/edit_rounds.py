"""New versions brought to people in flight whom nothing else comes to, page by page.

What of them is touched before is done by whoever touches it (`engine.edits`), so that these rounds may take
their time. A page is one transaction; a worker that dies leaves the rest to the next.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from psycopg import OperationalError

from dsl.frozen import dataclass
from engine import faults, households
from engine.editing import fate
from engine.edits import take_over
from engine.plans import Plans
from engine.transition import transition
from store import contacts, operations, pauses, publications
from store import edits as rows
from store.database import Connection, Database
from store.edits import NextInstant, Place, UnderWay

PAGE = 500
"""Runs that one transaction takes over, which is about how many contacts it locks."""

SETTLED_AFTER = timedelta(minutes=1)
"""Real time after which no transaction of before a publication is left: they last seconds."""

OURSELVES = "relance"
"""The actor of what no person asked for at that moment."""


@dataclass(frozen=True)
class Progress:
    """An edit under way, and how many people it has not come to yet."""

    edit: UnderWay
    remaining: int


async def carry_on(
    database: Database, plans: Plans, now: datetime, *, settled: timedelta = SETTLED_AFTER, page: int = PAGE
) -> int:
    """Bring the next people to the version that they are behind, of each edit a page of runs; how many.

    An edit ends when nobody is left and it is `settled`. Any number of workers may.
    """
    async with database.connection() as connection:
        found = await rows.still_open(connection)
    moved = 0
    for scenario, version in found:
        try:
            moved += await _page(database, plans, scenario, version, now, settled, page)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - one edit must not hold up the others
            faults.tell("an edit could not be carried on", error, scenario=scenario, version=version)
    return moved


async def progress(connection: Connection, plans: Plans, scenario: str | None = None) -> tuple[Progress, ...]:
    """The edits that are being carried out, and how far they are."""
    found = await rows.under_way(connection, scenario)
    places = [await _places(connection, plans, each.scenario, each.version) for each in found]
    counts = [
        await rows.remaining(connection, each.scenario, each.version, of_edit)
        for each, of_edit in zip(found, places, strict=True)
    ]
    return tuple(Progress(each, count) for each, count in zip(found, counts, strict=True))


async def _page(
    database: Database,
    plans: Plans,
    scenario: str,
    version: int,
    now: datetime,
    settled: timedelta,
    page: int,
) -> int:
    async with database.transaction() as connection:
        is_settled = await rows.hold(connection, scenario, version, settled)
        if is_settled is None:
            return 0
        places = await _places(connection, plans, scenario, version)
        wanted = await rows.contacts(connection, scenario, version, places, page)
        if wanted:
            return await _take_over(connection, plans, scenario, wanted, now)
        if is_settled:
            await rows.finish(connection, scenario, version, now)
            subject = f"{scenario} version {version}"
            await publications.audit(connection, OURSELVES, "edit finished", subject, {}, now)
    return 0


async def _places(connection: Connection, plans: Plans, scenario: str, version: int) -> list[Place]:
    """The steps of older versions from which people are taken; who stands elsewhere stays where they are."""
    new = await plans.plan(scenario, version, connection)
    found: list[Place] = []
    for number in await rows.older_versions(connection, scenario, version):
        old = await plans.plan(scenario, number, connection)
        found += [(number, step.id) for step in old.steps if fate(old, step.id, new) != "finish"]
    return found


async def _take_over(
    connection: Connection, plans: Plans, scenario: str, wanted: Collection[str], now: datetime
) -> int:
    people = {row["id"]: row for row in await contacts.lock(connection, wanted)}
    behind = await rows.behind(connection, people, scenario)
    ids = [row["id"] for row in behind]
    before = await rows.next_instants(connection, ids)
    in_force = await plans.in_force(connection)
    await households.lock(connection, in_force.world, people.values())
    standing = await take_over(connection, plans, in_force, behind, now)
    if not await _stands_still(connection, scenario):
        # Who moved looks at once: most go on waiting, and their workflows need not know.
        due = [row for row in standing if row["due_at"] is not None and row["due_at"] <= now]
        await transition(connection, plans, due, people, now)
    after = await rows.next_instants(connection, ids)
    await operations.poke(connection, _surprised(before, after), now)
    return len(behind)


async def _stands_still(connection: Connection, scenario: str) -> bool:
    return pauses.over(await pauses.in_force(connection), scenario) is not None


def _surprised(before: Sequence[NextInstant], after: Sequence[NextInstant]) -> set[int]:
    """The groups in which something happens before their workflows would look, or nothing any more."""
    expected = {each.id: each.at for each in before}

    def is_early(each: NextInstant) -> bool:
        known = expected.get(each.id)
        return each.at is not None and (known is None or each.at < known)

    return {each.group_id for each in after if each.status == "ended" or is_early(each)}
