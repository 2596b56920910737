"""The studio: what runs, what leaves, and what happened to somebody. It changes nothing but the audit."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from markupsafe import Markup

from dsl.diagram import mermaid, outline, svg
from dsl.diagram_svg import STYLE, Counts
from dsl.diagram_words import card
from dsl.plan import Plan
from engine import households, masking, staleness
from engine.explain import UnknownScenario, explain
from engine.explanation_text import lines
from engine.known_then import NothingKnown
from engine.territory import zone_of
from engine.typed import attributes
from store import studio
from store.database import Connection
from web import previews
from web.frame import frame
from web.life import Sieve, life, person_of
from web.pages import MESSAGE_POLICY, page
from web.problems import Problem
from web.services import Services, Use
from web.sightings import Seen, Sightings
from web.visits import Here, Perhaps, Visit

LETTERS_SHOWN = 8
NO_COUNTS = studio.ScenarioCounts({}, {}, 0, 0, 0)


@dataclass(frozen=True)
class Shown:
    """A scenario as a page shows it; `diagram` is trusted SVG of our own."""

    plan: Plan
    version: int
    counts: studio.ScenarioCounts
    diagram: Markup


async def home(services: Use, visit: Here, seen: Seen) -> HTMLResponse:
    """All scenarios with their diagrams and live counts, and the messages that left last."""
    async with services.database.connection() as connection:
        counts = await studio.counts(connection)
        overview = await studio.overview(connection)
        last = await _last(services, connection, visit, None)
    current = await services.plans.current()
    shown = [
        _shown(version, plan, counts.get(name, NO_COUNTS))
        for name, (version, plan) in sorted(current.items())
    ]
    names = await frame(services, visit, "scenarios")
    return page(
        "home.html",
        **names,
        scenarios=shown,
        overview=overview,
        letters=await _shown_again(services, visit, seen, last),
        scenario="",
    )


async def letters(services: Use, visit: Here, seen: Seen, scenario: str | None = None) -> HTMLResponse:
    """The list of the messages that left last, for a page that is already open."""
    async with services.database.connection() as connection:
        last = await _last(services, connection, visit, scenario or None)
    zone = (await services.plans.world()).policy.default_zone
    shown = await _shown_again(services, visit, seen, last)
    return page("letters.html", letters=shown, zone=zone, scenario=scenario or "")


async def scenario(
    services: Use, visit: Here, seen: Seen, name: str, step: str | None = None
) -> HTMLResponse:
    """One scenario at full size; with `step`, who is there now."""
    version, plan = await _current(services, name)
    async with services.database.connection() as connection:
        counts = (await studio.counts(connection)).get(name, NO_COUNTS)
        overview = await studio.overview(connection)
        last = await _last(services, connection, visit, name)
        people = await studio.people_at(connection, name, step) if step and visit.may("people") else []
    here = plan.by_id.get(step) if step else None
    await seen.note(visit.actor, "step", [each["contact_id"] for each in people], masked=visit.masked)
    return page(
        "scenario.html",
        **await frame(services, visit, "scenarios"),
        shown=_shown(version, plan, counts),
        overview=overview,
        letters=await _shown_again(services, visit, seen, last),
        step=card(here) if here else None,
        step_id=step,
        people=people,
        outline=list(outline(plan)),
        scenario=name,
    )


async def drawing(services: Use, name: str, form: str) -> Response:
    """The diagram alone, as SVG or as Mermaid text."""
    _, plan = await _current(services, name)
    if form == "svg":
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return Response(svg(plan), media_type="image/svg+xml", headers=headers)
    if form == "mermaid":
        return PlainTextResponse(mermaid(plan))
    raise Problem(404, "not-found", "No such drawing", "A diagram comes as `svg` or `mermaid`.")


async def contacts(services: Use, visit: Here, seen: Seen, q: str = "") -> HTMLResponse:
    """People found by id, email, phone or name; where these are masked, by the id or a whole address.

    By parts of what is hidden one could guess it letter by letter.
    """
    async with services.database.connection() as connection:
        find = studio.find_contacts_whole if visit.masked else studio.find_contacts
        found = await find(connection, q)
    await seen.note(visit.actor, "search", [each["id"] for each in found], masked=visit.masked)
    found = [masking.found(each) for each in found] if visit.masked else found
    names = await frame(services, visit, "contacts") | {"words": q}
    return page("contacts.html", **names, found=found, limit=studio.PEOPLE_SHOWN)


async def contact(services: Use, visit: Here, seen: Seen, contact_id: str) -> HTMLResponse:
    """One person: attributes, consents, runs with their workflows, and all that happened."""
    async with services.database.connection() as connection:
        person = await person_of(connection, contact_id)
        contact_id = person["id"]
        names: dict[str, Any] = {
            "person": person,
            "consents": await studio.contact_consents(connection, contact_id),
            "blocks": await studio.contact_blocks(
                connection, contact_id, services.plans.addresses.hashes_of(person)
            ),
            "runs": await studio.contact_runs(connection, contact_id),
        }
        world = await services.plans.world(connection)
        names["home"] = await households.home_of(connection, world, person)
        names["stale"] = await staleness.of_person(
            connection, world.catalog, contact_id, services.clock.now()
        )
        zone = zone_of(attributes(world.catalog, person), world.policy)
        names |= await life(connection, world.catalog, person, zone, visit, Sieve())
    await seen.note(visit.actor, "contact", [contact_id], masked=visit.masked)
    if visit.masked:
        names["person"] = masking.person(world.catalog, person)
    around = await frame(services, visit, "contacts") | {"zone": zone}
    return page("contact.html", **around, **names, workflow=_workflow(services))


async def why(
    services: Use, visit: Here, seen: Seen, contact_id: str, scenario: str | None = None
) -> HTMLResponse:
    """Why a person did or did not get something, in words; of one scenario where it is given."""
    now = services.clock.now()
    try:
        async with services.database.connection() as connection:
            told = await explain(connection, services.plans, contact_id, now, scenario=scenario)
    except (NothingKnown, UnknownScenario) as error:
        raise Problem(404, "nothing-known", "Nothing is known", f"{error}.") from None
    await seen.note(visit.actor, "why", [contact_id], masked=visit.masked)
    around = await frame(services, visit, "contacts") | {"zone": told.zone}
    said = [masking.words(line) if visit.masked else line for line in lines(told)]
    return page("why.html", **around, contact=contact_id, scenario=scenario, lines=said)


async def message(services: Use, visit: Here, seen: Seen, uid: str) -> HTMLResponse:
    """One message, as it would look, with what became of it."""
    letter = await _letter(services, visit, seen, uid)
    shown = await previews.shown(services, letter)
    reason = letter.row["reason"]
    row = {**letter.row, "reason": masking.words(reason) if reason and visit.masked else reason}
    return page("message.html", **await frame(services, visit, ""), row=row, shown=shown)


async def message_body(services: Use, visit: Here, seen: Seen, uid: str) -> HTMLResponse:
    """The message alone, for a sandboxed frame."""
    shown = await previews.shown(services, await _letter(services, visit, seen, uid))
    headers = {
        "Content-Security-Policy": MESSAGE_POLICY,
        "Cache-Control": "private, max-age=60",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(previews.in_a_frame(shown), headers=headers)


async def diagram_style() -> Response:
    """The style sheet of the diagrams, once for all diagrams of a page."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=300"})


async def api_page(request: Request, services: Use, visit: Perhaps) -> HTMLResponse:
    """The API for integrators, from the same description as /openapi.json."""
    described: dict[str, Any] = request.app.openapi()
    operations = [
        {"path": path, "verb": verb.upper(), **operation}
        for path, verbs in described["paths"].items()
        for verb, operation in verbs.items()
    ]
    return page("api.html", **await frame(services, visit, "api"), api=described, operations=operations)


async def _current(services: Services, name: str) -> tuple[int, Plan]:
    found = (await services.plans.current()).get(name)
    if found is None:
        detail = f"No scenario `{name}` is published. The published ones are at /."
        raise Problem(404, "unknown-scenario", "No such scenario", detail)
    return found


def _shown(version: int, plan: Plan, counts: studio.ScenarioCounts) -> Shown:
    numbers = Counts(counts.now, counts.sent, counts.entered, counts.ended)
    link = f"/scenarios/{quote(plan.scenario)}?step="
    drawn = svg(plan, counts=numbers, step_link=link, style=False)
    return Shown(plan, version, counts, Markup(drawn))  # noqa: S704 - our own drawing, whose texts are escaped


async def _letter(services: Services, visit: Visit, seen: Sightings, uid: str) -> previews.Letter:
    async with services.database.connection() as connection:
        found = await previews.letters(services, connection, [uid], masked=visit.masked)
    if not found:
        raise Problem(404, "unknown-message", "No such message", f"No message has the id {uid}.")
    await seen.note(visit.actor, "message", [found[0].row["contact_id"]], masked=visit.masked)
    return found[0]


async def _last(
    services: Services, connection: Connection, visit: Visit, scenario: str | None
) -> list[previews.Letter]:
    """The messages that left last, yet to be rendered; none where no people are shown."""
    if not visit.may("people"):
        return []
    rows = await studio.last_messages(connection, scenario, LETTERS_SHOWN)
    uids = [row["uid"] for row in rows]
    return await previews.letters(services, connection, uids, masked=visit.masked)


async def _shown_again(
    services: Services, visit: Visit, seen: Sightings, last: list[previews.Letter]
) -> list[tuple[Any, previews.Preview]]:
    people = [each.row["contact_id"] for each in last]
    await seen.note(visit.actor, "last messages", people, masked=visit.masked)
    return [(each.row, await previews.shown(services, each)) for each in last]


def _workflow(services: Services) -> str | None:
    """The address of a workflow in the Temporal UI, to which its id is added."""
    if not services.temporal_ui:
        return None
    return f"{services.temporal_ui.rstrip('/')}/namespaces/{quote(services.temporal_namespace)}/workflows/"
