"""A local SendGrid: checks Mail Send requests strictly, keeps what it took, reports by signed webhooks."""

import base64
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.standins.local_server import LocalServer
from tests.standins.sendgrid_rules import ADDRESS, Fault, faults

LARGEST = 30_000_000
ERASURES = "/v3/recipients/erasejob"


@dataclass(frozen=True)
class Taken:
    """One email that the stand-in accepted: its `X-Message-Id` and the body as it was sent."""

    id: str
    body: dict[str, Any]

    @property
    def to(self) -> str:
        """The address of its one person."""
        return str(self.body["personalizations"][0]["to"][0]["email"])


class SendGridServer(LocalServer):
    """`async with SendGridServer(api_key) as sendgrid:`, then `sendgrid.base_url`."""

    def __init__(self, api_key: str = "SG.standin", *, webhook_url: str | None = None) -> None:
        super().__init__()
        self.api_key = api_key
        self.webhook_url = webhook_url
        self.taken: list[Taken] = []
        self.erased: list[str] = []
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> str:
        """The verification key as SendGrid's settings show it: base64 without armour."""
        public = self._key.public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    async def handle(self, request: Request) -> Response:
        """`POST /v3/mail/send` and `POST /v3/recipients/erasejob`, and nothing else."""
        if request.url.path not in {"/v3/mail/send", ERASURES}:
            return _errors(404, Fault(None, "not found"))
        if request.method != "POST":
            return _errors(405, Fault(None, "method not allowed"))
        if request.headers.get("Authorization") != f"Bearer {self.api_key}":
            message = "The provided authorization grant is invalid, expired, or revoked"
            return _errors(401, Fault(None, message))
        content_type, raw = request.headers.get("Content-Type", ""), await request.body()
        if request.url.path == ERASURES:
            return self._erase(content_type, raw)
        return self._take(content_type, raw)

    def _erase(self, content_type: str, raw: bytes) -> Response:
        body = json.loads(raw)
        addresses = body.get("email_addresses")
        right = content_type == "application/json" and body.keys() == {"email_addresses"}
        if not right or not isinstance(addresses, list) or not 1 <= len(addresses) <= 5_000:
            return _errors(400, Fault("email_addresses", "must be a list of 1 to 5000 addresses"))
        if len(raw) > 256 * 1024 or not all(ADDRESS.fullmatch(each) for each in addresses):
            return _errors(400, Fault("email_addresses", "is invalid"))
        self.erased += addresses
        return JSONResponse({"job_id": secrets.token_hex(8)}, 202)

    def _take(self, content_type: str, raw: bytes) -> Response:
        if not re.fullmatch(r"application/json(; ?charset=utf-8)?", content_type, re.IGNORECASE):
            return _errors(415, Fault(None, "Content-Type should be application/json."))
        if len(raw) > LARGEST:
            return _errors(413, Fault(None, "The JSON payload is too large"))
        try:
            body = json.loads(raw)
        except ValueError:
            return _errors(400, Fault(None, "Bad Request"))
        found = list(faults(body))
        if found:
            return _errors(400, *found)
        taken = Taken(secrets.token_urlsafe(16), body)
        self.taken.append(taken)
        return Response(status_code=202, headers={"X-Message-Id": taken.id})

    def event(self, taken: Taken, kind: str, **fields: Any) -> dict[str, Any]:
        """One event about an email, with its custom arguments flattened as SendGrid does.

        A field given as None is left out: `sg_message_id=None` is a delayed bounce.
        """
        event = {
            "email": taken.to,
            "timestamp": int(time.time()),
            "event": kind,
            "smtp-id": f"<{taken.id}@geopod-ismtpd-1>",
            "sg_event_id": secrets.token_urlsafe(24),
            "sg_message_id": f"{taken.id}.recvd-7d7c6b8c4-1-63A1B2C3-5.0",
            **taken.body.get("custom_args", {}),
            **taken.body["personalizations"][0].get("custom_args", {}),
            **({"category": taken.body["categories"]} if "categories" in taken.body else {}),
            **fields,
        }
        return {name: value for name, value in event.items() if value is not None}

    def sign(self, raw: bytes, timestamp: str | None = None) -> dict[str, str]:
        """The headers of a call whose body is `raw`, to the byte."""
        at = timestamp or str(int(time.time()))
        signature = self._key.sign(at.encode() + raw, ec.ECDSA(hashes.SHA256()))
        return {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": at,
        }

    async def report(self, *events: dict[str, Any]) -> httpx.Response:
        """Post events to `webhook_url` in one signed call, and give the answer back."""
        assert self.webhook_url, "tell the stand-in where to report"
        raw = encode(events)
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(self.webhook_url, content=raw, headers=self.sign(raw))


def encode(events: Any) -> bytes:
    """The body of a call: a JSON array and the line break that is part of what is signed."""
    return json.dumps(list(events)).encode() + b"\r\n"


def _errors(status: int, *found: Fault) -> JSONResponse:
    errors = [{"message": fault.message, "field": fault.field, "help": None} for fault in found]
    return JSONResponse({"errors": errors}, status)
