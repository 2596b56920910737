"""What people agree to and object to: consents with their proof, withdrawals, STOP and START.

Each acts in the transaction that records it: whatever it forbids loses its place before it is committed.
Proof of consent is the sender's to keep (GDPR art. 7.1); objecting is as easy as agreeing (art. 7.3, 21.3).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from dsl.catalog import Catalog
from engine.addresses import normalise
from engine.consent import EVERYTHING
from engine.objections import release_forbidden
from engine.people import SOURCE
from engine.plans import Plans
from engine.sales import with_sales
from engine.statements import Basis, Statement, news
from engine.topics import TRACKING, write_consents
from store import consents, contacts, events, merges, runs
from store.consents import Block, ConsentLine, Lift
from store.database import Connection, Database
from store.events import NewEvent

SMS = "sms"


class UnknownContact(LookupError):
    """There is no contact of this id, or it was erased."""


class UnknownTopic(ValueError):
    """The catalog has no such topic, or the topic no such channel."""


async def record(
    database: Database, plans: Plans, statements: Sequence[Statement], *, source: str, now: datetime
) -> None:
    """Record what people said, in their order and in one transaction.

    Raises UnknownContact, UnknownTopic or NoSale, and then records nothing. Of an objection the topic is not
    asked: what the catalog has lost today may be back tomorrow.
    """
    async with database.transaction() as connection:
        await record_within(connection, plans, statements, source=source, now=now)


async def record_within(
    connection: Connection,
    plans: Plans,
    statements: Sequence[Statement],
    *,
    source: str,
    now: datetime,
    silent: bool = False,
) -> None:
    """The same in a transaction that goes on; `silent`: without events that tell of it."""
    now_are = await _lock(connection, {each.contact_id for each in statements})
    statements = [replace(each, contact_id=now_are[each.contact_id]) for each in statements]
    catalog = (await plans.world(connection)).catalog
    for each in statements:
        if each.state == "granted":
            pairs(catalog, each.topic, each.channel)
    fresh = await with_sales(connection, catalog, await news(connection, statements, now))
    for state, said in groupby(fresh, key=lambda each: each.state):
        lines = [_line(each, source) for each in said]
        if state == "granted":
            await write_consents(connection, plans, lines, now, silent=silent)
            await runs.wake_contacts(connection, {line.contact_id for line in lines}, now)
        else:
            await _withdraw(connection, plans, lines, now, silent=silent)


def _line(said: Statement, source: str) -> ConsentLine:
    return ConsentLine(
        said.contact_id,
        said.topic,
        said.channel,
        said.state,
        said.basis,
        source,
        said.at,
        text_version=said.text,
        proof=said.proof,
    )


async def grant(  # noqa: PLR0913 - a consent is only worth what it says of itself
    database: Database,
    plans: Plans,
    contact_id: str,
    topic: str,
    channel: str,
    *,
    source: str,
    now: datetime,
    basis: Basis = "consent",
    text: str | None = None,
    proof: Mapping[str, Any] | None = None,
) -> None:
    """Record that a person agrees, now. Raises UnknownContact, UnknownTopic or NoSale."""
    said = Statement(contact_id, topic, channel, "granted", now, basis, text, proof or {})
    await record(database, plans, [said], source=source, now=now)


async def withdraw(
    database: Database,
    plans: Plans,
    contact_id: str,
    topic: str | None,
    channel: str | None,
    *,
    source: str,
    now: datetime,
    proof: Mapping[str, Any] | None = None,
) -> int:
    """Record that a person objects to a topic on a channel; None is every one of them.

    Reserved messages that this forbids are released and runs woken. Returns how many lines are new: what
    was withdrawn before is not written again. Raises UnknownContact or UnknownTopic.
    """
    async with database.transaction() as connection:
        contact_id = (await _lock(connection, [contact_id]))[contact_id]
        catalog = (await plans.world(connection)).catalog
        wanted = pairs(catalog, topic, channel) if topic else everything(catalog, channel)
        return await withdraw_locked(
            connection, plans, [(contact_id, *pair) for pair in wanted], source=source, now=now, proof=proof
        )


async def stop_sms(
    database: Database, plans: Plans, address: str, sender: str | None, *, source: str, now: datetime
) -> int:
    """A STOP from a phone number to a sender: no SMS of marketing or service from it any more.

    Holds for the number, whoever has it. Returns how many contacts have it.
    """
    async with database.transaction() as connection:
        owners = await _lock_owners(connection, [address])
        await stop_locked(connection, plans, address, sender, owners, source=source, now=now)
    return len(owners)


async def start_sms(
    database: Database, plans: Plans, address: str, sender: str | None, *, now: datetime
) -> int:
    """A START: brings back what STOP took, no more. Returns how many blocks ended."""
    async with database.transaction() as connection:
        owners = await _lock_owners(connection, [address])
        return await start_locked(connection, plans, address, sender, owners, now=now)


async def withdraw_locked(
    connection: Connection,
    plans: Plans,
    wanted: Sequence[tuple[str, str, str]],
    *,
    source: str,
    now: datetime,
    proof: Mapping[str, Any] | None = None,
) -> int:
    """Withdraw (contact, topic, channel) triples of locked contacts; how many were not withdrawn before."""
    lines = [ConsentLine(*each, "withdrawn", "consent", source, now, proof=proof or {}) for each in wanted]
    return await _withdraw(connection, plans, lines, now)


async def _withdraw(
    connection: Connection, plans: Plans, lines: Sequence[ConsentLine], now: datetime, *, silent: bool = False
) -> int:
    """Write the withdrawals that are new, with the basis of what they end, and let go what they forbid.

    What only a merge says so far is new once it is said, since the merge may be undone.
    """
    concerned = sorted({line.contact_id for line in lines})
    held = {
        (row["contact_id"], row["topic"], row["channel"]): row
        for row in await consents.latest(connection, concerned)
    }
    new: dict[tuple[str, str, str], ConsentLine] = {}
    for line in lines:
        each = (line.contact_id, line.topic, line.channel)
        before = held.get(each)
        if before is None or before["state"] != "withdrawn" or merges.is_of_merge(before["source"]):
            new.setdefault(each, replace(line, basis=before["basis"] if before else line.basis))
    await write_consents(connection, plans, list(new.values()), now, silent=silent)
    await release_forbidden(connection, plans, concerned, now)
    return len(new)


async def stop_locked(
    connection: Connection,
    plans: Plans,
    address: str,
    sender: str | None,
    owners: Sequence[str],
    *,
    source: str,
    now: datetime,
) -> None:
    """STOP for a number whose owners are locked."""
    catalog = (await plans.world(connection)).catalog
    hashes = plans.addresses.hashes(SMS, address)
    block = Block(SMS, hashes, "stop", source, now, sender=_known_sender(catalog, sender))
    if not await consents.suppress(connection, [block]):
        return
    told = [
        _withdrawn(owner, topic, source, now)
        for owner in owners
        for topic, channel in pairs(catalog, None, SMS)
        if channel == SMS
    ]
    await events.append(connection, told, now)
    await release_forbidden(connection, plans, owners, now)


async def start_locked(
    connection: Connection,
    plans: Plans,
    address: str,
    sender: str | None,
    owners: Sequence[str],
    *,
    now: datetime,
) -> int:
    """START for a number whose owners are locked; how many blocks ended."""
    hashes = plans.addresses.hashes(SMS, address)
    known = _known_sender((await plans.world(connection)).catalog, sender)
    lifted = await consents.lift(connection, [Lift(SMS, ("stop",), hashes, sender=known)], now)
    if lifted:
        await runs.wake_contacts(connection, owners, now)
    return lifted


def everything(catalog: Catalog, channel: str | None = None) -> list[tuple[str, str]]:
    """What somebody leaves who leaves it all: each topic on each channel, and what there will be."""
    named = pairs(catalog, None, channel)
    return [*named, *dict.fromkeys((EVERYTHING, name) for _, name in named)]


def pairs(catalog: Catalog, topic: str | None, channel: str | None) -> list[tuple[str, str]]:
    """The (topic, channel) pairs that are meant; None is every one that needs consent.

    Raises UnknownTopic.
    """
    if topic == TRACKING:
        return [(TRACKING, each) for each in ("opens", "clicks") if channel in (None, each)]
    if topic is not None and topic not in catalog.topics:
        raise UnknownTopic(f"there is no topic `{topic}`; the catalog has {', '.join(catalog.topics)}")
    topics = [catalog.topics[topic]] if topic else list(catalog.topics.values())
    found = [
        (each.name, name)
        for each in topics
        if topic or each.message_class != "transactional"
        for name in each.channels or catalog.senders
        if channel in (None, name)
    ]
    if not found and topic:
        raise UnknownTopic(f"`{topic}` is not sent by `{channel}`")
    return found


def _known_sender(catalog: Catalog, written_to: str | None) -> str | None:
    """The sender that a reply was written to, by its own number or by its STOP number; None is all of them.

    A reply to a number that the catalog does not know, or that several share, is meant for all of them.
    """
    meant = {
        sender.address
        for sender in catalog.senders.values()
        if written_to and written_to in (sender.address, sender.stop_number)
    }
    return meant.pop() if len(meant) == 1 else None


def _withdrawn(contact_id: str, topic: str, source: str, now: datetime) -> NewEvent:
    properties = {"topic": topic, "channel": SMS, "source": source}
    id_ = f"stop/{contact_id}/{topic}/{now.isoformat()}"
    return NewEvent(SOURCE, id_, "consent.withdrawn", contact_id, now, properties)


async def _lock(connection: Connection, contact_ids: Collection[str]) -> dict[str, str]:
    """Lock contacts; who each of them is, which is certain behind the locks alone. Raises UnknownContact."""
    rows = {row["id"]: row for row in await contacts.lock(connection, contact_ids)}
    into = {id_: row["merged_into"] or id_ for id_, row in rows.items() if id_ in set(contact_ids)}
    for id_ in sorted(contact_ids):
        if id_ not in into or rows[into[id_]]["erased_at"] is not None:
            raise UnknownContact(id_)
    return into


async def _lock_owners(connection: Connection, addresses: Iterable[str]) -> list[str]:
    phones = [normalise(SMS, address) for address in addresses]
    found = await contacts.by_address(connection, (), phones)
    return [
        row["id"] for row in await contacts.lock(connection, {id_ for ids in found.values() for id_ in ids})
    ]
