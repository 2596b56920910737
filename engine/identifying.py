"""Whose an event is, where its sender knows an address or an id of another system and not ours.

What was given is never repeated in a refusal: it may be personal.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from engine.attribute_input import BadAttribute, read_address
from store import identities
from store.database import Connection
from store.identities import OUR_ID, Way

ADDRESSES = ("email", "phone")
MOST = 10
"""Identities of one event."""


@dataclass(frozen=True)
class NotIdentified:
    """Why it is not clear whose an event is; the message holds the remedy."""

    code: str
    message: str


@dataclass(frozen=True)
class Named:
    """Whom a sender means: our id where they know it, and what else they know somebody by."""

    contact: str | None
    identities: Mapping[str, str]


async def identify(connection: Connection, named: Sequence[Named]) -> list[str | NotIdentified]:
    """The contact of each, or why there is none; one statement for all.

    All that leads to somebody must lead to one person; what nobody has says nothing. Our own id is left as it
    is where nobody has it.
    """
    ways = [_ways(each) for each in named]
    asked = {way for each in ways if not isinstance(each, NotIdentified) for way in each}
    people = await identities.people(connection, sorted(asked))
    return [
        each if isinstance(each, NotIdentified) else _one(of, {way: people.get(way, set()) for way in each})
        for of, each in zip(named, ways, strict=True)
    ]


def _ways(named: Named) -> list[Way] | NotIdentified:
    ways = [(OUR_ID, named.contact)] if named.contact else []
    for kind, value in named.identities.items():
        try:
            ways.append((kind, read_address(kind, value) if kind in ADDRESSES else value))
        except BadAttribute:
            how = "with its country, like +33639980001" if kind == "phone" else "like zoe@example.com"
            return NotIdentified("bad_identity", f"`{kind}` is none: write it {how}")
    return ways


def _one(named: Named, found: Mapping[Way, AbstractSet[str]]) -> str | NotIdentified:
    """Whom all ways lead to."""
    known = {kind: people for (kind, _), people in found.items() if people}
    if named.contact is not None and OUR_ID not in known:
        return named.contact
    if not known:
        return _nobody(tuple(named.identities))
    both = set.intersection(*(set(each) for each in known.values()))
    if len(both) == 1:
        return both.pop()
    told = _list([kind or "contact" for kind in known])
    if both:
        message = f"several people have this {told}: give `contact`, or another identity beside it"
        return NotIdentified("shared_identity", message)
    message = f"{told} lead to different people: merge them if they are one, or give what is theirs alone"
    return NotIdentified("identities_differ", message)


def _nobody(kinds: tuple[str, ...]) -> NotIdentified:
    told = _list(kinds)
    remedy = "create the person first with PUT /v1/contacts/{id}, which takes addresses and `identities`"
    return NotIdentified("unknown_identity", f"nobody has this {told}: {remedy}")


def _list(kinds: Sequence[str]) -> str:
    *first, last = (f"`{kind}`" for kind in kinds)
    return f"{', '.join(first)} and {last}" if first else last
