"""People as other systems tell of them: attributes, ids elsewhere, and consents with their proof.

The API and files are held to the same rules, which stand here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from dsl.catalog import Catalog
from engine import people, subscriptions
from engine.people import Profile, ProfileError
from engine.plans import Plans
from engine.sales import NoSale, sales
from engine.statements import Basis, Statement, last_said
from engine.subscriptions import UnknownTopic
from store import consents, contacts, identities, merges
from store.database import Connection, Row

Held: TypeAlias = Mapping[tuple[str, str, str], Row]
"""(contact, topic, channel) to the line of the ledger that holds."""


class IdentityTaken(RuntimeError):
    """An id elsewhere was given to somebody else at the same moment; nothing was stored."""


@dataclass(frozen=True)
class Said:
    """A consent or an objection that is told of a person; `at` is None where nobody said when."""

    topic: str
    channel: str
    state: Literal["granted", "withdrawn"]
    basis: Basis = "consent"
    text: str | None = None
    proof: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True)
class Person:
    """What is told of a person: JSON attributes (null clears one), ids by kind, consents."""

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)
    consents: Sequence[Said] = ()
    at: datetime | None = None
    """Since when the attributes hold; None: from now on."""


@dataclass(frozen=True)
class PersonError:
    """Why the person at `index` was left as they were; `pointer` leads to the mistake in their object."""

    index: int
    code: str
    pointer: str
    message: str


async def take(
    connection: Connection, plans: Plans, given: Sequence[Person], *, source: str, now: datetime
) -> list[PersonError]:
    """Create or change people in a transaction that goes on. One with a mistake is left out whole.

    What is told of somebody who was merged is told of whom they were merged into. Raises IdentityTaken where
    somebody else was faster.
    """
    into = await merges.winners(connection, {each.id for each in given})
    given = [replace(each, id=into.get(each.id, each.id)) for each in given] if into else given
    catalog = (await plans.world(connection)).catalog
    # A withdrawal that is being written is waited for: what is told without a date is older than it.
    await contacts.lock(connection, {each.id for each in given if each.consents})
    held = await held_of(connection, given)
    errors = [
        fault for index, each in enumerate(given) for fault in consent_faults(catalog, held, index, each)
    ]
    errors += await without_sale(connection, catalog, held, given, now)
    errors += await clashes(connection, given)
    bad = {error.index for error in errors}
    kept = [index for index in range(len(given)) if index not in bad]
    profiles = [Profile(given[index].id, given[index].attributes, at=given[index].at) for index in kept]
    result = await people.upsert_within(connection, plans, profiles, source=source, now=now)
    errors += [_refused(kept[fault.index], fault) for fault in result.errors]
    bad = {error.index for error in errors}
    good = [given[index] for index in kept if index not in bad]
    await note(connection, plans, good, held, source=source, now=now)
    return sorted(errors, key=lambda error: error.index)


async def note(
    connection: Connection,
    plans: Plans,
    given: Sequence[Person],
    held: Held,
    *,
    source: str,
    now: datetime,
    silent: bool = False,
) -> None:
    """Write the ids and the statements of people who are locked. Raises IdentityTaken.

    `silent`: no events tell of the statements.
    """
    await _name(connection, given)
    said = [each for person in given for each in _statements(person, held, now)]
    if said:
        await subscriptions.record_within(connection, plans, said, source=source, now=now, silent=silent)


async def held_of(connection: Connection, given: Iterable[Person]) -> Held:
    """What holds for those of whom consents are told."""
    concerned = {each.id for each in given if each.consents}
    found = await consents.latest(connection, concerned) if concerned else []
    return {(row["contact_id"], row["topic"], row["channel"]): row for row in found}


def consent_faults(catalog: Catalog, held: Held, index: int, given: Person) -> Iterator[PersonError]:
    """Consents to what the catalog does not have, and undated ones against a withdrawal."""
    for place, consent in enumerate(given.consents):
        try:
            subscriptions.pairs(catalog, consent.topic, consent.channel)
        except UnknownTopic as error:
            yield PersonError(index, "unknown_topic", f"/consents/{place}", str(error))
        if consent.text is not None and consent.text not in catalog.texts:
            known = ", ".join(catalog.texts) or "none"
            message = f"the catalog has no consent text `{consent.text}`; it has {known}"
            yield PersonError(index, "unknown_text", f"/consents/{place}/text", message)
        before = last_said(held, (given.id, consent.topic, consent.channel))
        if consent.state == "withdrawn" or not before or before["state"] != "withdrawn":
            continue
        if consent.at is None:
            message = f"was withdrawn on {before['at']:%Y-%m-%d}: say by `at` when they agreed anew"
            yield PersonError(index, "withdrawn", f"/consents/{place}/at", message)
        elif consent.basis != "consent" and consent.at >= before["at"]:
            message = f"was withdrawn on {before['at']:%Y-%m-%d}: only a consent of theirs brings it back"
            yield PersonError(index, "withdrawn", f"/consents/{place}/basis", message)


async def without_sale(
    connection: Connection, catalog: Catalog, held: Held, given: Sequence[Person], now: datetime
) -> list[PersonError]:
    """Soft opt-ins of people to whom nothing was sold. What the ledger has was asked of when it came."""
    told = [
        (index, place, said)
        for index, person in enumerate(given)
        for place, each in enumerate(person.consents)
        if (said := _statement(person, each, now)).rests_on_a_sale
        and each.topic in catalog.topics
        and not _repeats(each, held.get(said.about()))
    ]
    found = await sales(connection, catalog, [said for _, _, said in told])
    return [
        PersonError(index, "no_sale", f"/consents/{place}/basis", str(fault))
        for (index, place, _), fault in zip(told, found, strict=True)
        if isinstance(fault, NoSale)
    ]


async def clashes(connection: Connection, given: Sequence[Person]) -> list[PersonError]:
    """Ids elsewhere that belong to another person already, be it an earlier one of the same batch."""
    wanted = [(kind, value, each.id) for each in given for kind, value in each.identities.items()]
    taken = {(kind, value): owner for kind, value, owner in await identities.taken(connection, wanted)}
    for kind, value, owner in wanted:
        taken.setdefault((kind, value), owner)
    return [
        PersonError(
            index,
            "identity_taken",
            f"/identities/{kind}",
            f"this id belongs to the contact {taken[kind, value]}",
        )
        for index, each in enumerate(given)
        for kind, value in each.identities.items()
        if taken[kind, value] != each.id
    ]


def _refused(index: int, fault: ProfileError) -> PersonError:
    if fault.message in (people.ERASED, people.MERGED):
        return PersonError(
            index, "erased" if fault.message == people.ERASED else "merged", "/id", fault.message
        )
    if fault.attribute == "id":
        return PersonError(index, "bad_id", "/id", fault.message)
    message = fault.message.removeprefix(f"{fault.attribute}: ")
    return PersonError(index, "bad_attribute", f"/attributes/{fault.attribute}", message)


async def _name(connection: Connection, given: Sequence[Person]) -> None:
    """Write ids elsewhere. The contacts are locked, and the ids are not: somebody may have been faster."""
    wanted = sorted((kind, value, each.id) for each in given for kind, value in each.identities.items())
    await identities.add(connection, wanted)
    for kind, _, owner in await identities.taken(connection, wanted):
        raise IdentityTaken(
            f"An id of kind `{kind}` was given to the contact {owner} just now. Nothing was stored."
        )


def _statements(given: Person, held: Held, now: datetime) -> Iterator[Statement]:
    """Their statements. One without a date that only repeats what holds says nothing new."""
    for each in given.consents:
        said = _statement(given, each, now)
        if each.at is not None or not _repeats(each, held.get(said.about())):
            yield said


def _statement(given: Person, said: Said, now: datetime) -> Statement:
    at = min(said.at or now, now)
    return Statement(given.id, said.topic, said.channel, said.state, at, said.basis, said.text, said.proof)


def _repeats(consent: Said, held: Row | None) -> bool:
    said = (consent.state, consent.basis, consent.text)
    return held is not None and said == (held["state"], held["basis"], held["text_version"])
