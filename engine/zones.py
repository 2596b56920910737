"""The zones in which the people of the base live."""

from dsl.plan import World
from engine.territory import POSTCODE_NAMES, SUBDIVISION_NAMES, zone_of
from store import occurrences
from store.database import Database
from store.occurrences import Placed

PLACE_NAMES = ("country", *SUBDIVISION_NAMES, *POSTCODE_NAMES)
"""The attributes that, beside their own zone, decide in which one people live."""


async def zones_of_base(database: Database, world: World) -> tuple[str, ...]:
    """Every zone that somebody lives in, and the default, in the order of the alphabet."""
    async with database.connection() as connection:
        found = await occurrences.places(connection, PLACE_NAMES)
    zones = {zone_in(Placed("", own, place), world) for own, place in found}
    return tuple(sorted(zones | {world.policy.default_zone}))


def zone_in(placed: Placed, world: World) -> str:
    """The zone of a contact of a page."""
    attributes = dict(zip(PLACE_NAMES, placed.place, strict=True)) | {"timezone": placed.timezone}
    return zone_of(attributes, world.policy)
