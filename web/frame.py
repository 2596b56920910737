"""What every page of the studio shows around its content."""

from typing import Any

from store import pauses
from store.pauses import Pause
from web.services import Services
from web.visits import Visit, form_token


async def frame(services: Services, visit: Visit | None, here: str) -> dict[str, Any]:
    """Names for `base.html`; `here` is the entry of the navigation that the page belongs to, or ''.

    Who is nobody yet (`visit` None) gets no more of it than the way in.
    """
    world = await services.plans.world()
    paused: list[Pause] = []
    if visit is not None:
        async with services.database.connection() as connection:
            paused = await pauses.in_force(connection)
    token = form_token(visit.binding) if visit and visit.binding else ""
    return {
        "brand": world.catalog.brand.name,
        "here": here,
        "zone": world.policy.default_zone,
        "now": services.clock.now(),
        "words": "",
        "paused": paused,
        "visit": visit,
        "may": visit.rights if visit else frozenset(),
        # What changes something is offered to who may and can: a key sends no forms.
        "acts": bool(visit and visit.may("act") and token),
        "form_token": token,
    }
