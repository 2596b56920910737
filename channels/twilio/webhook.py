"""Twilio's two webhooks, the status of an SMS of ours and an SMS to us: verify, then translate."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from channels import stop_words
from channels.errors import InvalidSignature
from channels.events import DeliveryEvent, EventKind
from channels.headers import find, require
from channels.stop_words import Intent
from channels.storable import storable
from channels.twilio.errors import CODES
from channels.twilio.wire import MESSAGE_ID_PARAM, PROVIDER

_KINDS: Mapping[str, EventKind] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "accepted",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "dropped",
}
"""`sent` is the carrier's word for having it, and the last one where the carrier reports no delivery."""

_RULES = {str(code): rule for code, rule in CODES.items()}

_OPT_OUT: Mapping[str, Intent] = {"STOP": "stop", "START": "start", "HELP": "help"}


def _message_id(url: str) -> str | None:
    """Ours, which the address that we gave Twilio holds."""
    ids = parse_qs(urlsplit(url).query).get(MESSAGE_ID_PARAM)
    return ids[0] if ids else None


def parse_status(
    url: str, params: Mapping[str, str], headers: Mapping[str, str], token: str
) -> list[DeliveryEvent]:
    """The event of one status callback.

    `url` is the public address that Twilio called, query included, built from our own settings and not from
    the Host header. `params` is the whole form, untrimmed: Twilio adds fields without notice and signs
    all. `token` is the account's auth token, or the shared key's secret for a webhook signed with one.

    Raises InvalidSignature for a request that is not Twilio's, ValueError for a signed one about no message.
    """
    verify(url, params, headers, token)
    raw = _stored(params)
    sid, status = _required(raw, "MessageSid"), _required(raw, "MessageStatus")
    code = raw.get("ErrorCode")
    rule = _RULES.get(code or "")
    event = DeliveryEvent(
        kind=_KINDS.get(status, "unknown"),
        provider=PROVIDER,
        channel="sms",
        key=f"twilio:{sid}:{status}:{code or ''}",
        at=None,
        message_id=_message_id(url),
        provider_id=sid,
        address=raw.get("To"),
        suppress=rule.suppress if rule else None,
        on_days=rule.on_days if rule else 1,
        stops_channel=rule is not None and rule.outcome == "misconfigured",
        reason=f"{code}: {rule.meaning}" if rule else code or None,
        raw=raw,
    )
    return [event]


def parse_inbound(
    url: str, params: Mapping[str, str], headers: Mapping[str, str], token: str
) -> list[DeliveryEvent]:
    """The event of one SMS written to us; `intent` says whether it asks to stop, start or be helped.

    Arguments and errors as `parse_status`.
    """
    verify(url, params, headers, token)
    raw = _stored(params)
    sid = _required(raw, "MessageSid")
    intent = intent_of(raw)
    event = DeliveryEvent(
        kind="replied",
        provider=PROVIDER,
        channel="sms",
        key=f"twilio:{sid}:received",
        at=None,
        provider_id=sid,
        address=_required(raw, "From"),
        suppress="stop" if intent == "stop" else None,
        text=raw.get("Body", ""),
        to=raw.get("To"),
        intent=intent,
        raw=raw,
    )
    return [event]


def intent_of(params: Mapping[str, str]) -> Intent | None:
    """What an inbound SMS asks. Twilio's Advanced Opt-Out knows the words set up there, we know ours.

    Whoever reads a STOP is right: to write on would be the graver error.
    """
    ours = stop_words.read(params.get("Body", ""))
    theirs = _OPT_OUT.get(params.get("OptOutType", ""))
    return "stop" if "stop" in {ours, theirs} else theirs or ours


def verify(url: str, params: Mapping[str, str], headers: Mapping[str, str], token: str) -> None:
    """Raise InvalidSignature unless the signature, by either of Twilio's algorithms, is that token's."""
    signature = require(headers, SIGNATURE_HEADER, provider=PROVIDER)
    algorithm = get_signature_algorithm(find(headers, SIGNATURE_SETTINGS_HEADER))
    texts = all(isinstance(value, str) for value in params.values())
    if not (texts and token and RequestValidator(token).validate(url, params, signature, algorithm)):
        raise InvalidSignature("twilio: the signature is not that of the request", provider=PROVIDER)


def _stored(params: Mapping[str, str]) -> dict[str, Any]:
    stored: dict[str, Any] = storable(dict(params))
    return stored


def _required(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if not value:
        raise ValueError(f"a Twilio webhook without {name}")
    return str(value)
