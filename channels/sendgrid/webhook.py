"""SendGrid's Event Webhook: verify the signature over the raw bytes, then translate every event."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature as BadSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from channels.errors import InvalidSignature, Misconfigured
from channels.events import DeliveryEvent
from channels.headers import require
from channels.machines import is_machine
from channels.sendgrid.kinds import is_from_everything, kind_of, reason_of, suppression_of
from channels.sendgrid.wire import MESSAGE_ID_ARG, PROVIDER
from channels.storable import storable

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"

_ARMOUR = re.compile(r"-----[A-Z ]+-----|\s")
_MESSAGE_ID_TAIL = re.compile(r"\.(?:filter|recvd)")
# What one event of the world has and no other: SendGrid repeats an event up to dozens of times in a day, at
# times under a new `sg_event_id`, so that id is no key.
_NATURAL_KEY = (
    "event",
    "type",
    "timestamp",
    "email",
    "sg_message_id",
    "smtp-id",
    MESSAGE_ID_ARG,
    "url",
    "attempt",
    "reason",
    "asm_group_id",
)


def parse(raw: bytes, headers: Mapping[str, str], public_key: str) -> list[DeliveryEvent]:
    """The events of one call, oldest first, each once.

    `raw` is the body as it came, its final line break included. `public_key` is the verification key of the
    webhook's settings (base64, with or without its PEM armour).

    Raises InvalidSignature for a request that is not SendGrid's, Misconfigured for a key that is none,
    ValueError for a signed body that is no JSON array. Age is no fault: a call is repeated for a day.
    """
    verify(raw, headers, public_key)
    try:
        reports = json.loads(raw)
        events = {event.key: event for event in map(_event, reports if isinstance(reports, list) else ())}
    except RecursionError:
        raise ValueError("the body of a SendGrid event webhook is not as deep as this one") from None
    if not isinstance(reports, list):
        raise ValueError("the body of a SendGrid event webhook is a JSON array")  # noqa: TRY004 - the input's value
    return sorted(events.values(), key=lambda event: event.at or datetime.min.replace(tzinfo=UTC))


def verify(raw: bytes, headers: Mapping[str, str], public_key: str) -> None:
    """Raise InvalidSignature unless the ECDSA signature over timestamp and body is that key's."""
    timestamp = require(headers, TIMESTAMP_HEADER, provider=PROVIDER)
    encoded = require(headers, SIGNATURE_HEADER, provider=PROVIDER)
    key = load_key(public_key)
    try:
        signature = base64.b64decode(encoded, validate=True)
        key.verify(signature, timestamp.encode() + raw, ec.ECDSA(SHA256()))
    except (BadSignature, binascii.Error, ValueError):
        raise InvalidSignature("sendgrid: the signature is not that of the body", provider=PROVIDER) from None


def load_key(public_key: str) -> ec.EllipticCurvePublicKey:
    """The verification key of the event webhook's settings. Raises Misconfigured for anything else."""
    try:
        key = load_der_public_key(base64.b64decode(_ARMOUR.sub("", public_key), validate=True))
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Misconfigured(
            "SENDGRID_WEBHOOK_PUBLIC_KEY is not the verification key of SendGrid's event webhook settings "
            "(base64, it begins with MFkw)",
            provider=PROVIDER,
        )
    return key


def _event(report: Any) -> DeliveryEvent:
    """One report, translated. What we do not know stays, as `unknown`, with the original beside it."""
    clean = storable(report)
    raw = clean if isinstance(clean, dict) else {"value": clean}
    provider_id = _text(raw, "sg_message_id")
    return DeliveryEvent(
        kind=kind_of(raw),
        provider=PROVIDER,
        channel="email",
        key=_key(raw),
        at=_instant(raw.get("timestamp")),
        message_id=_text(raw, MESSAGE_ID_ARG),
        provider_id=_MESSAGE_ID_TAIL.split(provider_id, maxsplit=1)[0] if provider_id else None,
        address=_text(raw, "email"),
        suppress=suppression_of(raw),
        everything=is_from_everything(raw),
        reason=reason_of(raw),
        link=_text(raw, "url"),
        machine=_by_machine(raw),
        raw=raw,
    )


def _by_machine(raw: Mapping[str, Any]) -> bool:
    """Whether nobody looked, as SendGrid saw it or by the name of who did."""
    agent = _text(raw, "useragent")
    return raw.get("sg_machine_open") is True or (agent is not None and is_machine(agent))


def _key(raw: Mapping[str, Any]) -> str:
    """The same for every repetition of one event. Hashed, since it is made of an address."""
    natural = {name: raw[name] for name in _NATURAL_KEY if name in raw}
    told = natural if "event" in natural else {name: raw[name] for name in raw if name != "sg_event_id"}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
    return f"sendgrid:{digest.hexdigest()}"


def _text(raw: Mapping[str, Any], name: str) -> str | None:
    value = raw.get(name)
    return value if isinstance(value, str) and value else None


def _instant(timestamp: Any) -> datetime | None:
    """Epoch seconds as an instant; None for what is none."""
    try:
        return datetime.fromtimestamp(float(timestamp), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
