"""The doors through which the world reaches Relance: its API, the providers' webhooks, the links in messages.

The demo uses them as the world does, over HTTP and signed, so that nothing that it shows is staged.
"""

import base64
import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key
from twilio.request_validator import RequestValidator

from channels.sendgrid.webhook import SIGNATURE_HEADER, TIMESTAMP_HEADER
from commands.local.keys import LocalKeys

BATCH = 1_000
"""The most events or contacts that the API takes in one call."""

TIMEOUT_SECONDS = 30
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
"""What people's browsers call themselves: whoever calls itself a program is no person."""


class Doors:
    """An HTTP client that plays the brand's systems, SendGrid, Twilio and people's mail programs."""

    def __init__(self, web: str, keys: LocalKeys) -> None:
        self._web = web
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
        self._api = {"Authorization": f"Bearer {keys.api_key}"}
        self._twilio = RequestValidator(keys.twilio_auth_token)
        signer = load_der_private_key(base64.b64decode(keys.webhook_private_key), password=None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        self._signer = signer
        self.accepted = 0
        """Events that the API said it has."""

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def contacts(self, contacts: Sequence[Mapping[str, Any]]) -> None:
        """Load contacts in one call a thousand. Raises RuntimeError when any is refused."""
        for start in range(0, len(contacts), BATCH):
            await self._post("/v1/contacts", list(contacts[start : start + BATCH]))

    async def events(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Raise events in one call a thousand. Raises RuntimeError when any is refused."""
        for start in range(0, len(events), BATCH):
            answer = await self._post("/v1/events", list(events[start : start + BATCH]))
            self.accepted += int(answer["accepted"])

    async def email_reports(self, reports: Sequence[Mapping[str, Any]]) -> None:
        """Post SendGrid events, signed as SendGrid signs them."""
        raw = json.dumps(list(reports)).encode() + b"\r\n"
        stamp = str(int(time.time()))
        signature = self._signer.sign(stamp.encode() + raw, ec.ECDSA(hashes.SHA256()))
        headers = {SIGNATURE_HEADER: base64.b64encode(signature).decode(), TIMESTAMP_HEADER: stamp}
        headers["Content-Type"] = "application/json"
        answer = await self._client.post(f"{self._web}/webhooks/sendgrid", content=raw, headers=headers)
        answer.raise_for_status()

    async def sms_report(self, message_id: str, provider_id: str, status: str) -> None:
        """Post a Twilio status callback, signed as Twilio signs it."""
        form = {"MessageSid": provider_id, "MessageStatus": status}
        await self._twilio_post(f"/webhooks/twilio/status?message_id={message_id}", form)

    async def sms_reply(self, phone: str, to: str, text: str, sid: str) -> None:
        """Post an inbound SMS, signed as Twilio signs it."""
        form = {"MessageSid": sid, "From": phone, "To": to, "Body": text, "SmsStatus": "received"}
        await self._twilio_post("/webhooks/twilio/inbound", form)

    async def unsubscribe(self, url: str) -> None:
        """What a mail program does for its unsubscribe button (RFC 8058)."""
        answer = await self._client.post(url, data={"List-Unsubscribe": "One-Click"})
        answer.raise_for_status()

    async def follow(self, url: str) -> None:
        """Follow a tracked link as far as us; where it leads is not on this machine."""
        answer = await self._client.get(url, follow_redirects=False, headers={"User-Agent": BROWSER})
        if answer.is_error:
            answer.raise_for_status()

    async def _twilio_post(self, path: str, form: dict[str, str]) -> None:
        url = self._web + path
        headers = {"X-Twilio-Signature": self._twilio.compute_signature(url, form)}
        answer = await self._client.post(url, data=form, headers=headers)
        answer.raise_for_status()

    async def _post(self, path: str, body: Any) -> Any:
        answer = await self._client.post(self._web + path, json=body, headers=self._api)
        told = answer.json() if answer.content else {}
        if answer.is_error or told.get("errors"):
            raise RuntimeError(f"{path} answered {answer.status_code}: {json.dumps(told)[:500]}")
        return told


def event(name: str, contact: str, at: datetime, key: str, **properties: Any) -> dict[str, Any]:
    """An event as the API takes it; `key` is the id under which it counts once."""
    return {"id": key, "name": name, "contact": contact, "at": at.isoformat(), "with": properties}
