"""Tracked links and open pixels: only addresses that we signed, only people who agreed."""

import base64

from fastapi import Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from channels.events import DeliveryEvent, EventKind
from channels.machines import PREFETCH_HEADERS, is_machine
from engine import deliveries
from engine.links import BadToken, Grant
from store import studio
from web.public import bad_link
from web.services import Services, Use

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A transparent GIF of one point."""


async def click(request: Request, services: Use, token: str) -> Response:
    """Go on to the link's address. A link that we did not sign leads nowhere."""
    try:
        grant = services.links.read(token)
    except BadToken:
        return await bad_link(request, services)
    if grant.purpose != "click" or grant.url is None:
        return await bad_link(request, services)
    await _record(request, services, grant, "clicked")
    return RedirectResponse(
        grant.url, 302, headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    )


async def opened(request: Request, services: Use, token: str) -> Response:
    """The pixel, whatever the token; an open is kept only where the person agreed to it."""
    try:
        grant = services.links.read(token)
    except BadToken:
        grant = None
    if grant is not None and grant.purpose == "open":
        await _record(request, services, grant, "opened")
    return Response(PIXEL, media_type="image/gif", headers={"Cache-Control": "no-store, private"})


async def _record(request: Request, services: Services, grant: Grant, kind: EventKind) -> None:
    """Raise the event where tracking is agreed to now: a withdrawal acts on what has already left.

    What a mail provider's proxy or a scanner fetches is no act of the person.
    """
    if grant.message_uid is None or _is_fetched_by_machine(request):
        return
    what = "clicks" if kind == "clicked" else "opens"
    async with services.database.connection() as connection:
        row = await studio.message(connection, grant.message_uid)
        if row is None or not await studio.may_track(connection, row["contact_id"], what):
            return
    now = services.clock.now()
    report = DeliveryEvent(
        kind=kind,
        provider="relance",
        channel=row["channel"],
        key=f"relance:{kind}:{grant.message_uid}:{grant.link or grant.url or ''}:{now:%Y%m%d%H%M}",
        at=now,
        message_id=grant.message_uid,
        link=grant.link or grant.url,
    )
    await deliveries.record(services.database, services.plans, [report], now)


def _is_fetched_by_machine(request: Request) -> bool:
    """Whether nobody looks: a HEAD, a proxy or scanner by its name, a browser that loads ahead."""
    ahead = any("prefetch" in request.headers.get(name, "") for name in PREFETCH_HEADERS)
    return request.method == "HEAD" or ahead or is_machine(request.headers.get("user-agent"))
