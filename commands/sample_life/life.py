"""What the sample people do in a month, decided by a seed: the same people do the same things each time.

Some of it is theirs alone (a sign-up, an order in the store); the rest answers a message that came: a
click, an order after it, a STOP, an unsubscribe, a complaint, an address that bounces.
"""

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from commands.sample_life.people import Person

Kind = Literal[
    "sign_up",
    "order",
    "view",
    "store_visit",
    "call",
    "delivered",
    "bounce",
    "complaint",
    "click",
    "reply",
    "unsubscribe",
]

FAIR_DAY = 2
"""The day of the plant fair, where many sign up within the hour."""

FAIR_SHARE = 35
"""Percent of the sign-ups that come from the fair."""

DEAD_ADDRESSES = 3
"""Percent of the email addresses that nobody reads any more."""

EMAIL_MOODS = {"complain": 1, "unsubscribe": 4, "visit": 40, "read": 55}
SMS_MOODS = {"stop": 12, "thank": 8, "buy": 30, "read": 50}
"""What people do about a message, in percent."""

BUYS_AFTER_VISIT = 30
REGULARS_WHO_BUY = 35
WALKERS_IN = 20
CALLERS = 12
STORES = ("Lyon Bellecour", "Paris 11", "Lille")
CALLS = (
    ("a delivery that is late", "arrives tomorrow"),
    ("how to water a fern", "told"),
    ("a broken pot", "sends a photo"),
)
RECENT_DAYS = 365
LAST_SIGN_UP_DAY = 22
KNOWN_SINCE = timedelta(days=800)
TRACKED_LINK = re.compile(r'href="(https?://[^"]+/c/[^"]+)"')


@dataclass(frozen=True, order=True)
class Deed:
    """Something that happens at a business instant. `data` is what the kind needs; `number` breaks ties."""

    at: datetime
    number: int
    kind: Kind = field(compare=False)
    contact: str = field(compare=False)
    data: Mapping[str, Any] = field(compare=False, default_factory=dict)


class Life:
    """The agenda of everybody, which messages add to."""

    def __init__(self, people: Sequence[Person], begins: datetime, days: int, seed: int = 2027) -> None:
        self.people = {person.id: person for person in people}
        self.days = days
        self._seed = seed
        self._by_address = {a: p for p in people for a in (p.email, p.phone) if a}
        self.begin(begins)

    def begin(self, begins: datetime) -> None:
        """Let the month begin at an instant: what is each person's own is put on a new agenda."""
        self.begins = begins
        self.ends = begins + timedelta(days=self.days)
        self._agenda: list[Deed] = []
        self._count = 0
        for person in self.people.values():
            self._plan_own(person)
        for person in self.people.values():
            self._plan_elsewhere(person)

    def due(self, now: datetime) -> Iterator[Deed]:
        """What has come by now, oldest first; each once."""
        while self._agenda and self._agenda[0].at <= now:
            yield heapq.heappop(self._agenda)

    # Before the month

    def base(self) -> list[dict[str, Any]]:
        """Everybody as the contacts API takes them, with the consents of those on the list already."""
        return [self.contact(person, agreed=person.subscribed) for person in self.people.values()]

    def contact(self, person: Person, *, agreed: bool, at: datetime | None = None) -> dict[str, Any]:
        """One person as the contacts API takes them; `agreed`: with their consents, given at `at`."""
        at = at or self.begins - KNOWN_SINCE
        wanted = [("newsletter", channel) for channel in person.consents or _reachable_by(person)]
        wanted += [("tracking", what) for what in person.tracking]
        proof = {"form": "newsletter", "box": "ticked by hand", "page": "/inscription"}
        consents = [
            {
                "topic": topic,
                "channel": channel,
                "state": "granted",
                "text": "optin_v3",
                "at": at.isoformat(),
                "proof": proof,
            }
            for topic, channel in wanted
        ]
        attributes = {**person.attributes, "locale": person.locale, "timezone": person.timezone}
        return {"id": person.id, "attributes": attributes, "consents": consents if agreed else []}

    def past_orders(self) -> list[dict[str, Any]]:
        """The orders from before the month, as the events API takes them."""
        return [
            {
                "id": f"{person.id}-past-{number}",
                "name": "order.placed",
                "contact": person.id,
                "at": (self.begins - timedelta(days=order.days_ago)).isoformat(),
                "with": order_of(f"{person.id}-past-{number}", order.total, order.channel),
            }
            for person in self.people.values()
            for number, order in enumerate(person.orders)
        ]

    # The month

    def _plan_own(self, person: Person) -> None:
        random = self._random(person.id)
        if not person.subscribed and _reachable_by(person):
            self._add(self._sign_up_at(random), "sign_up", person.id)
        regular = person.orders and person.orders[-1].days_ago < RECENT_DAYS
        if regular and chance(random, REGULARS_WHO_BUY):
            channel = random.choice(("web", "store"))
            self._add(self._some_day(random, 30), "order", person.id, channel=channel)
        for _ in range(random.choice((0, 0, 1, 2))):
            self._add(self._some_day(random, 30), "view", person.id)

    def _plan_elsewhere(self, person: Person) -> None:
        """What reaches the brand by its stores and its telephone."""
        random = self._random(person.id, "elsewhere")
        if person.orders and chance(random, WALKERS_IN):
            self._add(self._some_day(random, 30), "store_visit", person.id, store=random.choice(STORES))
        if person.phone and chance(random, CALLERS):
            reason, result = random.choice(CALLS)
            self._add(self._some_day(random, 30), "call", person.id, reason=reason, result=result)

    def _sign_up_at(self, random: Random) -> datetime:
        if chance(random, FAIR_SHARE):
            return self.begins + timedelta(days=FAIR_DAY, hours=11, minutes=random.uniform(0, 30))
        return self._some_day(random, LAST_SIGN_UP_DAY)

    def _some_day(self, random: Random, days: int) -> datetime:
        """An instant of the day time of one of the first `days` days."""
        return self.begins + timedelta(days=random.randrange(days), hours=random.uniform(2, 14))

    def react(self, message: Mapping[str, Any], now: datetime) -> None:
        """Put on the agenda what a person does about a message that came (as the outbox wrote it)."""
        person = self._by_address.get(message["to"])
        if person is None:
            return
        random = self._random(person.id, message["channel"], message.get("subject", message.get("body")))
        if message["channel"] == "email":
            self._react_to_email(person, message, now, random)
        else:
            self._react_to_sms(person, message, now, random)

    def _react_to_email(
        self, person: Person, message: Mapping[str, Any], now: datetime, random: Random
    ) -> None:
        if chance(self._random(person.id, "address"), DEAD_ADDRESSES):
            self._add(now + timedelta(minutes=2), "bounce", person.id, message=message)
            return
        self._add(now + timedelta(minutes=2), "delivered", person.id, message=message)
        match pick(random, EMAIL_MOODS):
            case "complain":
                self._add(now + timedelta(hours=3), "complaint", person.id, message=message)
            case "unsubscribe" if message.get("unsubscribe_url"):
                at = now + timedelta(hours=random.uniform(1, 20))
                self._add(at, "unsubscribe", person.id, url=message["unsubscribe_url"])
            case "visit":
                self._visit(person, message, now, random)

    def _visit(self, person: Person, message: Mapping[str, Any], now: datetime, random: Random) -> None:
        """A visit to the shop; it is a click where the person may be tracked, and may end in an order."""
        at = now + timedelta(hours=random.uniform(0.5, 30))
        links = TRACKED_LINK.findall(message["html"])
        if links:
            self._add(at, "click", person.id, url=random.choice(links))
        if chance(random, BUYS_AFTER_VISIT):
            channel = random.choice(("web", "web", "store"))
            self._add(at + timedelta(hours=random.uniform(0.2, 20)), "order", person.id, channel=channel)

    def _react_to_sms(
        self, person: Person, message: Mapping[str, Any], now: datetime, random: Random
    ) -> None:
        self._add(now + timedelta(minutes=1), "delivered", person.id, message=message)
        later = now + timedelta(hours=random.uniform(0.1, 4))
        match pick(random, SMS_MOODS):
            case "stop":
                word = random.choice(("STOP", "Stop.", "Arrêt"))
                self._add(later, "reply", person.id, message=message, text=word)
            case "thank":
                text = "Merci, non stop les bonnes idées !"
                self._add(later, "reply", person.id, message=message, text=text)
            case "buy":
                self._add(later, "order", person.id, channel="store")

    def _add(self, at: datetime, kind: Kind, contact: str, **data: Any) -> None:
        self._count += 1
        heapq.heappush(self._agenda, Deed(at, self._count, kind, contact, data))

    def _random(self, *of: Any) -> Random:
        return Random(f"{self._seed} {of}")  # noqa: S311 - a sample life, not a secret


def _reachable_by(person: Person) -> tuple[str, ...]:
    """The box that somebody ticks who signs up: for the address that they give."""
    return ("email",) if person.email else ("sms",) if person.phone else ()


def chance(random: Random, percent: int) -> bool:
    """True in `percent` of a hundred."""
    return random.randrange(100) < percent


def pick(random: Random, shares: Mapping[str, int]) -> str:
    """One of the names, by their shares."""
    return random.choices(list(shares), list(shares.values()))[0]


def order_of(order_id: str, total: float, channel: str) -> dict[str, Any]:
    """The properties of an order."""
    items = [{"sku": "pot-basilic", "qty": 1}]
    return {"order_id": order_id, "total": total, "channel": channel, "items": items}
