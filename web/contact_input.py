"""People as other systems tell of them: attributes, ids elsewhere, and consents with their proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dsl.catalog import Catalog
from engine import people, subscriptions
from engine.people import Profile
from engine.subscriptions import Statement, UnknownTopic
from store import identities
from web.services import Services
from web.shapes import BatchContactIn, ConsentIn


@dataclass(frozen=True)
class ContactError:
    """Why the person at `index` was left as they were; `pointer` leads to the mistake in their object."""

    index: int
    code: str
    pointer: str
    message: str


async def take(services: Services, given: Sequence[BatchContactIn], source: str) -> list[ContactError]:
    """Create or change people. One with a mistake is left out whole; the others are committed."""
    catalog = (await services.plans.world()).catalog
    errors = [fault for index, each in enumerate(given) for fault in _faults(catalog, index, each)]
    errors += await _clashes(services, given)
    bad = {error.index for error in errors}
    kept = [index for index in range(len(given)) if index not in bad]
    profiles = [Profile(given[index].id, given[index].attributes) for index in kept]
    now = services.clock.now()
    result = await people.upsert(services.database, services.plans, profiles, source=source, now=now)
    for fault in result.errors:
        message = fault.message.removeprefix(f"{fault.attribute}: ")
        index = kept[fault.index]
        errors.append(ContactError(index, "bad_attribute", f"/attributes/{fault.attribute}", message))
    bad |= {error.index for error in errors}
    await _complete(services, [given[index] for index in kept if index not in bad], source)
    return sorted(errors, key=lambda error: error.index)


def _faults(catalog: Catalog, index: int, given: BatchContactIn) -> list[ContactError]:
    """Consents to what the catalog does not have."""
    faults = []
    for place, consent in enumerate(given.consents):
        try:
            subscriptions.pairs(catalog, consent.topic, consent.channel)
        except UnknownTopic as error:
            faults.append(ContactError(index, "unknown_topic", f"/consents/{place}", str(error)))
        if consent.text is not None and consent.text not in catalog.texts:
            known = ", ".join(catalog.texts) or "none"
            message = f"the catalog has no consent text `{consent.text}`; it has {known}"
            faults.append(ContactError(index, "unknown_text", f"/consents/{place}/text", message))
    return faults


async def _clashes(services: Services, given: Sequence[BatchContactIn]) -> list[ContactError]:
    """Ids elsewhere that belong to another person already."""
    wanted = [(kind, value, each.id) for each in given for kind, value in each.identities.items()]
    async with services.database.connection() as connection:
        taken = {(kind, value): owner for kind, value, owner in await identities.taken(connection, wanted)}
    return [
        ContactError(
            index,
            "identity_taken",
            f"/identities/{kind}",
            f"this id belongs to the contact {taken[kind, value]}",
        )
        for index, each in enumerate(given)
        for kind, value in each.identities.items()
        if (kind, value) in taken
    ]


async def _complete(services: Services, given: Sequence[BatchContactIn], source: str) -> None:
    """Ids elsewhere and consents of people who are there now."""
    wanted = [(kind, value, each.id) for each in given for kind, value in each.identities.items()]
    async with services.database.transaction() as connection:
        await identities.add(connection, wanted)
    now = services.clock.now()
    said = [_statement(each.id, consent, now) for each in given for consent in each.consents]
    if said:
        await subscriptions.record(services.database, services.plans, said, source=source, now=now)


def _statement(contact_id: str, consent: ConsentIn, now: datetime) -> Statement:
    return Statement(
        contact_id,
        consent.topic,
        consent.channel,
        consent.state,
        min(consent.at or now, now),
        consent.basis,
        consent.text,
        consent.proof,
    )
