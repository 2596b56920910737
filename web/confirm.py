"""Double opt-in: a page with a button. Only the button confirms, and nothing here is tracked."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from engine.confirmation import confirm
from web.pages import page
from web.public import Visitor, bad_link, visitor
from web.services import Use


async def show(request: Request, services: Use, token: str) -> HTMLResponse:
    """Ask."""
    who = await visitor(services, token, "confirm")
    return await bad_link(request, services) if who is None else _page(who, done=False)


async def act(request: Request, services: Use, token: str) -> HTMLResponse:
    """Raise `consent.confirmed` for the topic."""
    who = await visitor(services, token, "confirm")
    if who is None:
        return await bad_link(request, services)
    topic, now = who.grant.topic or "", services.clock.now()
    await confirm(services.database, who.contact_id, topic, source="confirmation page", now=now)
    return _page(who, done=True)


def _page(who: Visitor, *, done: bool) -> HTMLResponse:
    brand = who.world.catalog.brand
    return page("confirm.html", words=who.words, brand=brand, topic=who.topic_title(), done=done)
