"""Messages shown again as they would look today: same template, same variables, nothing tracked."""

import asyncio
import html
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsl.codec import decode_value
from dsl.plan import World
from engine import masking
from engine.rendering import Draft
from engine.template_sandbox import Unrenderable
from engine.territory import zone_of
from engine.typed import attributes
from store import contacts, studio
from store.database import Connection, Row
from web.services import Services

NOBODY = "preview"
GONE = "This message cannot be shown again: "


@dataclass(frozen=True)
class Preview:
    """A message as a reader sees it. `page` is HTML for emails; `body` is text for the others.

    `fault` says why it cannot be shown; then subject, page and body are empty.
    """

    uid: str
    channel: str
    subject: str = ""
    page: str = ""
    body: str = ""
    fault: str | None = None


@dataclass(frozen=True)
class Letter:
    """A message with all that showing it again needs; `person` is None where there is none any more.

    `masked`: shown without what is personal, and its links lead to pages of nobody.
    """

    row: Row
    person: Row | None
    world: World
    masked: bool


async def letters(
    services: Services, connection: Connection, uids: Sequence[str], *, masked: bool
) -> list[Letter]:
    """Messages by their ids, in that order; unknown ids are left out.

    Read apart from `shown`, which takes long: nothing is rendered while a connection is held.
    """
    world = await services.plans.world(connection)
    rows = await studio.messages(connection, uids)
    people = await contacts.read(connection, {row["contact_id"] for row in rows})
    by_id = {person["id"]: person for person in people}
    return [Letter(row, by_id.get(row["contact_id"]), world, masked) for row in rows]


async def shown(services: Services, letter: Letter) -> Preview:
    """A message rendered again for its person."""
    row, person = letter.row, letter.person
    empty = Preview(row["uid"], row["channel"])
    if person is None or person["erased_at"] is not None:
        return replace(empty, fault=f"{GONE}the person was erased.")
    draft = _draft(row, person, letter.world)
    draft = _masked(draft, letter.world) if letter.masked else draft
    try:
        # MJML is compiled in native code for tens of milliseconds: not on the event loop.
        return await asyncio.to_thread(_render, services, row["channel"], draft, letter.world, empty)
    except Unrenderable as error:
        return replace(empty, fault=f"{GONE}{error}")


def in_a_frame(shown: Preview) -> str:
    """The HTML document for a sandboxed frame."""
    if shown.page:
        return shown.page
    text = html.escape(shown.fault or shown.body)
    return f"<!doctype html><meta charset=utf-8><title>Message</title><p>{text}"


def _render(services: Services, channel: str, draft: Draft, world: World, empty: Preview) -> Preview:
    if channel == "email":
        email = services.renderer.email(draft, world)
        return replace(empty, subject=email.subject, page=email.html)
    return replace(empty, body=services.renderer.sms(draft, world).body)


def _masked(draft: Draft, world: World) -> Draft:
    """The same message to nobody, with what is personal hidden."""
    return replace(
        draft,
        contact_id=NOBODY,
        attributes=masking.values(world.catalog, draft.attributes),
        variables=masking.outside(dict(draft.variables)),
    )


def _draft(row: Row, person: Row, world: World) -> Draft:
    values = attributes(world.catalog, person)
    return Draft(
        message=row["message"],
        contact_id=row["contact_id"],
        message_uid=row["uid"],
        scenario=row["scenario"],
        step=row["step"],
        topic=row["topic"],
        message_class=row["class"],
        locale=person["locale"],
        zone=zone_of(values, world.policy),
        attributes=values,
        variables=decode_value(row["variables"]),
        sender=row["sender"],
    )
