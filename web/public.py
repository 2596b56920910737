"""What the pages for the people we write to have in common: their language, and the page for a bad link."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from dsl.plan import World
from engine.links import BadToken, Grant, Purpose
from store import contacts, merges
from web.pages import page
from web.services import Services
from web.words import Words, accepted, words_for


@dataclass(frozen=True)
class Visitor:
    """Who holds a link that we signed, and the words for them."""

    grant: Grant
    contact_id: str
    words: Words
    world: World

    def topic_title(self) -> str:
        """The title of the link's topic as people know it."""
        topic = self.world.catalog.topics.get(self.grant.topic or "")
        return topic.title_in(self.words["lang"]) if topic else self.grant.topic or ""


async def visitor(services: Services, token: str, purpose: Purpose) -> Visitor | None:
    """Whoever holds this token; None when we did not sign it for this purpose, without saying why."""
    try:
        grant = services.links.read(token)
    except BadToken:
        return None
    if grant.purpose != purpose or grant.contact_id is None:
        return None
    async with services.database.connection() as connection:
        contact_id = await merges.winner_of(connection, grant.contact_id)
        people = await contacts.read(connection, [contact_id])
    world = await services.plans.world()
    locale = people[0]["locale"] if people else None
    return Visitor(grant, contact_id, words_for(locale, world.catalog.locales), world)


async def bad_link(request: Request, services: Services) -> HTMLResponse:
    """The page for a link that we did not sign, in the reader's language."""
    world = await services.plans.world()
    words = words_for(None, [*accepted(request.headers.get("accept-language")), *world.catalog.locales])
    return page("bad_link.html", status=404, words=words, brand=world.catalog.brand)
