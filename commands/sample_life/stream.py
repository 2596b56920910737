"""Lets the month happen: carries out what falls due, and watches the outbox for messages to react to."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from channels.sendgrid.wire import MESSAGE_ID_ARG
from commands.sample_life.doors import Doors
from commands.sample_life.doors import event as event_of
from commands.sample_life.life import Deed, Life, order_of
from commands.sample_life.people import Person
from engine.clock import Clock

TICK_SECONDS = 0.1
OWN = ("order", "view", "store_visit", "call")
"""What the brand's systems tell of."""


class Stream:
    """Plays a life against the running system, in business time."""

    def __init__(self, life: Life, doors: Doors, clock: Clock, outbox: Path) -> None:
        self.life = life
        self._doors = doors
        self._clock = clock
        self._outbox = outbox
        self._seen: set[str] = set()
        self.done = 0
        """Deeds carried out."""

    async def load(self) -> None:
        """The base and its history, before the month begins."""
        await self._doors.contacts(self.life.base())
        await self._doors.events(self.life.past_orders())

    async def run(self, tick: Callable[[datetime], Awaitable[None]]) -> None:
        """Until the month is over; `tick` is called with business time, some times a second."""
        while (now := self._clock.now()) < self.life.ends:
            self._read_outbox(now)
            await self._carry_out(list(self.life.due(now)), now)
            await tick(now)
            await asyncio.sleep(TICK_SECONDS)

    def _read_outbox(self, now: datetime) -> None:
        """People react to what came since the last look; a message's JSON is written last."""
        for path in sorted(self._outbox.glob("*.json")) if self._outbox.exists() else ():
            if path.name not in self._seen:
                self._seen.add(path.name)
                self.life.react(json.loads(path.read_text()), now)

    async def _carry_out(self, deeds: list[Deed], now: datetime) -> None:
        """Batches go first, in their order; replies and links are single calls."""
        await self._sign_up([deed for deed in deeds if deed.kind == "sign_up"], now)
        await self._raise([deed for deed in deeds if deed.kind in OWN], now)
        await self._report([deed for deed in deeds if deed.kind in ("delivered", "bounce", "complaint")], now)
        for deed in deeds:
            match deed.kind:
                case "click":
                    await self._doors.follow(deed.data["url"])
                case "unsubscribe":
                    await self._doors.unsubscribe(deed.data["url"])
                case "reply":
                    await self._reply(deed)
        self.done += len(deeds)

    async def _sign_up(self, deeds: list[Deed], now: datetime) -> None:
        if not deeds:
            return
        people = [self.life.people[deed.contact] for deed in deeds]
        await self._doors.contacts([self.life.contact(person, agreed=True, at=now) for person in people])
        await self._doors.events(
            [
                event_of(
                    "contact.subscribed",
                    person.id,
                    now,
                    f"{person.id}-subscribed",
                    list="newsletter",
                    source="site",
                )
                for person in people
            ]
        )

    async def _raise(self, deeds: list[Deed], now: datetime) -> None:
        if deeds:
            people = self.life.people
            await self._doors.events([_own_event(deed, people[deed.contact], now) for deed in deeds])

    async def _report(self, deeds: list[Deed], now: datetime) -> None:
        """What providers report: SendGrid in one call, Twilio one by one."""
        emails = [deed for deed in deeds if deed.data["message"]["channel"] == "email"]
        if emails:
            await self._doors.email_reports([_email_report(deed, now) for deed in emails])
        for deed in deeds:
            message = deed.data["message"]
            if message["channel"] == "sms":
                await self._doors.sms_report(message["message_id"], message["provider_id"], "delivered")

    async def _reply(self, deed: Deed) -> None:
        person = self.life.people[deed.contact]
        assert person.phone is not None
        sender = deed.data["message"]["sender"]
        await self._doors.sms_reply(person.phone, sender, deed.data["text"], f"SM{deed.number:032d}")


def _own_event(deed: Deed, person: Person, now: datetime) -> dict[str, Any]:
    """As the site, the till or the call centre tells it, which knows a number and not whose it is."""
    key = f"{deed.contact}-{deed.kind}-{deed.number}"
    at = max(deed.at, now - timedelta(hours=1))
    match deed.kind:
        case "view":
            return event_of("product.viewed", deed.contact, at, key, sku="monstera", price=39.9)
        case "store_visit":
            return event_of("store.visited", deed.contact, at, key, **deed.data)
        case "call":
            told = event_of("call.received", deed.contact, at, key, **deed.data)
            return {**told, "contact": None, "identities": {"phone": person.phone}}
    total = 20 + deed.number % 90
    return event_of("order.placed", deed.contact, at, key, **order_of(key, total, deed.data["channel"]))


def _email_report(deed: Deed, now: datetime) -> dict[str, Any]:
    """A report in SendGrid's words (Event Webhook reference)."""
    message = deed.data["message"]
    words: dict[str, dict[str, str]] = {
        "delivered": {"event": "delivered", "response": "250 OK"},
        "bounce": {
            "event": "bounce",
            "type": "bounce",
            "reason": "550 5.1.1 no such user",
            "status": "5.1.1",
        },
        "complaint": {"event": "spamreport"},
    }
    return {
        "email": message["to"],
        "timestamp": int(now.timestamp()),
        "sg_event_id": f"event-{deed.number}",
        "sg_message_id": f"{message['provider_id']}.recvd",
        MESSAGE_ID_ARG: message["message_id"],
        **words[deed.kind],
    }
