"""The doors that anybody may knock at, as providers and people use them: genuine calls, and a description."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from twilio.request_validator import RequestValidator

from channels.sendgrid.wire import MESSAGE_ID_ARG
from channels.smtp import return_path
from tests.web.conftest import PUBLIC_URL, SECRETS, SHOP_SECRET, TWILIO_TOKEN, SendGridKey

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Door:
    """A webhook: `body` is a genuine one about a message, `headers` are those that vouch for a body."""

    path: str
    body: Callable[[str], bytes]
    headers: Callable[[bytes, SendGridKey], Mapping[str, str]]
    source: str | None = None
    """Of the brand's own webhooks: whose it is."""

    @property
    def url(self) -> str:
        """Where it is called."""
        return self.path.format(source=self.source)


def _sendgrid(uid: str) -> bytes:
    bounce = {"event": "bounce", "type": "bounce", "email": "zoe@example.com", "timestamp": 1796115600}
    return json.dumps([bounce | {MESSAGE_ID_ARG: uid}]).encode()


def bounce_by_mail(uid: str, *, secret: str = SECRETS[0], recipient: str = "zoe@example.com") -> bytes:
    """A mail server's notice that the address is dead, come to the return path of a message."""
    token = return_path.token(uid, secret.encode())
    return (
        f"To: bounces+{token}@maison-verte.example\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
    ).encode()


def _status(uid: str) -> bytes:
    del uid
    return urlencode(
        {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30006", "To": "+33639980001"}
    ).encode()


def _inbound(uid: str) -> bytes:
    del uid
    return urlencode(
        {"MessageSid": "SM2", "From": "+33639980001", "To": "MAISONVERTE", "Body": "STOP"}
    ).encode()


def _order(uid: str) -> bytes:
    """An order of Zoé's in the web shop, as `sources/shop.yaml` reads it."""
    order = {"id": uid, "name": "#1001", "financial_status": "paid", "total_price": "85.00"}
    when = {"processed_at": "2026-12-01T09:00:00+01:00"}
    return json.dumps(order | when | {"customer": {"id": 7, "email": "zoe@example.com"}}).encode()


def _by_shop(body: bytes, _key: SendGridKey) -> Mapping[str, str]:
    digest = base64.b64encode(hmac.digest(SHOP_SECRET.encode(), body, "sha256")).decode()
    return {"X-Shop-Hmac-Sha256": digest, "Content-Type": "application/json"}


def _by_twilio(path: str) -> Callable[[bytes, SendGridKey], Mapping[str, str]]:
    def headers(body: bytes, _key: SendGridKey) -> Mapping[str, str]:
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        signature = RequestValidator(TWILIO_TOKEN).compute_signature(PUBLIC_URL + path, fields)
        return {"X-Twilio-Signature": signature, "Content-Type": FORM}

    return headers


DOORS = {
    door.path: door
    for door in (
        Door("/webhooks/sendgrid", _sendgrid, lambda body, key: key.headers(body)),
        Door("/webhooks/smtp/bounce", bounce_by_mail, lambda _body, _key: {"Content-Type": "message/rfc822"}),
        Door("/webhooks/twilio/status", _status, _by_twilio("/webhooks/twilio/status")),
        Door("/webhooks/twilio/inbound", _inbound, _by_twilio("/webhooks/twilio/inbound")),
        Door("/webhooks/in/{source}", _order, _by_shop, source="shop"),
    )
}

_TEXT = {"type": "string"}
_EVENT = {
    "type": "object",
    "properties": {
        "event": {
            "enum": ["bounce", "open", "click", "delivered", "dropped", "unsubscribe", "spamreport", "new"]
        },
        "type": {"enum": ["bounce", "blocked", ""]},
        "email": {"enum": ["zoe@example.com", "nobody@example.com", "", "\x00"]},
        "timestamp": {"type": ["number", "string", "null"]},
        "reason": _TEXT,
        "sg_message_id": _TEXT,
        MESSAGE_ID_ARG: _TEXT,
        "useragent": _TEXT,
    },
}
_SMS = {
    "type": "object",
    "properties": {
        **dict.fromkeys(
            ("MessageSid", "MessageStatus", "ErrorCode", "Body", "OptOutType", "NumMedia"), _TEXT
        ),
        "To": {"enum": ["+33639980001", "MAISONVERTE", "", "+"]},
        "From": {"enum": ["+33639980001", "+33600000000", "zoe"]},
    },
}


_LINE = {"type": "object", "properties": {"sku": _TEXT, "quantity": {"type": ["integer", "string"]}}}
_ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": ["integer", "string", "null"]},
        "financial_status": {"enum": ["paid", "refunded"]},
        "state": {"enum": ["enabled", "disabled", 1]},
        "name": _TEXT,
        "processed_at": {
            "enum": ["2026-12-01T09:00:00Z", "2026-12-01 09:00", "9999-12-31T23:59:59-23:59", 5]
        },
        "updated_at": {"enum": ["2026-12-01T09:00:00Z", "0001-01-01T00:00:00+23:59", ""]},
        "total_price": {"type": ["string", "number", "object"]},
        "email": {"enum": ["zoe@example.com", "new@example.com", "\x00"]},
        "first_name": _TEXT,
        "customer": {
            "type": ["object", "array"],
            "properties": {
                "id": {"enum": [7, 8, ""]},
                "email": {"enum": ["zoe@example.com", "n@example.com"]},
            },
        },
        "line_items": {"type": ["array", "object"], "items": _LINE},
        "marketing": {"type": "object", "properties": {"state": {"enum": ["subscribed", "pending"]}}},
    },
}


def _post(content: Mapping[str, Any], *names: str) -> dict[str, Any]:
    parameters = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names]
    body = {"required": True, "content": {kind: {"schema": schema} for kind, schema in content.items()}}
    return {"parameters": parameters, "requestBody": body, "responses": {"200": {"description": "taken"}}}


_ONE_CLICK = {FORM: {"type": "object"}, "multipart/form-data": {"type": "object"}, "text/plain": _TEXT}
DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "What providers and people call", "version": "1"},
    "paths": {
        "/webhooks/sendgrid": {"post": _post({"application/json": {"type": "array", "items": _EVENT}})},
        "/webhooks/smtp/bounce": {"post": _post({"text/plain": _TEXT})},
        "/webhooks/in/{source}": {
            "post": _post(
                {"application/json": {"anyOf": [_ORDER, {"type": "array", "items": _ORDER}]}}, "source"
            )
        },
        "/webhooks/twilio/status": {"post": _post({FORM: _SMS})},
        "/webhooks/twilio/inbound": {"post": _post({FORM: _SMS})},
        **{f"/{door}/{{token}}": {"post": _post(_ONE_CLICK, "token")} for door in "upk"},
    },
}
"""What these doors take, which /openapi.json does not tell: it is no part of the API for the brand."""
