"""A message out and its reports back, over HTTP both ways, as a deployment would see them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from channels.errors import InvalidSignature, Refused
from channels.events import DeliveryEvent
from channels.registry import STATUS_PATH, build
from channels.sendgrid import webhook as sendgrid
from channels.smtp import webhook as smtp
from channels.twilio import reply
from channels.twilio import webhook as twilio
from tests.standins.local_server import LocalServer
from tests.standins.sendgrid_server import SendGridServer
from tests.standins.smtp_server import SmtpServer, bounce_of
from tests.standins.twilio_server import TwilioServer

INBOUND_PATH = "/webhooks/twilio/inbound"


class Receiver(LocalServer):
    """The webhooks of a deployment, as far as channels go: verified events, and 403 for the rest."""

    def __init__(self, public_key: str, token: str) -> None:
        super().__init__()
        self.events: list[DeliveryEvent] = []
        self._public_key, self._token = public_key, token

    async def handle(self, request: Request) -> Response:
        try:
            return await self._read(request)
        except InvalidSignature:
            return PlainTextResponse("no", 403)

    async def _read(self, request: Request) -> Response:
        if request.url.path == "/webhooks/sendgrid":
            self.events += sendgrid.parse(await request.body(), request.headers, self._public_key)
            return Response(status_code=204)
        url = f"{self.base_url}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        form = await request.form()
        if request.url.path == STATUS_PATH:
            self.events += twilio.parse_status(url, form, request.headers, self._token)
            return Response(status_code=204)
        self.events += twilio.parse_inbound(url, form, request.headers, self._token)
        said = reply.twiml(None if reply.answered_by_twilio(form) else "C'est fait.")
        return Response(said, media_type=reply.CONTENT_TYPE)


@asynccontextmanager
async def deployment() -> AsyncIterator[tuple[SendGridServer, TwilioServer, Receiver, dict]]:
    """Both providers, our webhooks, and the channels that the settings make."""
    async with (
        SendGridServer() as mail,
        TwilioServer() as phone,
        Receiver(mail.public_key, phone.auth_token) as receiver,
    ):
        mail.webhook_url = f"{receiver.base_url}/webhooks/sendgrid"
        phone.inbound_url = f"{receiver.base_url}{INBOUND_PATH}"
        settings = {
            "RELANCE_EMAIL": "sendgrid",
            "SENDGRID_API_KEY": mail.api_key,
            "SENDGRID_BASE_URL": mail.base_url,
            "RELANCE_SMS": "twilio",
            "TWILIO_ACCOUNT_SID": phone.account_sid,
            "TWILIO_AUTH_TOKEN": phone.auth_token,
            "TWILIO_FROM": "MAISONVERTE",
            "TWILIO_BASE_URL": phone.base_url,
            "RELANCE_PUBLIC_URL": receiver.base_url,
        }
        channels = build(settings)
        yield mail, phone, receiver, channels
        for channel in channels.values():
            await channel.close()


async def test_an_email_and_its_reports(email):
    """The reports carry our id and the id that sending gave."""
    async with deployment() as (mail, _, receiver, channels):
        sent = await channels["email"].send(email)
        [taken] = mail.taken
        answer = await mail.report(
            mail.event(taken, "delivered"), mail.event(taken, "click", url="https://x.example")
        )
        assert answer.status_code == 204
        assert {event.kind for event in receiver.events} == {"delivered", "clicked"}
        assert {event.message_id for event in receiver.events} == {email.message_id}
        assert {event.provider_id for event in receiver.events} == {sent.provider_id}


async def test_an_sms_and_its_reports(sms):
    async with deployment() as (_, phone, receiver, channels):
        sent = await channels["sms"].send(sms)
        [taken] = phone.taken
        for status in ("sent", "delivered"):
            assert (await phone.report(taken, status)).status_code == 204
        assert [event.kind for event in receiver.events] == ["accepted", "delivered"]
        assert {event.message_id for event in receiver.events} == {sms.message_id}
        assert {event.provider_id for event in receiver.events} == {sent.provider_id}


async def test_a_stop_comes_in_and_twilio_refuses_what_follows(sms):
    """`STOP` is obeyed by Twilio and told to us; nothing is replied by us; the next SMS is refused."""
    async with deployment() as (_, phone, receiver, channels):
        answer = await phone.receive(sms.to, "36180", "Stop")
        assert answer.text == reply.twiml()
        assert answer.headers["content-type"].startswith("text/xml")
        [event] = receiver.events
        assert (event.intent, event.suppress, event.address) == ("stop", "stop", sms.to)
        with pytest.raises(Refused, match="21610"):
            await channels["sms"].send(sms)


async def test_a_french_stop_that_twilio_does_not_know_is_confirmed_by_us(sms):
    async with deployment() as (_, phone, receiver, _channels):
        answer = await phone.receive(sms.to, "36180", "Arrêt SVP")
        assert answer.text == reply.twiml("C'est fait.")
        assert receiver.events[0].intent == "stop"


async def test_calls_of_another_account_change_nothing(sms, email):
    """Genuine providers, with keys that are not ours."""
    async with deployment() as (mail, phone, receiver, channels), SendGridServer() as stranger:
        await channels["email"].send(email)
        await channels["sms"].send(sms)
        stranger.webhook_url = mail.webhook_url
        assert (await stranger.report(mail.event(mail.taken[0], "spamreport"))).status_code == 403
        phone.auth_token = "another"
        assert (await phone.report(phone.taken[0], "failed")).status_code == 403
        assert (await phone.receive(sms.to, "36180", "STOP")).status_code == 403
        assert not receiver.events


async def test_an_email_by_smtp_and_its_bounce(email):
    """The server writes its notice to the address that the mail left from, and gives its headers back."""
    email = replace(email, message_id="0b6a7f0e-7f0e-4a51-9a3e-6f1d2c3b4a59")
    async with SmtpServer() as server:
        settings = {
            "RELANCE_EMAIL": "smtp",
            "SMTP_URL": f"smtp://127.0.0.1:{server.port}?bounces=bounces@maison-verte.example&helo=x.example",
            "RELANCE_SECRET_KEYS": "k" * 32,
            "RELANCE_SMS": "outbox",
        }
        channel = build(settings)["email"]
        await channel.send(email)
        await channel.close()
    [taken] = server.taken
    notice = bounce_of(taken, to=taken.sender)
    [event] = smtp.parse(notice, ["k" * 32])
    assert (event.kind, event.suppress, event.message_id) == ("bounced", "hard_bounce", email.message_id)
    [redirected] = smtp.parse(bounce_of(taken, to="postmaster@maison-verte.example"), ["k" * 32])
    assert redirected.message_id == email.message_id, "known by the headers that it gives back"
    with pytest.raises(InvalidSignature):
        smtp.parse(notice, ["x" * 32])
