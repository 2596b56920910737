"""What a decision rested on, as far as it is not kept otherwise: recorded, and put together again.

Events, consents, blocks and attributes are append-only and have places among the events, so that one number
says which of them were known. Messages move on, pools fill and pauses end: of those it is written down how
they stood, if it could matter to the decision.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dsl.codec import decode, encode
from engine.effects import Taken
from engine.facts import message_fact
from engine.state import COUNTED, Facts, HouseholdMessage, MessageFact
from store.database import Row

IN_FLIGHT = 10_000
"""Places within which transactions under way together may commit in another order: some seconds of events."""

WHOLE = frozenset({"reserved", "released"})
"""States from which a message may be reserved again, with another channel or text."""


def row_of(taken: Taken, facts: Facts, standing: Row, now: datetime, *, held: bool) -> Row:
    """What is written of a decision.

    `standing`: the last place among the events, and the world in force. `held`: it stood still in a pause,
    and only what ends it was asked.
    """
    settled = standing["seen"] - IN_FLIGHT
    return {
        "run_id": taken.run.id,
        "sequence": taken.run.sequence + 1,
        "contact_id": taken.run.contact_id,
        "version": taken.run.version,
        "world_id": standing["world_id"],
        "at": now,
        "seen": standing["seen"],
        "fresh": [event.seq for event in facts.events if event.seq > settled],
        "heard": [event.seq for event in taken.wake.events],
        "facts": dict(_facts(taken.run.id, facts)) | ({"held": True} if held else {}),
    }


def _facts(run_id: int, facts: Facts) -> Iterator[tuple[str, Any]]:
    messages = [_as_it_stands(m) for m in facts.messages if m.run_id == run_id or m.state in COUNTED]
    if messages:
        yield "messages", messages
    if facts.housemates:
        yield "household", [encode(each) for each in facts.housemates]
    if facts.paused_channels:
        yield "paused", sorted(facts.paused_channels)
    if facts.empty_pools:
        yield "empty", sorted(facts.empty_pools)
    answers = [[step, iteration] for (id_, step, iteration) in facts.answers if id_ == run_id]
    if answers:
        yield "answers", answers


def _as_it_stands(message: MessageFact) -> dict[str, Any]:
    if message.state in WHOLE:
        whole: dict[str, Any] = encode(message)
        return whole
    household = {"household": message.household} if message.household is not None else {}
    return {
        "id": message.id,
        "state": message.state,
        "at": encode(message.at),
        "local_day": encode(message.local_day),
        **household,
    }


def read_messages(recorded: Mapping[str, Any], kept: Mapping[int, Row]) -> tuple[MessageFact, ...]:
    """Messages as they stood. `kept` are their rows of today, of which only what never changes is used.

    Raises LookupError where one of them is not kept any more.
    """
    return tuple(_message(each, kept) for each in recorded.get("messages", ()))


def read_housemates(recorded: Mapping[str, Any]) -> tuple[HouseholdMessage, ...]:
    """What others of the household got, as it stood."""
    return tuple(decode(HouseholdMessage, each) for each in recorded.get("household", ()))


def _message(recorded: Mapping[str, Any], kept: Mapping[int, Row]) -> MessageFact:
    if "run_id" in recorded:
        return decode(MessageFact, dict(recorded))
    row = kept.get(recorded["id"])
    if row is None:
        raise LookupError(f"the message {recorded['id']} is not kept any more")
    return decode(MessageFact, {**encode(message_fact({**row, "household": None})), **recorded})
