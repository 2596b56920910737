"""What people said of topics and channels, and which of it is news to the ledger of consents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from engine.consent import EVERYTHING
from store import consents
from store.database import Connection, Row

About: TypeAlias = tuple[str, str, str]
"""A contact, a topic and a channel."""

Basis: TypeAlias = Literal["consent", "soft_opt_in", "legitimate_interest"]


@dataclass(frozen=True)
class Statement:
    """What a person said about a topic on a channel, and when; `text` and `proof` show that they did.

    The topic `tracking` with channels `opens` and `clicks` is consent to tracking.
    """

    contact_id: str
    topic: str
    channel: str
    state: Literal["granted", "withdrawn"]
    at: datetime
    basis: Basis = "consent"
    text: str | None = None
    proof: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rests_on_a_sale(self) -> bool:
        """Whether a sale must go with it (soft opt-in)."""
        return (self.state, self.basis) == ("granted", "soft_opt_in")

    def about(self) -> tuple[str, str, str]:
        """Contact, topic and channel."""
        return self.contact_id, self.topic, self.channel


async def news(connection: Connection, statements: Sequence[Statement], now: datetime) -> list[Statement]:
    """Without what the ledger knows: an old list that is imported again, and again, changes nothing.

    A consent from before the withdrawal that holds is history, and brings nothing back (GDPR, art. 7.3); nor
    does a sale or an interest of the brand's after it: only they themselves, by a consent (GDPR, art. 21.3).
    """
    concerned = {each.contact_id for each in statements}
    held: dict[About, Row] = {
        (row["contact_id"], row["topic"], row["channel"]): row
        for row in await consents.latest(connection, concerned)
    }
    old = [(*each.about(), each.state, each.at) for each in statements if each.at < now]
    told = await consents.told(connection, old)
    fresh = []
    for each in statements:
        before = last_said(held, each.about()) or {"state": None, "at": each.at}
        brings_back = each.basis == "consent" and each.at >= before["at"]
        outdated = (each.state, before["state"]) == ("granted", "withdrawn") and not brings_back
        if not outdated and (*each.about(), each.state, each.at) not in told:
            held[each.about()] = {"state": each.state, "at": each.at}
            fresh.append(each)
    return fresh


def last_said(held: Mapping[About, Row], about: About) -> Row | None:
    """The line that holds for a topic: its own, or a later one by which somebody left everything."""
    contact_id, _, channel = about
    own, whole = held.get(about), held.get((contact_id, EVERYTHING, channel))
    return own if whole is None or (own is not None and own["at"] >= whole["at"]) else whole
