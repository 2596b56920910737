"""The ledger of a few people as somebody would keep it with a calendar and a pencil."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

Row = dict[str, Any]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEFT = ("attempted", "sent", "delivered", "unknown")
COUNTED = ("reserved", *LEFT)


@dataclass(frozen=True)
class Cap:
    """At most so many in so many days, of one channel or of all."""

    at_most: int
    days: int
    channel: str | None = None

    def line(self) -> str:
        """The limit in the policy."""
        channel = f", channel: {self.channel}" if self.channel else ""
        return f"    - {{ at_most: {self.at_most}, per: {self.days} day{channel} }}"


@dataclass(frozen=True)
class Policy:
    """A policy of one brand: how days are counted, the limits, the hours of both channels."""

    day: str
    caps: tuple[Cap, ...]
    opens: int = 8
    closes: int = 20

    def is_open(self, who: "Person", at: datetime) -> bool:
        """Whether the hours allow an instant."""
        return self.opens <= at.astimezone(who.zone).hour < self.closes

    def text(self) -> str:
        """The file."""
        hours = f'{{ allow: "{self.opens:02}:00-{self.closes:02}:00" }}'
        return "\n".join(
            (
                "time_zone: { default: Europe/Paris }",
                f"hours: {{ email: {hours}, sms: {hours} }}",
                f"pressure:\n  day: {self.day}\n  limits:",
                *(cap.line() for cap in self.caps),
                "  exempt: [transactional]\n  on_cap: delay up to 2 days",
                "expires: 5 days\nlate_events: 1 day",
                "tracking: { opens: with_consent, clicks: with_consent }",
                "",
            )
        )


About = Literal["email", "sms", "stop", "paused_until", "days_per_message"]
"""A channel that is refused or not, a STOP, a break until an instant, fewer messages."""

REFUSALS: tuple[About, ...] = ("email", "sms", "stop")
WISHES: tuple[About, ...] = ("paused_until", "days_per_message")


@dataclass(frozen=True)
class Line:
    """What somebody said, or what a merge says of them."""

    about: About
    value: Any
    of_merge: bool = False


@dataclass
class Person:
    """What is known of somebody: where they live, and all that they said."""

    id: str
    zone: ZoneInfo
    phone: str
    said: list[Line] = field(default_factory=list)

    def holds(self, about: About) -> Any:
        """The last word; None where nothing was said."""
        return next((line.value for line in reversed(self.said) if line.about == about), None)

    def say(self, about: About, value: Any, *, of_merge: bool = False) -> None:
        """Whatever was said before."""
        self.said.append(Line(about, value, of_merge))

    def address(self, channel: str) -> str:
        """Where messages go."""
        return f"{self.id}@example.com" if channel == "email" else self.phone

    def day(self, at: datetime) -> date:
        """The local day of an instant."""
        return at.astimezone(self.zone).date()


STRICT = Policy("calendar", (Cap(1, 1), Cap(2, 3, "email")), opens=10, closes=18)
POLICIES = (
    Policy("calendar", (Cap(2, 1, "email"), Cap(3, 2), Cap(1, 1, "sms"))),
    Policy("rolling", (Cap(2, 1, "email"), Cap(3, 2), Cap(1, 1, "sms"))),
    STRICT,
)


@dataclass
class Brand:
    """What is in force at an instant."""

    policy: Policy
    people: dict[str, Person]
    paused: set[str] = field(default_factory=set)
    into: dict[str, str] = field(default_factory=dict)
    """Whom somebody was merged into."""

    def who(self, id_: str) -> Person:
        """Who has an id now."""
        return self.people[self.into.get(id_, id_)]

    def merge(self, winner: str, loser: str) -> None:
        """The stricter of what both refused holds, and the winner's wishes before the loser's."""
        stays, goes = self.people[winner], self.people[loser]
        for about in REFUSALS:
            if goes.holds(about) and not stays.holds(about):
                stays.say(about, value=True, of_merge=True)
        for about in WISHES:
            if goes.holds(about) is not None and stays.holds(about) is None:
                stays.say(about, goes.holds(about), of_merge=True)
        self.into[loser] = winner

    def part(self) -> None:
        """Undo it: only what the merge said is not said any more."""
        for winner in self.into.values():
            him = self.people[winner]
            him.said = [line for line in him.said if not line.of_merge]
        self.into.clear()

    def still(self, scenario: str, channel: str) -> bool:
        """Whether messages of a scenario on a channel are held."""
        return bool(self.paused & {scenario, channel, "everything"})

    def welcome(self, who: Person, row: Row, now: datetime) -> bool:
        """Whether somebody takes a message of this kind at all now."""
        if row["class"] == "transactional":
            return True
        if who.holds(row["channel"]) or (row["channel"] == "sms" and who.holds("stop")):
            return False
        until = who.holds("paused_until")
        return until is None or bool(until <= now)

    def limits(self, who: Person) -> Iterator[Cap]:
        """The brand's, and the person's own."""
        yield from self.policy.caps
        if days := who.holds("days_per_message"):
            yield Cap(1, days)

    def place(self, who: Person, row: Row) -> date:
        """When a message left, or will: an instant in rolling days, else the day.

        In rolling days it is out of reach when the provider's yes is. The day on which one left stays that of
        whoever got it, wherever the person lives that they turned out to be.
        """
        if self.policy.day == "rolling":
            at = row["sent_at"] or row["attempted_at"] or row["planned_at"]
        else:
            at = row["local_day"] if row["state"] in LEFT else who.day(row["planned_at"])
        assert isinstance(at, date)
        return at

    def full(self, who: Person, row: Row, at: datetime, others: Sequence[Row]) -> Cap | None:
        """A limit that a message breaks at an instant beside others: any window with it in is too full."""
        if row["exempt"]:
            return None
        new: date = at if self.policy.day == "rolling" else who.day(at)
        for cap in self.limits(who):
            if cap.channel not in (None, row["channel"]):
                continue
            length = cap.days * DAY
            same = [
                self.place(who, each)
                for each in others
                if counts(each) and cap.channel in (None, each["channel"])
            ]
            for first in {*same, new}:
                held = [each for each in same if first <= each < first + length]
                if first <= new < first + length and len(held) >= cap.at_most:
                    return cap
        return None


def counts(row: Row) -> bool:
    """Whether limits count a message."""
    return row["state"] in COUNTED and not row["exempt"]


def is_due(row: Row, now: datetime) -> bool:
    """Whether it is time for a message to leave."""
    return row["state"] == "reserved" and row["planned_at"] <= now


def gave_way(row: Row, priority: int, now: datetime) -> bool:
    """Whether a message has a place that a more urgent one may take."""
    return row["state"] == "reserved" and row["priority"] < priority and row["planned_at"] > now
