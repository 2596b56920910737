"""What came of a simulation, counted. Tallies of parts of the base add up to that of the whole."""

from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import date
from typing import TypeAlias

Step: TypeAlias = tuple[str, str]
"""Scenario and step."""

MOST = 10
"""How many of those who get the most are named."""


@dataclass
class Tally:
    """Counts of one part of the base, or of all of it.

    `dropped`, `delayed` and `withheld` are of message steps: given up, held back by a limit or the hours,
    kept from those held out. `refusals` are given up by rule, `delays` held back by rule. `per_contact`:
    how many people got how many messages.
    """

    contacts: int = 0
    joined: int = 0
    decisions: int = 0
    under_way: Counter[str] = field(default_factory=Counter)
    """Runs that had begun before the first day."""
    entered: Counter[str] = field(default_factory=Counter)
    goals: Counter[str] = field(default_factory=Counter)
    sent: Counter[Step] = field(default_factory=Counter)
    dropped: Counter[Step] = field(default_factory=Counter)
    delayed: Counter[Step] = field(default_factory=Counter)
    withheld: Counter[Step] = field(default_factory=Counter)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(scenario, rule) to messages that were given up."""
    delays: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_entered: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(scenario, why) to times that somebody who might have entered did not."""
    days: Counter[tuple[date, str, str]] = field(default_factory=Counter)
    """(local day, scenario, channel) to messages sent."""
    codes: Counter[tuple[date, str]] = field(default_factory=Counter)
    """(local day, pool) to codes that went into messages."""
    per_contact: Counter[int] = field(default_factory=Counter)
    most: list[tuple[int, str]] = field(default_factory=list)
    """Those who got the most: messages and contact."""

    def add(self, other: "Tally") -> None:
        """Take in what came of another part of the base."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
        self.contacts += other.contacts
        self.joined += other.joined
        self.decisions += other.decisions
        self.most = ranked([*self.most, *other.most])

    def got(self, contact: str, messages: int) -> None:
        """Note how many messages a person got."""
        self.per_contact[messages] += 1
        if messages:
            self.most.append((messages, contact))


def ranked(most: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The first of those who got the most, by number and then by name."""
    return sorted(most, key=lambda each: (-each[0], each[1]))[:MOST]
