"""Whom a request is about: by our id, or by what else its sender knows them by."""

from collections.abc import Mapping

from engine.identifying import Named, NotIdentified, identify
from store import contacts, merges
from store.database import Row
from web.problems import Problem
from web.services import Services

STATUSES = {"unknown_contact": 404, "unknown_identity": 404, "shared_identity": 409, "identities_differ": 409}
"""Of who is not found, by the code of the reason; 422 of any other."""


async def existing(services: Services, contact_id: str, *, erased_too: bool = False) -> Row:
    """The person of an id, which may be one that was merged into theirs. Raises Problem (404)."""
    async with services.database.connection() as connection:
        contact_id = await merges.winner_of(connection, contact_id)
        found = await contacts.read(connection, [contact_id])
    if not found or (found[0]["erased_at"] is not None and not erased_too):
        detail = "There is no contact of this id: create it with PUT /v1/contacts/{id}."
        raise Problem(404, "unknown-contact", "Nobody has this id", detail)
    return found[0]


async def named(services: Services, contact_id: str | None, identities: Mapping[str, str]) -> Row:
    """The person to whom an id of ours, other identities or both lead.

    Raises Problem: 404 where nobody is found, 409 where they lead to several people, 422 where there is
    nothing to find somebody by.
    """
    if contact_id is None and not identities:
        detail = 'Give `contact`, your own id, or `identities`, like `{"email": "zoe@example.com"}`.'
        raise Problem(422, "nobody-named", "Nobody is named", detail)
    async with services.database.connection() as connection:
        (found,) = await identify(connection, [Named(contact_id, identities)])
    if isinstance(found, NotIdentified):
        status = STATUSES.get(found.code, 422)
        raise Problem(
            status, found.code.replace("_", "-"), "It is not clear who is meant", f"{found.message}."
        )
    return await existing(services, found)
