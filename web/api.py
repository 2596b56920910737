"""The API for other systems: events and people."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Body, Depends, Path, Query, Response
from pydantic import AfterValidator, AwareDatetime, Discriminator, Field, Tag

from engine import privacy, timeline
from engine.access import AccessKey
from engine.contact_ids import check_id
from engine.contact_shapes import BatchContactIn, ContactIn
from engine.explain import UnknownScenario, explain
from engine.explanation import Explanation
from engine.ingest import Incoming, Ingested, ingest
from engine.known_then import NothingKnown
from engine.timeline import BadCursor, Page
from store import identities, studio
from web.access import Scoped
from web.contact_input import take
from web.examples import CONTACT_EXAMPLES, CONTACTS_EXAMPLES, EVENT_EXAMPLES
from web.problems import Problem
from web.services import Services, Use
from web.shapes import (
    MAX_EVENTS,
    ContactOut,
    ContactsOut,
    EventError,
    EventIn,
    EventsOut,
    TimelineIn,
)
from web.sightings import Seen
from web.whom import STATUSES, existing

PROBLEMS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
"""Statuses of the problems that any of these may answer with."""

ForEvents = Annotated[AccessKey, Depends(Scoped("events"))]
ForContacts = Annotated[AccessKey, Depends(Scoped("contacts"))]
ContactId = Annotated[str, Path(min_length=1, max_length=200, description="Your own id for the person.")]


NewContactId = Annotated[ContactId, AfterValidator(check_id)]
"""Of somebody who may be new: asked by an id that nobody can have, we answer that nobody has it."""


def _one_or_many(body: Any) -> str:
    return "many" if isinstance(body, list) else "one"


OneOrMany = Annotated[
    Annotated[EventIn, Tag("one")]
    | Annotated[list[EventIn], Field(min_length=1, max_length=MAX_EVENTS), Tag("many")],
    Discriminator(_one_or_many),
    Body(openapi_examples=EVENT_EXAMPLES),
]


async def post_events(services: Use, key: ForEvents, body: OneOrMany) -> EventsOut:
    """Tell what happened: one event, or a list of up to 1,000.

    Committed before the answer: after a 202 nothing is lost. A list is taken event by event: those with a
    mistake are listed in `errors`, the others are in. A single
    event with a mistake is a problem (404, 409 or 422).
    """
    now = services.clock.now()
    if isinstance(body, list):
        incoming = [_incoming(each, now) for each in body]
        result = await ingest(services.database, services.plans, incoming, source=_source(key), now=now)
    else:
        result = await services.door.ingest(_incoming(body, now), source=_source(key), now=now)
        if result.errors:
            raise _refused(result)
    errors = [EventError(index=e.index, code=e.code, message=e.message) for e in result.errors]
    return EventsOut(accepted=result.accepted, duplicates=result.duplicates, errors=errors)


def _incoming(event: EventIn, now: datetime) -> Incoming:
    return Incoming(event.id, event.name, event.contact, event.at or now, event.with_, event.identities)


def _refused(result: Ingested) -> Problem:
    error = result.errors[0]
    status = STATUSES.get(error.code, 422)
    detail = error.message if error.message.endswith("?") else f"{error.message}."
    return Problem(status, error.code.replace("_", "-"), "The event was not taken", detail)


async def put_contact(
    services: Use,
    key: ForContacts,
    contact_id: NewContactId,
    body: Annotated[ContactIn, Body(openapi_examples=CONTACT_EXAMPLES)],
) -> ContactOut:
    """Create a person or change them: attributes that are left out stay as they are.

    Consents are added to the ledger with their proof; a withdrawal releases what was about to leave.
    """
    errors = await take(services, [BatchContactIn(id=contact_id, **dict(body))], _source(key))
    if errors:
        told = [{"pointer": error.pointer, "detail": error.message} for error in errors]
        detail = "What is to be corrected is listed in `errors`. Nothing was stored."
        raise Problem(422, "bad-contact", "The person is not as declared", detail, errors=told)
    return await _shown(services, contact_id)


async def post_contacts(
    services: Use,
    key: ForContacts,
    body: Annotated[
        list[BatchContactIn],
        Field(min_length=1, max_length=MAX_EVENTS),
        Body(openapi_examples=CONTACTS_EXAMPLES),
    ],
) -> ContactsOut:
    """Create or change up to 1,000 people; those with a mistake are listed and left as they were."""
    errors = await take(services, body, _source(key))
    refused = {error.index for error in errors}
    told = [EventError(index=e.index, code=e.code, message=f"{e.pointer}: {e.message}") for e in errors]
    return ContactsOut(accepted=len(body) - len(refused), errors=told)


async def get_contact(services: Use, key: ForContacts, seen: Seen, contact_id: ContactId) -> ContactOut:
    """A person as kept: attributes, and the consents that hold."""
    shown = await _shown(services, contact_id)
    await seen.note(_source(key), "api", [contact_id], masked=False)
    return shown


async def _shown(services: Services, contact_id: str) -> ContactOut:
    row = await existing(services, contact_id)
    contact_id = row["id"]
    async with services.database.connection() as connection:
        consents = await studio.contact_consents(connection, contact_id)
        known_as = await identities.of_contact(connection, contact_id)
    columns = ("email", "phone", "locale", "timezone", "is_professional")
    held = {name: row[name] for name in columns if row[name] is not None}
    values = {**held, **row["attributes"]}
    return ContactOut(id=contact_id, attributes=values, identities=known_as, consents=consents)


async def get_why(
    services: Use,
    key: ForContacts,
    seen: Seen,
    contact_id: ContactId,
    scenario: Annotated[str | None, Query(description="Only this scenario.")] = None,
    at: Annotated[AwareDatetime | None, Query(description="Only what was known then; default: now.")] = None,
) -> Explanation:
    """Why a person did or did not get something: what was decided, and from which facts.

    Each decision of each run with the limit and the messages that filled it, the consent that was missing,
    the hours, the exit or goal that fired and the next possible instant; and the entries that were refused.
    """
    await existing(services, contact_id, erased_too=True)
    await seen.note(_source(key), "api why", [contact_id], masked=False)
    now = services.clock.now()
    if at and at > now:
        detail = "`at` is still to come: nothing is known of it yet."
        raise Problem(422, "bad-instant", "This instant has not come", detail)
    try:
        async with services.database.connection() as connection:
            return await explain(connection, services.plans, contact_id, at or now, scenario=scenario)
    except UnknownScenario as error:
        raise Problem(404, "unknown-scenario", "No such scenario", f"{error}.") from None
    except NothingKnown as error:
        raise Problem(404, "nothing-known", "Nothing was known", f"{error}.") from None


async def get_timeline(
    services: Use, key: ForContacts, seen: Seen, contact_id: ContactId, query: Annotated[TimelineIn, Query()]
) -> Page:
    """What a person and the brand have done together, newest first, over all media and both directions.

    Events of other systems, messages and what came of them, tasks, consents, scenarios entered and ended,
    changes of the profile: when, which way, where, by whom, why, with what outcome, and what follows.
    """
    contact = (await existing(services, contact_id))["id"]
    await seen.note(_source(key), "api timeline", [contact], masked=False)
    try:
        asked = query.asked()
    except BadCursor as error:
        raise Problem(422, "bad-cursor", "No page gave this cursor", f"{error}.".capitalize()) from None
    async with services.database.connection() as connection:
        catalog = (await services.plans.world(connection)).catalog
        return await timeline.read(connection, catalog, contact, asked)


async def delete_contact(services: Use, key: ForContacts, contact_id: ContactId) -> Response:
    """Erase a person (GDPR, article 17): 204, also when asked twice.

    Their runs end, planned messages are released, their data goes. A keyed hash of the address stays, so
    that an import does not write to them again.
    """
    await existing(services, contact_id, erased_too=True)
    now = services.clock.now()
    await privacy.erase(services.database, services.plans, contact_id, source=_source(key), now=now)
    return Response(status_code=204)


def _source(key: AccessKey) -> str:
    return f"api/{key.name}"
