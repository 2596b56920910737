"""What every page of the studio shows around its content."""

from typing import Any

from store import pauses
from web.services import Services


async def frame(services: Services, here: str) -> dict[str, Any]:
    """Names for `base.html`; `here` is the entry of the navigation that the page belongs to, or ''."""
    world = await services.plans.world()
    async with services.database.connection() as connection:
        paused = await pauses.in_force(connection)
    return {
        "brand": world.catalog.brand.name,
        "here": here,
        "zone": world.policy.default_zone,
        "now": services.clock.now(),
        "words": "",
        "paused": paused,
    }
