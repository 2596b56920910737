"""The gallery: every message in every language, light and dark, on a desktop and a phone."""

import asyncio
import html
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import HTMLResponse

from dsl.checks.templates import GMAIL_CUT
from dsl.plan import Plan, World
from dsl.scope import Scope
from engine import gallery
from engine.gallery import SCHEMES, Leaf, Scheme
from engine.previews import drafts_of
from engine.samples import sample_person
from engine.territory import zone_of
from web.frame import frame
from web.pages import MESSAGE_POLICY, page
from web.problems import Problem
from web.services import Services, Use
from web.visits import Here


async def show(services: Use, visit: Here, locale: str | None = None) -> HTMLResponse:
    """All messages as a sample reader would get them; with `locale`, in one language."""
    leaves = await _leaves(services)
    languages = sorted({each.locale for each in leaves})
    return page(
        "gallery.html",
        **await frame(services, visit, "messages"),
        leaves=[each for each in leaves if locale in (None, "", each.locale)],
        languages=languages,
        locale=locale or "",
        schemes=SCHEMES,
        gmail_cut=GMAIL_CUT,
    )


async def body(services: Use, message: str, locale: str, scheme: Scheme = "light") -> Response:
    """One email alone, for a sandboxed frame, as somebody sees it who prefers light or dark."""
    world, scope, plans = await _sample(services)
    drafts = list(drafts_of(message, "email", [plan for _, plan in plans.values()], scope, {}))
    if locale not in services.renderer.templates().locales(message, "email"):
        detail = f"There is no email `{message}` in `{locale}`. All that there are stand at /gallery."
        raise Problem(404, "unknown-message", "No such message", detail)
    leaf = await asyncio.to_thread(gallery.leaf, services.renderer, world, "email", locale, drafts)
    shown = gallery.in_scheme(leaf.page, scheme) or f"<!doctype html><p>{html.escape(leaf.fault or '')}"
    headers = {
        "Content-Security-Policy": MESSAGE_POLICY,
        "Cache-Control": "private, max-age=60",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(shown, headers=headers)


async def _leaves(services: Services) -> list[Leaf]:
    world, scope, plans = await _sample(services)
    current = [plan for _, plan in plans.values()]
    # MJML is compiled in native code for tens of milliseconds: not on the event loop.
    return await asyncio.to_thread(lambda: list(gallery.leaves(services.renderer, world, current, scope)))


async def _sample(services: Services) -> tuple[World, Scope, Mapping[str, tuple[int, Plan]]]:
    """What is in force, and what expressions see of a person who is nobody."""
    in_force = await services.plans.in_force()
    person = sample_person(in_force.world.catalog)
    zone = ZoneInfo(zone_of(person, in_force.world.policy))
    return (
        in_force.world,
        Scope(in_force.world, services.clock.now(), zone, attributes=person),
        in_force.current,
    )
