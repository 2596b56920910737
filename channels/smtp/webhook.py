"""Bounces and complaints as mail servers send them: verify our token, then translate.

A bounce is a delivery status notification (RFC 3464) that came back to the return path; a complaint is a
feedback report (RFC 5965) of a mailbox provider. Both bring our signed id, in the address that they were
sent to or in the header of the message that they give back.
"""

import email
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.message import Message
from email.policy import compat32
from email.utils import parsedate_to_datetime
from typing import Literal

from channels.errors import InvalidSignature
from channels.events import DeliveryEvent, EventKind
from channels.smtp import return_path
from channels.smtp.errors import kills_the_address, rule_of
from channels.smtp.wire import ID_HEADER, PROVIDER
from channels.storable import storable

Suppression = Literal["hard_bounce", "complaint", "unsubscribe"]

_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
"""Where servers write the address to which a bounce came."""
_ACTIONS: Mapping[str, EventKind] = {
    "delayed": "deferred",
    "delivered": "delivered",
    "relayed": "accepted",
    "expanded": "accepted",
}
_COMPLAINTS: Mapping[str, tuple[EventKind, Suppression]] = {
    "abuse": ("complained", "complaint"),
    "opt-out": ("unsubscribed", "unsubscribe"),
    "opt-out-list": ("unsubscribed", "unsubscribe"),
}
"""`fraud`, `virus`, `other` and `not-spam` stay unknown: none of them is the person's wish."""

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_PERMANENT = 500
_MOST_PARTS = 50


def parse(raw: bytes, keys: Sequence[str]) -> list[DeliveryEvent]:
    """The events of one message that came to the mailbox of bounces; none for what is no report.

    `raw` is the message as it was delivered. `keys` are the secrets of the installation, any of which may
    have signed. The addresses that a report names are not taken over: it may only speak of the message whose
    token it has, and so of the person to whom that one went.

    Raises InvalidSignature where no token of ours is in it, ValueError for what is no mail.
    """
    try:
        mail = email.message_from_bytes(raw, policy=compat32)
        parts = _parts(mail)
        message_id = _about(parts, [key.encode() for key in keys])
        if message_id is None:
            raise InvalidSignature("smtp: no return path or id that we signed", provider=PROVIDER)
        return [event for event in _events(parts, message_id, _date(mail)) if event]
    except RecursionError:
        raise ValueError("a bounce is not as deep as this one") from None


def _parts(mail: Message) -> list[Message]:
    """The mail and what it consists of, the message that it gives back included."""
    found = []
    for part in mail.walk():
        found.append(part)
        if len(found) == _MOST_PARTS:
            break
    return found


def _about(parts: Sequence[Message], keys: Sequence[bytes]) -> str | None:
    """The message that a report is about, by the first token that one of our keys has signed."""
    tokens = [each for name in _ADDRESSED for each in return_path.tokens_in(_header(parts[0], name))]
    for part in parts:
        tokens += [_header(part, ID_HEADER).strip(), *return_path.tokens_in(_header(part, "Return-Path"))]
        if part.get_content_type() == "text/rfc822-headers":
            given_back = email.message_from_string(_text(part), policy=compat32)
            tokens.append(_header(given_back, ID_HEADER).strip())
    read = (return_path.read(token, keys) for token in tokens if token)
    return next((found for found in read if found), None)


def _events(parts: Sequence[Message], message_id: str, at: datetime | None) -> Iterator[DeliveryEvent]:
    for part in parts:
        kind = part.get_content_type()
        blocks = part.get_payload()
        if kind == "message/delivery-status" and isinstance(blocks, list):
            for block in blocks:
                if isinstance(block, Message) and block["Action"]:
                    yield _bounce(block, message_id, at)
        if kind == "message/feedback-report":
            yield _complaint(_fields(part), message_id, at)


def _bounce(block: Message, message_id: str, at: datetime | None) -> DeliveryEvent:
    """What became of it for one recipient (RFC 3464, 2.3)."""
    action = _header(block, "Action").strip().lower()
    diagnostic = _header(block, "Diagnostic-Code")
    found = _STATUS.search(_header(block, "Status")) or _STATUS.search(diagnostic)
    status = found[1] if found else ""
    what = f"{action} {status}"
    if action != "failed":
        return _event(_ACTIONS.get(action, "unknown"), message_id, at, what, None, status or None)
    reason = f"{status}: {rule_of(_PERMANENT, status)[0].meaning}" if status else "failed"
    if kills_the_address(status):
        return _event("bounced", message_id, at, what, "hard_bounce", reason)
    return _event("blocked", message_id, at, what, None, reason)


def _complaint(fields: Message, message_id: str, at: datetime | None) -> DeliveryEvent:
    feedback = _header(fields, "Feedback-Type").strip().lower()
    unknown: tuple[EventKind, Suppression | None] = ("unknown", None)
    kind, suppress = _COMPLAINTS.get(feedback, unknown)
    return _event(kind, message_id, at, f"feedback {feedback}", suppress, feedback or None)


def _event(
    kind: EventKind,
    message_id: str,
    at: datetime | None,
    what: str,
    suppress: Suppression | None,
    reason: str | None,
) -> DeliveryEvent:
    """One event. Its original is left out: it quotes addresses, and often the message itself."""
    digest = hashlib.sha256(f"{message_id} {what}".encode(errors="replace")).hexdigest()
    return DeliveryEvent(
        kind=kind,
        provider=PROVIDER,
        channel="email",
        key=f"smtp:{digest}",
        at=at,
        message_id=message_id,
        suppress=suppress,
        reason=storable(reason),
        raw={"report": storable(what)},
    )


def _fields(part: Message) -> Message:
    """The fields of a feedback report, which Python reads as the header of a message."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    return email.message_from_string(str(payload), policy=compat32)


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _header(part: Message, name: str) -> str:
    """Every value of a header as one text, '' where there is none."""
    return " ".join(str(value) for value in part.get_all(name, []))


def _date(mail: Message) -> datetime | None:
    """When the report was written; None where it does not say, or not with its offset."""
    try:
        at = parsedate_to_datetime(_header(mail, "Date"))
        return at.astimezone(UTC) if at.tzinfo else None
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
