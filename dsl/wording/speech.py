"""What every part of the wording needs: the names that things go by, and the way to say another part."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Protocol

from dsl.catalog import Catalog
from dsl.frozen import dataclass
from dsl.nodes import Expression
from dsl.types import Type
from dsl.values import Duration

CHANNEL_NAMES = {"email": "email", "sms": "SMS"}


@dataclass(frozen=True)
class Names:
    """The vocabulary that a sentence stands on.

    `steps`: what each message or step is called, by its id. `started_by`: the event that starts runs, where
    there is one. `looked_at`: the event of the `where` around. `kept`: how long events are kept.
    `awaited`: the event that each branch of a `wait_for` holds, by the branch's id. `noted`: the types of
    the run's variables, as far as they are known.
    """

    catalog: Catalog
    steps: Mapping[str, str] = field(default_factory=dict)
    started_by: str | None = None
    looked_at: str | None = None
    kept: Duration | None = None
    awaited: Mapping[str, str] = field(default_factory=dict)
    noted: Mapping[str, Type] = field(default_factory=dict)


class Speech(Protocol):
    """Says expressions: as a value (`the person's tier`), as a statement, or as its contrary."""

    @property
    def names(self) -> Names:
        """The vocabulary."""

    def value(self, node: Expression) -> str:
        """The expression as a noun."""

    def clause(self, node: Expression) -> str:
        """The condition as a statement that it holds."""

    def denied(self, node: Expression) -> str:
        """The condition as a statement that it does not hold."""

    def about(self, event: str) -> "Speech":
        """The same inside a `where` about an event."""


def quoted(text: str) -> str:
    """A name set apart from the sentence around it."""
    return f"“{text}”"


def spaced(name: str) -> str:
    """`order.placed` and `first_name` as people read them."""
    return name.replace("_", " ").replace(".", " ")


def event_name(event: str) -> str:
    """`order.placed` as “order placed”."""
    return quoted(spaced(event))


def channel_name(channel: str) -> str:
    """`email`, `SMS`, or the channel's own name."""
    return CHANNEL_NAMES.get(channel, spaced(channel))


def listed(words: Iterable[str], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    each = list(words)
    if len(each) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(each)
    return f"{', '.join(each[:-1])} {joint} {each[-1]}"


def capital(text: str) -> str:
    """A sentence's first letter, and nothing else, in capitals."""
    return text[:1].upper() + text[1:]
