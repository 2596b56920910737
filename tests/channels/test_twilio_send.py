"""SMS through a local Twilio that checks requests as the provider does."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from channels.errors import ChannelError, Misconfigured, Refused, Retryable, UnknownOutcome
from channels.messages import Email, Sms
from channels.twilio.errors import CODES
from channels.twilio.send import Senders, Twilio
from tests.standins.twilio_server import TwilioServer

SERVICE = "MG" + "1" * 32
CALLBACK = "https://crm.maison-verte.example/webhooks/twilio/status"


def channel_to(server: TwilioServer, senders: Senders, client: httpx.AsyncClient | None = None) -> Twilio:
    return Twilio(
        server.account_sid,
        server.auth_token,
        senders,
        status_callback=CALLBACK,
        base_url=server.base_url,
        client=client,
    )


@pytest.fixture
async def channel(twilio_server: TwilioServer) -> AsyncIterator[Twilio]:
    channel = channel_to(twilio_server, Senders(messaging_service_sid=SERVICE))
    yield channel
    await channel.close()


async def failure(channel: Twilio, sms: Sms) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.send(sms)
    return caught.value


async def test_an_accepted_sms_has_the_providers_id(channel, twilio_server, sms):
    result = await channel.send(sms)
    assert (result.provider, result.provider_id) == ("twilio", twilio_server.taken[0].sid)


async def test_the_request_to_the_field(channel, twilio_server, sms):
    """The sender that the message names, inside the service, with our id in the callback."""
    await channel.send(sms)
    assert twilio_server.taken[0].form == {
        "To": "+33612345678",
        "From": "MAISONVERTE",
        "MessagingServiceSid": SERVICE,
        "Body": "Maison Verte : -20 %. STOP au 36180",
        "StatusCallback": f"{CALLBACK}?message_id=m_01HZX5",
        "ValidityPeriod": "5400",
        "MessageIntent": "marketing",
    }


@pytest.mark.parametrize("message_class", ["marketing", "service", "transactional", "new"])
async def test_every_class_of_message_has_a_word_that_twilio_takes(
    channel, twilio_server, sms, message_class
):
    """`MessageIntent` is a closed list, and our words are not its."""
    await channel.send(replace(sms, intent=message_class))
    assert len(twilio_server.taken) == 1


@pytest.mark.parametrize(
    ("senders", "expected"),
    [
        (Senders(number="+33700000000"), {"From": "+33700000000"}),
        (Senders(messaging_service_sid=SERVICE), {"MessagingServiceSid": SERVICE}),
        (Senders("38000", SERVICE), {"From": "38000", "MessagingServiceSid": SERVICE}),
    ],
)
async def test_a_message_without_a_sender_has_that_of_the_settings(twilio_server, sms, senders, expected):
    channel = channel_to(twilio_server, senders)
    await channel.send(replace(sms, sender=None))
    await channel.close()
    form = twilio_server.taken[0].form
    assert {name: form[name] for name in ("From", "MessagingServiceSid") if name in form} == expected


@pytest.mark.parametrize(
    ("seconds", "period"), [(1, "1"), (36_000, "36000"), (90_000, "36000"), (None, None)]
)
async def test_the_validity_keeps_within_twilios(channel, twilio_server, sms, seconds, period):
    await channel.send(replace(sms, valid_seconds=seconds))
    assert twilio_server.taken[0].form.get("ValidityPeriod") == period


async def test_without_time_left_nothing_is_sent(channel, twilio_server, sms):
    """Twilio would take 0 for an error; the evening is over."""
    error = await failure(channel, replace(sms, valid_seconds=0))
    assert isinstance(error, Refused)
    assert error.code == "expired"
    assert not twilio_server.requests


async def test_an_id_is_quoted_in_the_callback(channel, twilio_server, sms):
    await channel.send(replace(sms, message_id="a&b=c d"))
    assert twilio_server.taken[0].form["StatusCallback"] == f"{CALLBACK}?message_id=a%26b%3Dc+d"


async def test_a_text_travels_to_the_letter(channel, twilio_server, sms):
    body = "Zoé & Léa + « 20 % » = 🌿\nligne 2 "
    await channel.send(replace(sms, body=body))
    assert twilio_server.taken[0].form["Body"] == body


@pytest.mark.parametrize(
    ("change", "code", "suppress"),
    [
        ({"to": "0612345678"}, "21211", "invalid"),
        ({"to": "+15005550009"}, "21614", "invalid"),
        ({"to": "+15005550004"}, "21610", "stop"),
        ({"body": ""}, "21602", None),
        ({"body": "x" * 1601}, "21617", None),
    ],
)
async def test_what_twilio_refuses_for_good(channel, sms, change, code, suppress):
    """By the checks of the stand-in, which are Twilio's."""
    error = await failure(channel, replace(sms, **change))
    assert isinstance(error, Refused)
    assert (error.code, error.suppress) == (code, suppress)


async def test_a_bad_sender_stops_the_channel(channel, sms):
    assert isinstance(await failure(channel, replace(sms, sender="Maison Verte Paris")), Misconfigured)


async def test_an_error_says_nothing_of_the_person(channel, sms):
    """Twilio's sentence quotes the number; neither the error nor what led to it does."""
    error = await failure(channel, replace(sms, to="+15005550009"))
    assert "+1500" not in f"{error}{error.args}"
    assert error.__cause__ is None
    assert error.__context__ is None


OUTCOMES = {
    "retryable": Retryable,
    "refused": Refused,
    "unknown": UnknownOutcome,
    "misconfigured": Misconfigured,
}


@pytest.mark.parametrize("code", CODES)
async def test_every_code_of_the_table(channel, twilio_server, sms, code):
    """Through a real answer, of the older form."""
    twilio_server.answer_next(400, body=b'{"code": %d, "message": "about +33612345678"}' % code)
    error = await failure(channel, sms)
    assert type(error) is OUTCOMES[CODES[code].outcome]
    assert error.code == str(code)
    assert CODES[code].meaning in str(error)


async def test_a_code_of_the_newer_form(channel, twilio_server, sms):
    """RFC 9457."""
    problem = b'{"type": "https://x", "title": "no", "status": 400, "code": 21610}'
    twilio_server.answer_next(400, body=problem)
    assert (await failure(channel, sms)).code == "21610"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>", Misconfigured),
        (201, b'{"sid": ', UnknownOutcome),
        (201, b"[]", UnknownOutcome),
        (302, b"", Misconfigured),
        (400, b"{}", Refused),
        (400, b'{"code": 99999}', Refused),
        (401, b"", Misconfigured),
        (403, b'{"code": "x"}', Misconfigured),
        (404, b"[]", Misconfigured),
        (429, b"", Retryable),
        (500, b"[" * 100_000, Retryable),
        (502, b"", UnknownOutcome),
        (503, b"null", Retryable),
        (504, b"", UnknownOutcome),
    ],
)
async def test_an_answer_without_a_known_code_goes_by_its_status(
    channel, twilio_server, sms, status, body, kind
):
    twilio_server.answer_next(status, body=body, headers={"Location": "/elsewhere"})
    assert type(await failure(channel, sms)) is kind


@pytest.mark.parametrize(
    ("header", "after"),
    [
        ({"Retry-After": "9"}, 9),
        ({"Retry-After": "9" * 400}, 3600),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
async def test_too_many_requests_waits_as_told(channel, twilio_server, sms, header, after):
    twilio_server.answer_next(429, body=b'{"code": 20429}', headers=header)
    error = await failure(channel, sms)
    assert isinstance(error, Retryable)
    assert error.after_seconds == after


async def test_a_full_queue_is_tried_again_later(channel, twilio_server, sms):
    """The table's own delay, where Twilio tells none."""
    twilio_server.answer_next(400, body=b'{"code": 21611}')
    error = await failure(channel, sms)
    assert isinstance(error, Retryable)
    assert error.after_seconds == 1800


async def test_the_sdks_own_variables_do_not_redirect(twilio_server):
    """`TWILIO_EDGE` and `TWILIO_REGION` would make the SDK rewrite the host; TWILIO_BASE_URL alone counts."""
    program = f"""
import asyncio
from channels.messages import Sms
from channels.twilio.send import Senders, Twilio

async def main():
    channel = Twilio({twilio_server.account_sid!r}, {twilio_server.auth_token!r}, Senders("MAISONVERTE"),
                     status_callback={CALLBACK!r}, base_url={twilio_server.base_url!r})
    await channel.send(Sms("m_1", "+33612345678", "Bonjour"))
    await channel.close()

asyncio.run(main())
"""
    variables = {**os.environ, "TWILIO_EDGE": "dublin", "TWILIO_REGION": "ie1"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, env=variables)
    assert await process.wait() == 0
    assert len(twilio_server.taken) == 1


async def test_silence_is_an_unknown_outcome(twilio_server, sms, impatient):
    """Twilio's own client would wait for ever."""
    channel = channel_to(twilio_server, Senders("MAISONVERTE"), impatient)
    twilio_server.hang_next()
    assert isinstance(await failure(channel, sms), UnknownOutcome)


async def test_a_wrong_token_stops_the_channel(twilio_server, sms):
    twilio_server.auth_token = "another"
    channel = Twilio(
        twilio_server.account_sid,
        "wrong",
        Senders("X"),
        status_callback=CALLBACK,
        base_url=twilio_server.base_url,
    )
    assert isinstance(await failure(channel, sms), Misconfigured)
    await channel.close()


async def test_an_email_is_not_for_twilio(channel):
    with pytest.raises(Misconfigured, match="twilio carries SMS"):
        await channel.send(Email("m", "zoe@example.com", "s", "h", "t", "from@example.com"))
