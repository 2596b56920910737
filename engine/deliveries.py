"""What providers report: the state of messages, `message.*` events, blocks on addresses, replies.

All of a report acts in one transaction, and a report that comes twice acts once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from channels import stop_words
from channels.events import DeliveryEvent
from engine.addresses import ATTRIBUTE_OF_CHANNEL
from engine.machines import AT_ONCE, told_apart
from engine.measures import REPORTS
from engine.message_events import announcement, event_of, next_state
from engine.objections import release_forbidden
from engine.pauses import pause_channel
from engine.plans import Plans
from engine.reported import TRACKED, Reported, address_of, read
from engine.rights.passing_on import Carried, carried_since
from engine.subscriptions import everything, start_locked, stop_locked, withdraw_locked
from store import consents, doubts, events, messages, pauses, runs
from store.consents import Block
from store.database import Connection, Database, Row
from store.events import NewEvent
from store.messages import Settlement

log = structlog.get_logger()

DEAD = ("invalid", "hard_bounce", "complaint")


async def record(database: Database, plans: Plans, reports: Sequence[DeliveryEvent], now: datetime) -> int:
    """Take reports in, the oldest first; returns how many were new.

    Message states only move forward. What a report forbids is released, and runs wake. Of opens and clicks
    by people who may not be tracked, nothing at all is kept.
    """
    if not reports:
        return 0
    async with database.transaction() as connection:
        known = await read(connection, plans, reports)
        kept = [report for report in reports if known.may_keep(report)]
        reports = await _without_machines(connection, known, kept, now)
        fresh = await messages.add_reports(connection, [_kept(known, r, now) for r in reports], now)
        new = {(r.provider, r.key): r for r in reports if (r.provider, r.key) in fresh}
        ordered = sorted(new.values(), key=lambda report: report.at or now)
        # Whoever saw a message leave goes on without the report; what else it moves, its event wakes.
        waiting = {row["id"]: row["run_id"] for row in _rows(known) if row["state"] == "attempted"}
        told = [event for report in ordered for event in _settle(known, report, now)]
        await messages.settle(connection, list(known.settled.values()), now)
        await carried_since(connection, plans.addresses, _of_erased(known, ordered), now)
        await events.append(connection, told, now, unheard=(await plans.in_force(connection)).unheard)
        await _obey(connection, plans, known, ordered, now)
        await release_forbidden(connection, plans, known.concerned, now)
        await runs.wake(connection, {waiting[id_] for id_ in known.settled.keys() & waiting.keys()}, now)
        await _stop_channels(connection, known, ordered, now)
    for report in ordered:
        REPORTS.labels(report.channel, report.kind).inc()
    return len(new)


async def _stop_channels(
    connection: Connection, known: Reported, reports: Sequence[DeliveryEvent], now: datetime
) -> None:
    """Stop a channel of whose account its provider says that nothing of it arrives.

    What it says of messages of before somebody let the channel go on is no news.
    """
    for report in reports:
        found = known.message(report) if report.stops_channel else None
        if found is None:
            continue
        resumed = await pauses.resumed_at(connection, report.channel)
        if resumed is None or (found["sent_at"] or now) > resumed:
            why = f"{report.provider} reports {report.reason}"
            if await pause_channel(connection, report.channel, why, now):
                log.error("channel paused", channel=report.channel, reason=why)


async def _without_machines(
    connection: Connection, known: Reported, reports: Sequence[DeliveryEvent], now: datetime
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


def _kept(known: Reported, report: DeliveryEvent, now: datetime) -> Row:
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


def _of_erased(known: Reported, reports: Sequence[DeliveryEvent]) -> list[Carried]:
    """Messages to people who were erased meanwhile, of whose ids at the provider we hear only now."""
    return [
        Carried(found["contact_id"], report.provider, report.channel, report.provider_id, None)
        for report in reports
        if report.provider_id
        and (found := known.message(report))
        and found["provider_id"] is None
        and known.is_of_erased(report)
    ]


def _settle(known: Reported, report: DeliveryEvent, now: datetime) -> list[NewEvent]:
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


def _reply(known: Reported, report: DeliveryEvent, now: datetime) -> list[NewEvent]:
    """An SMS from a person; the words that stop, start and ask for help are no answers to a question."""
    if _intent(report):
        return []
    answered = [known.answered[contact] for contact in known.contacts(report) if contact in known.answered]
    told = [event_of(report, row, min(report.at or now, now)) for row in answered]
    return [event for event in told if event]


async def _obey(
    connection: Connection, plans: Plans, known: Reported, reports: Sequence[DeliveryEvent], now: datetime
) -> None:
    """Do what reports ask: block dead addresses, withdraw, stop, start.

    An unsubscription that names no message of ours, or that says so, is from every topic on its channel.
    """
    catalog = (await plans.world(connection)).catalog
    certain = await _believed(connection, known, reports)
    blocks = [block for report in certain for block in _blocks(plans, known, report, now)]
    await consents.suppress(connection, blocks)
    withdrawn: dict[str, list[tuple[str, str, str]]] = {}
    for report in reports:
        source, owners = f"{report.provider} {report.kind}", known.contacts(report)
        intent, found = _intent(report), known.message(report)
        address = address_of(report)[1] if report.address else None
        if address and intent == "stop":
            await stop_locked(connection, plans, address, report.to, owners, source=source, now=now)
        elif address and intent == "start":
            await start_locked(connection, plans, address, report.to, owners, now=now)
        elif _is_unsubscription(report):
            one = found if not report.everything else None
            named = [(one["topic"], one["channel"])] if one else everything(catalog, report.channel)
            wanted = [(owner, *pair) for owner in owners[: 1 if one else None] for pair in named]
            withdrawn.setdefault(source, []).extend(wanted)
    for source, wanted in withdrawn.items():
        await withdraw_locked(connection, plans, wanted, source=source, now=now)


async def _believed(
    connection: Connection, known: Reported, reports: Sequence[DeliveryEvent]
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


def _blocks(plans: Plans, known: Reported, report: DeliveryEvent, now: datetime) -> list[Block]:
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


def _addresses(known: Reported, contact_ids: Sequence[str], channel: str) -> list[str]:
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


def _rows(known: Reported) -> Iterable[Row]:
    return known.by_uid.values()
