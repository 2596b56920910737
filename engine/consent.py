"""Who may be contacted, on which channel, about what: suppression, consent and its legal basis.

Prospecting by email or SMS needs prior consent, or a sale on which a soft opt-in rests (CPCE art. L34-5);
professionals may be written to until they object. A suppression wins over every consent.
"""

from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from typing import Literal

from dsl.catalog import MessageClass, Topic
from dsl.frozen import dataclass
from engine.state import Consent, Facts, Suppression

BASES: dict[str, frozenset[str]] = {
    "opt_in": frozenset({"consent"}),
    "soft_opt_in": frozenset({"consent", "soft_opt_in"}),
    "opt_out": frozenset({"consent", "soft_opt_in", "legitimate_interest"}),
}
"""What a topic accepts as the ground of a granted line, by its default."""

EVERYTHING = "*"
"""The topic of a line by which somebody leaves all that a channel brings, also what the catalog has not yet.

Who agrees to a topic afterwards gets that one.
"""

ADDRESS_NAMES = {"email": "email address", "sms": "phone number"}


@dataclass(frozen=True)
class Refusal:
    """Why a person cannot be reached, with what it rests on (JSON values).

    `since`: when it was withdrawn or blocked, None where it never was possible.
    """

    because: Literal["suppressed", "consent"]
    text: str
    data: dict[str, str] = field(default_factory=dict)
    since: datetime | None = None


def reachable(
    facts: Facts, channel: str, topic: str, message_class: MessageClass, sender: str | None = None
) -> Refusal | None:
    """Why a message of this topic and class may not be sent on this channel; None where it may.

    `sender` is the name of the sender in the catalog; None is the channel's default one.
    """
    if facts.erased:
        return Refusal("suppressed", "the person was erased", {"rule": "erased"})
    return (
        _suppressed(facts, channel, topic, message_class, sender)
        or _without_consent(facts, channel, topic, message_class)
        or _without_address(facts, channel)
    )


def receiving(
    facts: Facts, topic: str = "", message_class: MessageClass = "marketing"
) -> Callable[[str, str | None], bool]:
    """What answers `can_receive(channel, topic)` about a person.

    Of `topic`, the scenario's own, it is asked with the scenario's class, as of a topic that is not declared;
    of another one with the class of that one.
    """
    topics = facts.world.catalog.topics

    def can_receive(channel: str, asked: str | None) -> bool:
        other = topics.get(asked) if asked and asked != topic else None
        class_ = other.message_class if other else message_class
        return reachable(facts, channel, asked or topic, class_) is None

    return can_receive


def _suppressed(
    facts: Facts, channel: str, topic: str, message_class: MessageClass, sender: str | None
) -> Refusal | None:
    declared = facts.world.catalog.senders.get(sender or channel)
    address = declared.address if declared else sender
    for block in facts.suppressions:
        if _stops(block, channel, topic, message_class, address):
            text = f"{channel} to this address has been suppressed since {block.at:%Y-%m-%d}: {block.reason}"
            data = {"rule": "suppression", "reason": block.reason, "since": block.at.isoformat()}
            return Refusal("suppressed", text, {**data, "channel": channel}, block.at)
    return None


def _stops(
    block: Suppression, channel: str, topic: str, message_class: MessageClass, sender: str | None
) -> bool:
    return (
        block.channel == channel
        and message_class in block.reaches
        and (block.topics is None or topic in block.topics)
        and (block.sender is None or sender is None or block.sender == sender)
    )


def _without_consent(facts: Facts, channel: str, topic: str, message_class: MessageClass) -> Refusal | None:
    if message_class == "transactional":
        return None
    line = _line(facts, topic, channel)
    data = {"rule": "consent", "topic": topic, "channel": channel}
    if line and line.state == "withdrawn":
        since = {"state": "withdrawn", "since": line.at.isoformat()}
        text = f"consent to {topic} by {channel} was withdrawn on {line.at:%Y-%m-%d}"
        return Refusal("consent", text, data | since, line.at)
    declared = facts.world.catalog.topics.get(topic)
    if declared and declared.channels and channel not in declared.channels:
        return Refusal(
            "consent", f"{topic} is not sent by {channel}", data | {"state": "not a channel of it"}
        )
    if message_class == "service" or _has_ground(facts, declared, line):
        return None
    if line:
        text = f"consent to {topic} by {channel} rests on {line.basis}, which the topic does not accept"
        return Refusal("consent", text, data | {"state": "wrong basis", "basis": line.basis})
    return Refusal("consent", f"there is no consent to {topic} by {channel}", data | {"state": "missing"})


def _line(facts: Facts, topic: str, channel: str) -> Consent | None:
    """What the person said last of a topic on a channel, or of all that comes by it."""
    own, whole = facts.consents.get((topic, channel)), facts.consents.get((EVERYTHING, channel))
    return own if whole is None or (own is not None and own.at >= whole.at) else whole


def _has_ground(facts: Facts, topic: Topic | None, line: Consent | None) -> bool:
    default = topic.default if topic else "opt_in"
    professional = facts.attributes.get("is_professional") is True
    if line is None:
        return default == "opt_out" and professional
    return line.basis in BASES[default] and (line.basis != "legitimate_interest" or professional)


def _without_address(facts: Facts, channel: str) -> Refusal | None:
    if channel in facts.addresses:
        return None
    name = ADDRESS_NAMES.get(channel, f"address for {channel}")
    return Refusal("consent", f"the person gave no {name}", {"rule": "address", "channel": channel})
