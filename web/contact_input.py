"""People as other systems tell of them: attributes, ids elsewhere, and consents with their proof."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from dsl.catalog import Catalog
from engine import people, subscriptions
from engine.people import Profile, ProfileError
from engine.statements import Statement
from engine.subscriptions import UnknownTopic
from store import consents, identities
from store.database import Connection, Row
from web.problems import Problem
from web.services import Services
from web.shapes import BatchContactIn, ConsentIn

Held: TypeAlias = Mapping[tuple[str, str, str], Row]
"""(contact, topic, channel) to the line of the ledger that holds."""


@dataclass(frozen=True)
class ContactError:
    """Why the person at `index` was left as they were; `pointer` leads to the mistake in their object."""

    index: int
    code: str
    pointer: str
    message: str


async def take(services: Services, given: Sequence[BatchContactIn], source: str) -> list[ContactError]:
    """Create or change people, in one transaction. One with a mistake is left out whole.

    Raises Problem 409 where an id elsewhere was given to somebody else at the same moment.
    """
    now = services.clock.now()
    async with services.database.transaction() as connection:
        catalog = (await services.plans.world(connection)).catalog
        held = await _held(connection, given)
        errors = [fault for index, each in enumerate(given) for fault in _faults(catalog, held, index, each)]
        errors += await _clashes(connection, given)
        bad = {error.index for error in errors}
        kept = [index for index in range(len(given)) if index not in bad]
        profiles = [Profile(given[index].id, given[index].attributes) for index in kept]
        result = await people.upsert_within(connection, catalog, profiles, source=source, now=now)
        errors += [_refused(kept[fault.index], fault) for fault in result.errors]
        bad = {error.index for error in errors}
        good = [given[index] for index in kept if index not in bad]
        await _name(connection, good)
        said = [each for person in good for each in _said(person, held, now)]
        if said:
            await subscriptions.record_within(connection, services.plans, said, source=source, now=now)
    return sorted(errors, key=lambda error: error.index)


async def _held(connection: Connection, given: Sequence[BatchContactIn]) -> Held:
    """What holds for those of whom consents are told."""
    concerned = {each.id for each in given if each.consents}
    found = await consents.latest(connection, concerned) if concerned else []
    return {(row["contact_id"], row["topic"], row["channel"]): row for row in found}


def _faults(catalog: Catalog, held: Held, index: int, given: BatchContactIn) -> Iterator[ContactError]:
    """Consents to what the catalog does not have, and undated ones against a withdrawal."""
    for place, consent in enumerate(given.consents):
        try:
            subscriptions.pairs(catalog, consent.topic, consent.channel)
        except UnknownTopic as error:
            yield ContactError(index, "unknown_topic", f"/consents/{place}", str(error))
        if consent.text is not None and consent.text not in catalog.texts:
            known = ", ".join(catalog.texts) or "none"
            message = f"the catalog has no consent text `{consent.text}`; it has {known}"
            yield ContactError(index, "unknown_text", f"/consents/{place}/text", message)
        before = held.get((given.id, consent.topic, consent.channel))
        if consent.at is None and consent.state == "granted" and before and before["state"] == "withdrawn":
            message = f"was withdrawn on {before['at']:%Y-%m-%d}: say by `at` when they agreed anew"
            yield ContactError(index, "withdrawn", f"/consents/{place}/at", message)


async def _clashes(connection: Connection, given: Sequence[BatchContactIn]) -> list[ContactError]:
    """Ids elsewhere that belong to another person already, be it an earlier one of the same batch."""
    wanted = [(kind, value, each.id) for each in given for kind, value in each.identities.items()]
    taken = {(kind, value): owner for kind, value, owner in await identities.taken(connection, wanted)}
    for kind, value, owner in wanted:
        taken.setdefault((kind, value), owner)
    return [
        ContactError(
            index,
            "identity_taken",
            f"/identities/{kind}",
            f"this id belongs to the contact {taken[kind, value]}",
        )
        for index, each in enumerate(given)
        for kind, value in each.identities.items()
        if taken[kind, value] != each.id
    ]


def _refused(index: int, fault: ProfileError) -> ContactError:
    if fault.message == people.ERASED:
        return ContactError(index, "erased", "/id", fault.message)
    message = fault.message.removeprefix(f"{fault.attribute}: ")
    return ContactError(index, "bad_attribute", f"/attributes/{fault.attribute}", message)


async def _name(connection: Connection, given: Sequence[BatchContactIn]) -> None:
    """Write ids elsewhere. The contacts are locked, and the ids are not: somebody may have been faster."""
    wanted = sorted((kind, value, each.id) for each in given for kind, value in each.identities.items())
    await identities.add(connection, wanted)
    for kind, _, owner in await identities.taken(connection, wanted):
        detail = f"An id of kind `{kind}` was given to the contact {owner} just now. Nothing was stored."
        raise Problem(409, "identity-taken", "An id was taken meanwhile", detail)


def _said(given: BatchContactIn, held: Held, now: datetime) -> Iterator[Statement]:
    """Their statements. One without a date that only repeats what holds says nothing new."""
    for each in given.consents:
        before = held.get((given.id, each.topic, each.channel))
        if each.at is not None or before is None or not _repeats(each, before):
            at = min(each.at or now, now)
            yield Statement(
                given.id, each.topic, each.channel, each.state, at, each.basis, each.text, each.proof
            )


def _repeats(consent: ConsentIn, held: Row) -> bool:
    said = (consent.state, consent.basis, consent.text)
    return said == (held["state"], held["basis"], held["text_version"])
