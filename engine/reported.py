"""What providers' reports speak of: messages, people and addresses, read behind the locks of all of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.events import DeliveryEvent
from dsl.policy import Policy
from engine.addresses import normalise
from engine.plans import Plans
from engine.subscriptions import SMS
from engine.topics import TRACKING
from store import consents, contacts, messages
from store.database import Connection, Row
from store.messages import Settlement

TRACKED = {"opened": "opens", "clicked": "clicks"}


@dataclass
class Reported:
    """What reports speak of. `settled` and `concerned` grow while they are obeyed."""

    people: Mapping[str, Row]
    by_uid: Mapping[str, Row]
    by_provider_id: Mapping[str, Row]
    owners: Mapping[tuple[str, str], Sequence[str]]
    answered: Mapping[str, Row]
    """Contact to the last SMS that it got."""
    tracked: frozenset[tuple[str, str]]
    """(contact, `opens` or `clicks`) where the person agrees."""
    forgotten: frozenset[tuple[str, str]]
    """Addresses whose owner was erased, and who have no other."""
    settled: dict[int, Settlement] = field(default_factory=dict)
    concerned: set[str] = field(default_factory=set)
    """Contacts of whom something is forbidden now."""

    def message(self, report: DeliveryEvent) -> Row | None:
        """The message that a report is about."""
        own = self.by_uid.get(report.message_id or "")
        return own or self.by_provider_id.get(report.provider_id or "")

    def contacts(self, report: DeliveryEvent) -> Sequence[str]:
        """The contacts that a report is about: the message's, and whoever has the address."""
        found = self.message(report)
        owners = self.owners.get(address_of(report), ()) if report.address else ()
        own = [found["contact_id"]] if found else []
        return list(dict.fromkeys([*own, *owners]))

    def may_keep(self, report: DeliveryEvent) -> bool:
        """Whether a report may be kept: an open or a click only of somebody who agrees (CNIL 2026-042)."""
        what, found = TRACKED.get(report.kind), self.message(report)
        return what is None or (found is not None and (found["contact_id"], what) in self.tracked)

    def is_of_erased(self, report: DeliveryEvent) -> bool:
        """Whether a report is about somebody who was erased, perhaps at this very moment."""
        concerned = [self.people[id_] for id_ in self.contacts(report) if id_ in self.people]
        return address_of(report) in self.forgotten or any(row["erased_at"] is not None for row in concerned)


async def read(connection: Connection, plans: Plans, reports: Sequence[DeliveryEvent]) -> Reported:
    """Lock the contacts that reports speak of, and read what is known of them."""
    uids = [r.message_id for r in reports if r.message_id and _is_uuid(r.message_id)]
    provider_ids = [r.provider_id for r in reports if r.provider_id]
    named = await messages.by_reference(connection, uids, provider_ids)
    addresses = {address_of(r) for r in reports if r.address}
    emails = [address for channel, address in addresses if channel == "email"]
    phones = [address for channel, address in addresses if channel != "email"]
    owners = await contacts.by_address(connection, emails, phones)
    ids = {row["contact_id"] for row in named} | {id_ for each in owners.values() for id_ in each}
    locked = await contacts.lock(connection, ids, {row["run_id"] for row in named})
    people = {row["id"]: row for row in locked}
    rows = [_as_they_left(row) for row in await messages.by_ids(connection, [row["id"] for row in named])]
    last = await messages.last_sent_to(connection, list(people), SMS)
    answered = {row["contact_id"]: row for row in await messages.by_ids(connection, list(last.values()))}
    policy = (await plans.world(connection)).policy
    held = await consents.latest(connection, list(people))
    return Reported(
        people=people,
        by_uid={row["uid"]: row for row in rows},
        by_provider_id={row["provider_id"]: row for row in rows if row["provider_id"]},
        owners=owners,
        answered=answered,
        tracked=_tracked(people, held, policy),
        forgotten=await _forgotten(connection, plans, addresses - owners.keys()),
    )


async def _forgotten(
    connection: Connection, plans: Plans, nobodys: Collection[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """Of addresses that nobody has, those which an erasure blocks."""
    if not nobodys:
        return frozenset()
    hashes = {each: plans.addresses.hashes(*each) for each in nobodys}
    held = await consents.suppressions(connection, {one for each in hashes.values() for one in each}, ())
    erased = {row["address_hash"] for row in held if row["reason"] == "erasure"}
    return frozenset(each for each in nobodys if not erased.isdisjoint(hashes[each]))


def _as_they_left(message: Row) -> Row:
    """A message that waits to be tried again was taken after all where its provider reports on it.

    It does not leave a second time.
    """
    was_taken = message["state"] == "reserved" and message["was_attempted"]
    return message | {"state": "attempted"} if was_taken else message


def _tracked(people: Mapping[str, Row], held: Sequence[Row], policy: Policy) -> frozenset[tuple[str, str]]:
    """Whose `opens` and whose `clicks` may be known."""
    allowed = {"opens": policy.track_opens, "clicks": policy.track_clicks}
    return frozenset(
        (row["contact_id"], row["channel"])
        for row in held
        if row["topic"] == TRACKING
        and people[row["contact_id"]]["erased_at"] is None
        and row["state"] == "granted"
        and allowed.get(row["channel"]) == "with_consent"
    )


def address_of(report: DeliveryEvent) -> tuple[str, str]:
    """The channel and the address that a report names, in its one spelling; '' where it names none."""
    return report.channel, normalise(report.channel, report.address or "")


def _is_uuid(text: Any) -> bool:
    parts = str(text).split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(c in "0123456789abcdef-" for c in text)
