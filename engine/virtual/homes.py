"""What goes to the people of each household of a virtual world, as its limits count it."""

from dataclasses import dataclass, field

from engine.state import COUNTED, HouseholdMessage, MessageFact
from engine.virtual.person import Person


@dataclass
class Homes:
    """Household to the messages that it got or is to get, with whom each is to."""

    _messages: dict[str, dict[int, Person]] = field(default_factory=dict)

    def note(self, person: Person, message: MessageFact) -> None:
        """A message of a person has its place in a household, or has left to it."""
        if message.household is not None:
            self._messages.setdefault(message.household, {})[message.id] = person

    def others(self, household: str | None, person: Person) -> tuple[HouseholdMessage, ...]:
        """What counts in a household and is not the person's own."""
        if household is None:
            return ()
        theirs = (
            owner.messages[id_]
            for id_, owner in self._messages.get(household, {}).items()
            if owner is not person
        )
        return tuple(
            HouseholdMessage(m.id, m.channel, m.tags, m.state, m.at, m.local_day)
            for m in theirs
            if m.household == household and m.state in COUNTED and not m.exempt
        )
