"""What SendGrid's events mean in our vocabulary, as data (docs: Event Webhook reference)."""

import re
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


_FAILED = frozenset({"bounced", "blocked", "dropped", "deferred"})
_REPLY_CODE = re.compile(r"\b[245]\d\d\b")
_STATUS_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_TOLD = (
    "unsubscribed address",
    "bounced address",
    "spam reporting address",
    "invalid smtpapi header",
    "invalid address",
    "spam content",
    "recipient list over package quota",
    "technical failure",
    "reputation",
    "frequency/volume too high",
    "mailbox unavailable",
    "invalid",
)
"""What SendGrid itself says of a drop or a bounce, by `reason` or `bounce_classification`."""


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


def reason_of(raw: Mapping[str, Any]) -> str | None:
    """Why a mail did not arrive, in words of ours: by codes (RFC 5321, RFC 3463) and SendGrid's own terms.

    What a mail server says in full quotes addresses and names; it stays in the original alone, for as long as
    that is kept.
    """
    kind = kind_of(raw)
    if kind not in _FAILED:
        return None
    said = " ".join(str(raw.get(name, "")) for name in ("reason", "response", "status"))
    codes = [found[0] for pattern in (_REPLY_CODE, _STATUS_CODE) if (found := pattern.search(said))]
    terms = f"{raw.get('reason', '')}; {raw.get('bounce_classification', '')}".lower()
    term = next((each for each in _TOLD if each in terms), None)
    why = ", ".join(part for part in (" ".join(codes), term) if part)
    return f"{kind}: {why}" if why else kind
