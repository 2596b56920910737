"""What SendGrid's events mean in our vocabulary, as data (docs: Event Webhook reference)."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from channels.events import EventKind

Suppression: TypeAlias = Literal["invalid", "stop", "hard_bounce", "complaint", "unsubscribe"]

_KINDS: Mapping[str, EventKind] = {
    "processed": "accepted",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "dropped": "dropped",
    "open": "opened",
    "click": "clicked",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
"""`group_resubscribe` and `account_status_change` stay unknown on purpose: neither is a person's consent."""

_SUPPRESSIONS: Mapping[EventKind, Suppression] = {
    "bounced": "hard_bounce",
    "complained": "complaint",
    "unsubscribed": "unsubscribe",
}

# SendGrid drops what its own lists forbid; the reason says what it knew and we did not.
_DROPS: tuple[tuple[str, Suppression], ...] = (
    ("unsubscribed address", "unsubscribe"),
    ("bounced address", "hard_bounce"),
    ("spam reporting address", "complaint"),
)


def kind_of(raw: Mapping[str, Any]) -> EventKind:
    """The kind of one event. A bounce of type `blocked` was refused this time: the address lives."""
    event = raw.get("event")
    if event == "bounce" and raw.get("type") == "blocked":
        return "blocked"
    return _KINDS.get(event, "unknown") if isinstance(event, str) else "unknown"


def is_from_everything(raw: Mapping[str, Any]) -> bool:
    """Whether an unsubscription is from all that SendGrid sends for us, and not from one of its groups.

    It drops every later mail to who is on its global list, whatever the topic.
    """
    return suppression_of(raw) == "unsubscribe" and raw.get("event") != "group_unsubscribe"


def suppression_of(raw: Mapping[str, Any]) -> Suppression | None:
    """What one event says of the address, or None."""
    kind = kind_of(raw)
    if kind != "dropped":
        return _SUPPRESSIONS.get(kind)
    reason = str(raw.get("reason", "")).strip().lower()
    if reason == "invalid":
        return "invalid"
    return next((why for start, why in _DROPS if reason.startswith(start)), None)
