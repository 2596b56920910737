"""One person of a virtual world: what the base knows of a contact, and the runs that they are in."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dsl.catalog import Catalog
from dsl.policy import Policy
from dsl.scope import EventFact
from dsl.values import Value
from engine.addresses import ATTRIBUTE_OF_CHANNEL, normalise
from engine.state import Answer, Consent, MessageFact, Run, Suppression
from engine.territory import zone_of
from engine.typed import COLUMNS, attributes


@dataclass(frozen=True, slots=True)
class Block:
    """A suppression, of an address (in its one spelling) or of the person's topics where it is None."""

    suppression: Suppression
    address: str | None


@dataclass
class Person:
    """`given` are JSON values by attribute. `due` is when each active run is looked at next.

    `queue` holds events that are known and that no run has heard yet; `wakes` those that a run will hear at
    its next look. `members` remembers who was inside the segment of a trigger, by scenario and place.
    """

    id: str
    created_at: datetime
    given: dict[str, Any] = field(default_factory=dict)
    events: tuple[EventFact, ...] = ()
    """Oldest first by (at, seq)."""
    messages: dict[int, MessageFact] = field(default_factory=dict)
    senders: dict[int, str | None] = field(default_factory=dict)
    consents: dict[tuple[str, str], Consent] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    answers: dict[tuple[int, str, int], Answer] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    due: dict[int, datetime] = field(default_factory=dict)
    wakes: dict[int, list[EventFact]] = field(default_factory=dict)
    queue: deque[EventFact] = field(default_factory=deque)
    occurrences: dict[int, str] = field(default_factory=dict)
    """By what occurrence of a trigger by time each run entered."""
    members: dict[tuple[str, int], bool] = field(default_factory=dict)
    changes: int = 0
    """Counts what changes about the person, their runs and messages apart."""
    naps: dict[tuple[str, int, int], tuple[int, datetime]] = field(default_factory=dict)
    """(scenario, version, trigger) to the changes at which they were refused, and until when that holds."""
    next_look: datetime | None = None
    """The place in the agenda that counts; other ones are stale."""
    _attributes: Mapping[str, Value] | None = None
    _zone: str | None = None

    def typed(self, catalog: Catalog) -> Mapping[str, Value]:
        """The declared attributes as values of the language; computed ones are left to whoever asks."""
        if self._attributes is None:
            columns: dict[str, Any] = {name: self.given.get(name) for name in COLUMNS}
            row = {**columns, "id": self.id, "created_at": self.created_at, "attributes": self.given}
            self._attributes = attributes(catalog, row)
        return self._attributes

    def give(self, attribute: str, value: Any) -> None:
        """Set an attribute to a JSON value; None clears it."""
        self.given[attribute] = value
        self.changes += 1
        self._attributes = self._zone = None

    def create(self, now: datetime) -> None:
        """The person is in the base from now on."""
        self.created_at = now
        self.changes += 1
        self._attributes = self._zone = None

    def zone(self, catalog: Catalog, policy: Policy) -> str:
        """The person's time zone."""
        if self._zone is None:
            self._zone = zone_of(self.typed(catalog), policy)
        return self._zone

    def active(self) -> Iterator[Run]:
        """Runs under way, the oldest first."""
        return (run for run in self.runs.values() if run.status == "active")

    def of_scenario(self, scenario: str) -> list[Run]:
        """Every run that the person had in a scenario, the oldest first."""
        return [run for run in self.runs.values() if run.scenario == scenario]

    def reserved(self) -> Iterator[MessageFact]:
        """Messages that have a place and have not left."""
        return (message for message in self.messages.values() if message.state == "reserved")

    def change_message(self, message_id: int, **fields: Any) -> None:
        """Set fields of a message."""
        self.messages[message_id] = replace(self.messages[message_id], **fields)

    def address(self, channel: str) -> str | None:
        """The address on a channel in its one spelling."""
        given = self.given.get(ATTRIBUTE_OF_CHANNEL.get(channel, ""))
        return normalise(channel, given) if given else None

    def addresses(self) -> frozenset[str]:
        """Channels for which there is an address."""
        return frozenset(channel for channel, name in ATTRIBUTE_OF_CHANNEL.items() if self.given.get(name))

    def suppressions(self) -> tuple[Suppression, ...]:
        """What holds for the person and for the addresses that they have now."""
        return tuple(
            block.suppression
            for block in self.blocks
            if block.address is None or block.address == self.address(block.suppression.channel)
        )

    def wake_all(self, now: datetime) -> None:
        """Every active run looks again."""
        for run in self.active():
            self.wake(run.id, now)

    def wake(self, run_id: int, now: datetime) -> None:
        """An active run looks again."""
        if self.runs[run_id].status == "active":
            self.due[run_id] = now
