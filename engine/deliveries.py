"""What providers report: the state of messages, `message.*` events, blocks on addresses, replies.

All of a report acts in one transaction, and a report that comes twice acts once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels import stop_words
from channels.events import DeliveryEvent
from dsl.policy import Policy
from engine.addresses import ATTRIBUTE_OF_CHANNEL, normalise
from engine.machines import AT_ONCE, told_apart
from engine.measures import REPORTS
from engine.message_events import announcement, event_of, next_state
from engine.objections import release_forbidden
from engine.plans import Plans
from engine.subscriptions import SMS, pairs, start_locked, stop_locked, withdraw_locked
from engine.topics import TRACKING
from store import consents, contacts, doubts, events, messages, runs
from store.consents import Block
from store.database import Connection, Database, Row
from store.events import NewEvent
from store.messages import Settlement

DEAD = ("invalid", "hard_bounce", "complaint")
TRACKED = {"opened": "opens", "clicked": "clicks"}


@dataclass
class _Known:
    """What the reports speak of, read behind the locks of the contacts concerned."""

    people: Mapping[str, Row]
    by_uid: Mapping[str, Row]
    by_provider_id: Mapping[str, Row]
    owners: Mapping[tuple[str, str], Sequence[str]]
    answered: Mapping[str, Row]
    """Contact to the last SMS that it got."""
    tracked: frozenset[tuple[str, str]]
    """(contact, `opens` or `clicks`) where the person agrees."""
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
        owners = self.owners.get(_address(report), ()) if report.address else ()
        own = [found["contact_id"]] if found else []
        return list(dict.fromkeys([*own, *owners]))

    def may_keep(self, report: DeliveryEvent) -> bool:
        """Whether a report may be kept: an open or a click only of somebody who agrees (CNIL 2026-042)."""
        what, found = TRACKED.get(report.kind), self.message(report)
        return what is None or (found is not None and (found["contact_id"], what) in self.tracked)

    def is_of_erased(self, report: DeliveryEvent) -> bool:
        """Whether a report is about a message to somebody who was erased since."""
        found = self.message(report)
        person = self.people.get(found["contact_id"]) if found else None
        return person is not None and person["erased_at"] is not None


async def record(database: Database, plans: Plans, reports: Sequence[DeliveryEvent], now: datetime) -> int:
    """Take reports in, the oldest first; returns how many were new.

    Message states only move forward. What a report forbids is released, and runs wake. Of opens and clicks
    by people who may not be tracked, nothing at all is kept.
    """
    if not reports:
        return 0
    async with database.transaction() as connection:
        known = await _know(connection, plans, reports)
        kept = [report for report in reports if known.may_keep(report)]
        reports = await _without_machines(connection, known, kept, now)
        fresh = await messages.add_reports(connection, [_kept(known, r, now) for r in reports], now)
        new = {(r.provider, r.key): r for r in reports if (r.provider, r.key) in fresh}
        ordered = sorted(new.values(), key=lambda report: report.at or now)
        # Whoever saw a message leave goes on without the report; what else it moves, its event wakes.
        waiting = {row["id"]: row["run_id"] for row in _rows(known) if row["state"] == "attempted"}
        told = [event for report in ordered for event in _settle(known, report, now)]
        await messages.settle(connection, list(known.settled.values()), now)
        await events.append(connection, told, now, unheard=(await plans.in_force(connection)).unheard)
        await _obey(connection, plans, known, ordered, now)
        await release_forbidden(connection, plans, known.concerned, now)
        await runs.wake(connection, {waiting[id_] for id_ in known.settled.keys() & waiting.keys()}, now)
    for report in ordered:
        REPORTS.labels(report.channel, report.kind).inc()
    return len(new)


async def _without_machines(
    connection: Connection, known: _Known, reports: Sequence[DeliveryEvent], now: datetime
) -> Sequence[DeliveryEvent]:
    """The reports, opens and clicks marked that came too fast for a person."""
    found = {
        report.key: message
        for report in reports
        if report.kind in TRACKED and (message := known.message(report))
    }
    if not found:
        return reports
    clicked = [report.at or now for report in reports if report.key in found and report.kind == "clicked"]
    ids = [message["id"] for message in found.values()]
    earlier = await messages.clicked_since(connection, ids, min(clicked) - AT_ONCE) if clicked else []
    about = {key: (message["id"], message["sent_at"]) for key, message in found.items()}
    return told_apart(reports, about, earlier, now)


async def _know(connection: Connection, plans: Plans, reports: Sequence[DeliveryEvent]) -> _Known:
    uids = [r.message_id for r in reports if r.message_id and _is_uuid(r.message_id)]
    provider_ids = [r.provider_id for r in reports if r.provider_id]
    named = await messages.by_reference(connection, uids, provider_ids)
    addresses = {_address(r) for r in reports if r.address}
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
    return _Known(
        people=people,
        by_uid={row["uid"]: row for row in rows},
        by_provider_id={row["provider_id"]: row for row in rows if row["provider_id"]},
        owners=owners,
        answered=answered,
        tracked=_tracked(people, held, policy),
    )


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


def _kept(known: _Known, report: DeliveryEvent, now: datetime) -> Row:
    found = known.message(report)
    concerned, erased = known.contacts(report), known.is_of_erased(report)
    return {
        "provider": report.provider,
        "key": report.key,
        "kind": report.kind,
        "message_id": found["id"] if found else None,
        "contact_id": concerned[0] if concerned else None,
        "at": report.at or now,
        "reason": None if erased else report.reason,
        "raw": {} if erased else dict(report.raw),
    }


def _settle(known: _Known, report: DeliveryEvent, now: datetime) -> list[NewEvent]:
    """Move the message on, and the events that tell of the report."""
    if report.kind == "replied":
        return _reply(known, report, now)
    found = known.message(report)
    if found is None:
        return []
    at = min(report.at or now, now)
    told = []
    state = next_state(found["state"], report.kind)
    if state != found["state"]:
        if found["state"] in ("attempted", "unknown") and state != "refused":
            told.append(announcement("message.sent", found, at))
        found["state"] = state
        reason = report.reason if state == "refused" and not known.is_of_erased(report) else None
        known.settled[found["id"]] = Settlement(
            found["id"], state, at, reason, report.provider, report.provider_id
        )
    if report.machine:
        return told
    event = event_of(report, found, at)
    return [*told, event] if event else told


def _reply(known: _Known, report: DeliveryEvent, now: datetime) -> list[NewEvent]:
    """An SMS from a person; the words that stop, start and ask for help are no answers to a question."""
    if _intent(report):
        return []
    answered = [known.answered[contact] for contact in known.contacts(report) if contact in known.answered]
    told = [event_of(report, row, min(report.at or now, now)) for row in answered]
    return [event for event in told if event]


async def _obey(
    connection: Connection, plans: Plans, known: _Known, reports: Sequence[DeliveryEvent], now: datetime
) -> None:
    """Do what reports ask: block dead addresses, withdraw, stop, start.

    An unsubscription that names no message of ours is from every topic on its channel.
    """
    catalog = (await plans.world(connection)).catalog
    certain = await _believed(connection, known, reports)
    blocks = [block for report in certain for block in _blocks(plans, known, report, now)]
    await consents.suppress(connection, blocks)
    withdrawn: dict[str, list[tuple[str, str, str]]] = {}
    for report in reports:
        source, owners = f"{report.provider} {report.kind}", known.contacts(report)
        intent, found = _intent(report), known.message(report)
        address = _address(report)[1] if report.address else None
        if address and intent == "stop":
            await stop_locked(connection, plans, address, report.to, owners, source=source, now=now)
        elif address and intent == "start":
            await start_locked(connection, plans, address, report.to, owners, now=now)
        elif _is_unsubscription(report):
            named = [(found["topic"], found["channel"])] if found else pairs(catalog, None, report.channel)
            wanted = [(owner, *pair) for owner in owners[: 1 if found else None] for pair in named]
            withdrawn.setdefault(source, []).extend(wanted)
    for source, wanted in withdrawn.items():
        await withdraw_locked(connection, plans, wanted, source=source, now=now)


async def _believed(
    connection: Connection, known: _Known, reports: Sequence[DeliveryEvent]
) -> list[DeliveryEvent]:
    """The reports without those that must be told on more days before anybody acts on them."""
    doubtful = [report for report in reports if report.on_days > 1]
    owners = {owner for report in doubtful for owner in known.contacts(report)}
    days = await doubts.days_told(connection, owners) if doubtful else {}

    def days_of(report: DeliveryEvent) -> int:
        told = [days.get((owner, report.address, report.reason), 0) for owner in known.contacts(report)]
        return max(told, default=0)

    return [report for report in reports if report.on_days == 1 or days_of(report) >= report.on_days]


def _is_unsubscription(report: DeliveryEvent) -> bool:
    return report.kind == "unsubscribed" or report.suppress == "unsubscribe"


def _blocks(plans: Plans, known: _Known, report: DeliveryEvent, now: datetime) -> list[Block]:
    """Blocks on the address that a report names, or else on the one that the contact has.

    An unsubscription of an address that nobody has is kept for whoever comes with it.
    """
    reason = report.suppress if report.suppress in DEAD else None
    owners = known.contacts(report)
    if _is_unsubscription(report) and not owners:
        reason = "unsubscribe"
    if reason is None:
        return []
    known.concerned.update(owners)
    addresses = [report.address] if report.address else _addresses(known, owners, report.channel)
    source = f"{report.provider} {report.kind}"
    return [
        Block(report.channel, plans.addresses.hashes(report.channel, address), reason, source, now)
        for address in addresses
    ]


def _addresses(known: _Known, contact_ids: Sequence[str], channel: str) -> list[str]:
    column = ATTRIBUTE_OF_CHANNEL[channel]
    return [
        known.people[id_][column] for id_ in contact_ids if id_ in known.people and known.people[id_][column]
    ]


def _intent(report: DeliveryEvent) -> str | None:
    """What an SMS from a person asks, where it asks for something that we do ourselves."""
    if report.suppress == "stop":
        return "stop"
    if report.kind != "replied":
        return None
    return report.intent or stop_words.read(report.text or "")


def _address(report: DeliveryEvent) -> tuple[str, str]:
    return report.channel, normalise(report.channel, report.address or "")


def _rows(known: _Known) -> Iterable[Row]:
    return known.by_uid.values()


def _is_uuid(text: Any) -> bool:
    parts = str(text).split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(c in "0123456789abcdef-" for c in text)
