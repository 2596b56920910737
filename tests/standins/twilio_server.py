"""A local Twilio: checks Messages requests strictly, keeps what it took, and calls back with signatures.

The signatures are computed here by the documented rule and not by Twilio's package, which checks them.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.standins.local_server import LocalServer

Algorithm = Literal["HMAC_SHA1", "HMAC_SHA256"]

PARAMETERS = {
    "To",
    "From",
    "MessagingServiceSid",
    "Body",
    "StatusCallback",
    "ValidityPeriod",
    "SmartEncoded",
    "ScheduleType",
    "SendAt",
    "ShortenUrls",
    "MessageIntent",
    "ContentRetention",
    "AddressRetention",
}
INTENTS = {
    "otp",
    "notifications",
    "marketing",
    "fraud",
    "security",
    "customercare",
    "delivery",
    "education",
    "polling",
    "announcements",
    "events",
}
E164 = re.compile(r"\+[1-9]\d{7,14}")
SENDER = re.compile(r"\+[1-9]\d{7,14}|\d{5,6}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
MAGIC = {"+15005550001": 21211, "+15005550009": 21614, "+15005550004": 21610}
"""The numbers of Twilio's test credentials."""


@dataclass(frozen=True)
class TakenSms:
    """One SMS that the stand-in accepted: its MessageSid and the form as it was sent."""

    sid: str
    form: dict[str, str]


class TwilioServer(LocalServer):
    """`async with TwilioServer() as twilio:`, then `twilio.base_url`."""

    def __init__(
        self,
        account_sid: str = "AC" + "0" * 32,
        auth_token: str = "standin-token",
        *,
        inbound_url: str | None = None,
    ) -> None:
        super().__init__()
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.inbound_url = inbound_url
        self.opted_out: set[str] = set()
        self.taken: list[TakenSms] = []
        self.deleted: list[str] = []
        self.under_way: set[str] = set()
        """Ids of messages that cannot be deleted yet."""

    async def handle(self, request: Request) -> Response:
        """`POST` and `DELETE` of messages below `/2010-04-01/Accounts/{sid}`, and nothing else."""
        base = f"/2010-04-01/Accounts/{self.account_sid}/Messages"
        one = re.fullmatch(re.escape(base) + r"/((?:SM|MM)[0-9a-f]{32})\.json", request.url.path)
        if not one and request.url.path != f"{base}.json":
            return _error(404, 20404, "The requested resource was not found")
        if request.method != ("DELETE" if one else "POST"):
            return _error(405, 20004, "Method not allowed")
        basic = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {basic}":
            return _error(401, 20003, "Authenticate")
        if one:
            return self._delete(one[1])
        if request.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return _error(400, 21604, "A 'To' phone number is required.")
        try:
            return self._take(await request.body())
        except (AssertionError, ValueError) as fault:
            return _error(400, 20001, str(fault))

    def _take(self, raw: bytes) -> Response:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=True)
        form = dict(pairs)
        assert len(form) == len(pairs), "a parameter twice"
        assert not form.keys() - PARAMETERS, f"no such parameter: {form.keys() - PARAMETERS}"
        code = self._code(form)
        if code:
            return _error(400, code, f"No, because of {form.get('To')}")
        taken = TakenSms("SM" + secrets.token_hex(16), form)
        self.taken.append(taken)
        return JSONResponse(self._resource(taken), 201)

    def _delete(self, sid: str) -> Response:
        if sid in self.under_way:
            return _error(409, 20009, "Cannot delete this resource before the message is complete")
        found = [taken for taken in self.taken if taken.sid == sid]
        if not found or sid in self.deleted:
            return _error(404, 20404, "The requested resource was not found")
        self.deleted.append(sid)
        return Response(status_code=204)

    def _code(self, form: Mapping[str, str]) -> int | None:
        to, body = form.get("To", ""), form.get("Body", "")
        if not E164.fullmatch(to) or to in MAGIC:
            return MAGIC.get(to, 21211)
        if to in self.opted_out:
            return 21610
        if not body:
            return 21602
        if len(body) > 1600:
            return 21617
        return self._sender_code(form) or self._setting_code(form)

    def _sender_code(self, form: Mapping[str, str]) -> int | None:
        if "From" not in form and "MessagingServiceSid" not in form:
            return 21603
        if "From" in form and not SENDER.fullmatch(form["From"]):
            return 21212
        return None

    def _setting_code(self, form: Mapping[str, str]) -> int | None:
        callback = urlsplit(form.get("StatusCallback", "https://x.example/"))
        if callback.scheme not in {"http", "https"} or not callback.hostname or "_" in callback.hostname:
            return 21609
        validity, intent = form.get("ValidityPeriod", "36000"), form.get("MessageIntent", "marketing")
        assert validity.isdigit(), "ValidityPeriod is a whole number"
        assert 1 <= int(validity) <= 36_000, "ValidityPeriod is 1 to 36000"
        assert intent in INTENTS, f"no such MessageIntent: {intent}"
        return None

    def _resource(self, taken: TakenSms) -> dict[str, Any]:
        service = taken.form.get("MessagingServiceSid")
        return {
            "sid": taken.sid,
            "account_sid": self.account_sid,
            "status": "accepted" if service else "queued",
            "to": taken.form["To"],
            "from": taken.form.get("From"),
            "messaging_service_sid": service,
            "body": taken.form["Body"],
            "num_segments": "0" if service else "1",
            "error_code": None,
            "error_message": None,
            "api_version": "2010-04-01",
        }

    def status_form(self, taken: TakenSms, status: str, **fields: str) -> dict[str, str]:
        """The form of a status callback."""
        return {
            "MessageSid": taken.sid,
            "SmsSid": taken.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": taken.form["To"],
            "From": taken.form.get("From", "+33700000000"),
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            **fields,
        }

    def inbound_form(self, from_: str, to: str, body: str, **fields: str) -> dict[str, str]:
        """The form of an SMS that a person writes."""
        sid = "SM" + secrets.token_hex(16)
        return {
            "MessageSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": self.account_sid,
            "From": from_,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "FromCity": "",
            "ApiVersion": "2010-04-01",
            **fields,
        }

    def sign(self, url: str, form: Mapping[str, str], algorithm: Algorithm = "HMAC_SHA1") -> dict[str, str]:
        """The headers of a call to `url`: HMAC over the address and every parameter, sorted by name."""
        said = url + "".join(name + form[name] for name in sorted(form))
        digest = hashlib.sha256 if algorithm == "HMAC_SHA256" else hashlib.sha1
        mac = hmac.new(self.auth_token.encode(), said.encode(), digest)
        headers = {"X-Twilio-Signature": base64.b64encode(mac.digest()).decode()}
        if algorithm == "HMAC_SHA256":
            settings = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
            headers["X-Twilio-Webhooks-Signature-Settings"] = settings
        return headers

    async def report(self, taken: TakenSms, status: str, **fields: str) -> httpx.Response:
        """Post one status to the callback that the SMS was sent with."""
        return await self._post(taken.form["StatusCallback"], self.status_form(taken, status, **fields))

    async def receive(self, from_: str, to: str, body: str, **fields: str) -> httpx.Response:
        """Post an inbound SMS to `inbound_url`, blocking the pair on the words that Twilio itself obeys."""
        assert self.inbound_url, "tell the stand-in where inbound SMS go"
        if body.strip().upper() in {
            "STOP",
            "STOPALL",
            "UNSUBSCRIBE",
            "CANCEL",
            "END",
            "QUIT",
            "REVOKE",
            "OPTOUT",
        }:
            self.opted_out.add(from_)
        if body.strip().upper() in {"START", "YES", "UNSTOP"}:
            self.opted_out.discard(from_)
        return await self._post(self.inbound_url, self.inbound_form(from_, to, body, **fields))

    async def _post(self, url: str, form: Mapping[str, str]) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(url, data=form, headers=self.sign(url, form))


def _error(status: int, code: int, message: str) -> JSONResponse:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)
