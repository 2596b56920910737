"""People who live together, as limits of their household see them.

Whoever takes or moves a place under such a limit holds the locks of the person and then of the household, so
that two people of one never count at once. Where policy has no such limit nothing is locked or read.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from dsl.catalog import Catalog
from dsl.frozen import dataclass
from dsl.plan import World
from engine.state import HouseholdMessage, household_of
from store import households
from store.database import Connection, Row

MEMBERS_SHOWN = 20


@dataclass(frozen=True)
class Home:
    """Where somebody lives, and the ids of who lives there now, at most so many of them as are shown."""

    household: str
    members: tuple[str, ...]
    more: bool


async def home_of(connection: Connection, world: World, row: Row) -> Home | None:
    """The household of a row of contacts; None where it is in none."""
    household, attribute = of_row(world, row), world.catalog.household
    if household is None or attribute is None:
        return None
    found = await households.members(connection, attribute, household, MEMBERS_SHOWN + 1)
    return Home(household, tuple(found[:MEMBERS_SHOWN]), len(found) > MEMBERS_SHOWN)


async def lock(connection: Connection, world: World, people: Iterable[Row]) -> None:
    """Lock the households of people who are locked, right after them: before groups, runs or messages.

    Scenarios cannot change who lives together, so that it stays the same for the whole transaction.
    """
    if not world.policy.pressure.of_household:
        return
    found = {household for row in people if (household := of_row(world, row)) is not None}
    if found:
        await households.lock(connection, found)


def of_row(world: World, row: Row) -> str | None:
    """The household of a row of contacts, None where it is not known."""
    return household_of(world.catalog, row["attributes"])


def turn_of(world: World, row: Row) -> tuple[str, str]:
    """What one decision at a time is made of: a household where a limit counts for it, else a person."""
    household = of_row(world, row) if world.policy.pressure.of_household else None
    return ("household", household) if household is not None else ("contact", row["id"])


async def prepare(connection: Connection, catalog: Catalog) -> None:
    """Make the index by which those who live together are found, where the catalog says who does."""
    if catalog.household is not None:
        await households.ensure_index(connection, catalog.household)


async def messages(
    connection: Connection, world: World, people: Sequence[Row], since: datetime
) -> dict[str, tuple[HouseholdMessage, ...]]:
    """What the others in the household of each of these people get, by contact."""
    if not world.policy.pressure.of_household:
        return {}
    homes = {row["id"]: household for row in people if (household := of_row(world, row)) is not None}
    if not homes:
        return {}
    counted: dict[str, list[Row]] = {}
    for row in await households.messages(connection, set(homes.values()), since):
        counted.setdefault(row["household"], []).append(row)
    return {
        contact: tuple(_message(row) for row in counted.get(household, ()) if row["contact_id"] != contact)
        for contact, household in homes.items()
    }


def _message(row: Row) -> HouseholdMessage:
    return HouseholdMessage(
        row["id"], row["channel"], tuple(row["tags"]), row["state"], row["at"], row["local_day"]
    )
