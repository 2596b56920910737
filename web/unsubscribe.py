"""The unsubscribe link: a page that changes nothing, and a POST that acts at once (RFC 8058).

The same address serves the person and the mailbox provider's one-click button. No cookie, no redirect, no
login, whatever the body: the token alone says who and what.
"""

from fastapi import Request
from fastapi.responses import HTMLResponse

from web import choices
from web.pages import page
from web.public import Visitor, bad_link, visitor
from web.services import Services, Use


async def show(request: Request, services: Use, token: str) -> HTMLResponse:
    """Ask. Scanners and previews follow links, so that looking must change nothing."""
    who = await visitor(services, token, "unsubscribe")
    return await bad_link(request, services) if who is None else _page(services, who, done=False)


async def act(request: Request, services: Use, token: str) -> HTMLResponse:
    """Unsubscribe; 200 however often it is asked."""
    who = await visitor(services, token, "unsubscribe")
    if who is None:
        return await bad_link(request, services)
    topic, channel = who.grant.topic or "", who.grant.channel or "email"
    proof = {"message": who.grant.message_uid}
    await choices.record(
        services, who.contact_id, withdrawn=[(topic, channel)], source="unsubscribe link", proof=proof
    )
    return _page(services, who, done=True)


def _page(services: Services, who: Visitor, *, done: bool) -> HTMLResponse:
    channel = who.grant.channel or "email"
    return page(
        "unsubscribe.html",
        words=who.words,
        brand=who.world.catalog.brand,
        topic=who.topic_title(),
        channel=who.words.get(channel, channel),
        preferences=services.links.preferences(who.contact_id),
        done=done,
    )
