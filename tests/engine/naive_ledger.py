"""The ledger of a few people as somebody would keep it with a calendar and a pencil."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
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


@dataclass
class Person:
    """What is known of somebody: where they live, what they refuse, what they asked for."""

    id: str
    zone: ZoneInfo
    phone: str
    refused: set[str] = field(default_factory=set)
    stopped: bool = False
    paused_until: datetime | None = None
    spacing: int | None = None

    def day(self, at: datetime) -> date:
        """The local day of an instant."""
        return at.astimezone(self.zone).date()


@dataclass
class Brand:
    """What is in force at an instant."""

    policy: Policy
    people: dict[str, Person]
    paused: set[str] = field(default_factory=set)

    def open(self, who: Person, at: datetime) -> bool:
        """Whether the hours allow an instant."""
        return self.policy.opens <= at.astimezone(who.zone).hour < self.policy.closes

    def welcome(self, who: Person, row: Row, now: datetime) -> bool:
        """Whether somebody takes a message of this kind at all now."""
        if row["class"] == "transactional":
            return True
        if row["channel"] in who.refused or (row["channel"] == "sms" and who.stopped):
            return False
        return who.paused_until is None or who.paused_until <= now

    def limits(self, who: Person) -> Iterator[Cap]:
        """The brand's, and the person's own."""
        yield from self.policy.caps
        if who.spacing:
            yield Cap(1, who.spacing)

    def together(self, who: Person, first: datetime, last: datetime, days: int) -> bool:
        """Whether a window that begins with one instant holds a later one too."""
        if self.policy.day == "rolling":
            return last - first < days * DAY
        return (who.day(last) - who.day(first)).days < days

    def place(self, row: Row) -> datetime:
        """When a message left, or will. In rolling days it is out of reach when the provider's yes is."""
        rolling = self.policy.day == "rolling"
        at = (row["sent_at"] if rolling else None) or row["attempted_at"] or row["planned_at"]
        assert isinstance(at, datetime)
        return at

    def full(self, who: Person, row: Row, at: datetime, others: Sequence[Row]) -> Cap | None:
        """A limit that a message breaks at an instant beside others: any window with it in is too full."""
        if row["exempt"]:
            return None
        for cap in self.limits(who):
            if cap.channel not in (None, row["channel"]):
                continue
            same = [
                self.place(each) for each in others if counts(each) and cap.channel in (None, each["channel"])
            ]
            for first in sorted({*(each for each in same if each <= at), at}):
                held = [each for each in same if first <= each and self.together(who, first, each, cap.days)]
                beside = self.together(who, first, at, cap.days)
                if beside and len(held) >= cap.at_most:
                    return cap
        return None


def counts(row: Row) -> bool:
    """Whether limits count a message."""
    return row["state"] in COUNTED and not row["exempt"]


def gave_way(row: Row, priority: int, now: datetime) -> bool:
    """Whether a message has a place that a more urgent one may take."""
    return row["state"] == "reserved" and row["priority"] < priority and row["planned_at"] > now
