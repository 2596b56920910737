"""Email through a local SendGrid that checks requests as the provider does."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from channels.errors import ChannelError, Misconfigured, Refused, Retryable, UnknownOutcome
from channels.messages import Email, Sms
from channels.sendgrid.send import SendGrid, body_of
from tests.standins.sendgrid_server import SendGridServer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AN_HOUR_FAST = NOON + timedelta(hours=1)
"""Our own clock, which is wrong: the provider's counts where it tells the time."""


@pytest.fixture
async def channel(sendgrid_server: SendGridServer) -> AsyncIterator[SendGrid]:
    channel = SendGrid(sendgrid_server.api_key, sendgrid_server.base_url, clock=lambda: AN_HOUR_FAST)
    yield channel
    await channel.close()


async def failure(channel: SendGrid, email: Email) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.send(email)
    return caught.value


async def test_an_accepted_email_has_the_providers_id(channel, sendgrid_server, email):
    """202 Accepted: the id is `X-Message-Id`."""
    result = await channel.send(email)
    assert (result.provider, result.provider_id) == ("sendgrid", sendgrid_server.taken[0].id)


async def test_the_request_holds_the_message_and_our_id_only(channel, sendgrid_server, email):
    """The body, to the field: nothing about the person but the address she is written to at."""
    await channel.send(email)
    body = sendgrid_server.taken[0].body
    assert sorted(body.pop("categories")) == ["onboarding", "welcome"]
    assert body == {
        "from": {"email": "bonjour@maison-verte.example", "name": "Maison Verte, Paris"},
        "reply_to": {"email": "contact@maison-verte.example"},
        "subject": "Votre été à -20 %",
        "personalizations": [
            {"to": [{"email": "zoe@example.com"}], "custom_args": {"relance_id": "m_01HZX4"}}
        ],
        "content": [
            {"type": "text/plain", "value": "Bonjour Zoé"},
            {"type": "text/html", "value": "<p>Bonjour Zoé</p>"},
        ],
        "headers": {
            "List-Id": "<news.maison-verte.example>",
            "List-Unsubscribe": "<https://maison-verte.example/u/token>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }


async def test_a_transactional_email_has_no_unsubscribe_headers(channel, sendgrid_server, email):
    """No link, no header, and nothing empty that the API would refuse."""
    bare = replace(
        email, unsubscribe_url=None, headers={}, categories=(), html="", reply_to=None, from_name=None
    )
    await channel.send(bare)
    body = sendgrid_server.taken[0].body
    assert not body.keys() & {"headers", "categories", "reply_to"}
    assert [part["type"] for part in body["content"]] == ["text/plain"]


def test_one_click_needs_https(email):
    """RFC 8058 knows HTTPS only; over HTTP the plain header stands alone."""
    headers = body_of(replace(email, unsubscribe_url="http://localhost/u/t"))["headers"]
    assert headers["List-Unsubscribe"] == "<http://localhost/u/t>"
    assert "List-Unsubscribe-Post" not in headers


@pytest.mark.parametrize(("opens", "clicks"), [(True, False), (False, True), (True, True)])
async def test_tracking_follows_each_consent_on_its_own(channel, sendgrid_server, email, opens, clicks):
    """Consent to one kind of tracking is none to the other."""
    await channel.send(replace(email, track_opens=opens, track_clicks=clicks))
    tracking = sendgrid_server.taken[0].body["tracking_settings"]
    assert tracking["open_tracking"] == {"enable": opens}
    assert tracking["click_tracking"] == {"enable": clicks, "enable_text": clicks}
    assert tracking["subscription_tracking"] == {"enable": False}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Misconfigured),
        (301, Misconfigured),
        (400, Refused),
        (401, Misconfigured),
        (403, Misconfigured),
        (404, Misconfigured),
        (405, Misconfigured),
        (408, Retryable),
        (413, Refused),
        (418, Refused),
        (429, Retryable),
        (500, Retryable),
        (502, UnknownOutcome),
        (503, Retryable),
        (504, UnknownOutcome),
        (520, UnknownOutcome),
    ],
)
async def test_each_status_has_its_meaning(channel, sendgrid_server, email, status, kind):
    """The error table, through real answers; the body is what a proxy could answer."""
    sendgrid_server.answer_next(status, body=b"<html>", headers={"Location": "/elsewhere"})
    error = await failure(channel, email)
    assert type(error) is kind
    assert (error.provider, error.code) == ("sendgrid", str(status))


async def test_a_bad_address_is_refused_and_suppressed(channel, email):
    """The 400 that names the recipient's address, as the provider's own check answers."""
    error = await failure(channel, replace(email, to="zoe@nowhere"))
    assert isinstance(error, Refused)
    assert (error.suppress, error.code) == ("invalid", "400 personalizations.0.to.0.email")


async def test_a_bad_sender_stops_the_channel(channel, email):
    """The 400 that names our own address burns no message."""
    error = await failure(channel, replace(email, from_address="not an address"))
    assert isinstance(error, Misconfigured)


@pytest.mark.parametrize(
    "change", [{"subject": ""}, {"html": "", "text": ""}, {"categories": tuple("abcdefghijk")}]
)
async def test_a_bad_message_is_refused_and_the_address_lives(channel, email, change):
    """Nothing is learned of the person from a fault of ours."""
    error = await failure(channel, replace(email, **change))
    assert isinstance(error, Refused)
    assert error.suppress is None


async def test_an_error_says_nothing_of_the_person(channel, email):
    """The provider's sentence quotes the address; neither the error nor what led to it does."""
    error = await failure(channel, replace(email, to="zoe@nowhere"))
    assert "zoe" not in f"{error}{error.args}{error.code}"
    assert error.__cause__ is None
    assert error.__context__ is None


async def test_an_unencodable_text_is_refused(channel, sendgrid_server, email):
    """Half of a surrogate pair has no UTF-8 form: nothing is sent."""
    error = await failure(channel, replace(email, text="\ud83d"))
    assert isinstance(error, Refused)
    assert error.__context__ is None
    assert not sendgrid_server.requests


async def test_a_text_that_begins_with_an_api_key_is_refused(channel, email):
    """The SDK's guard, as one of our errors."""
    error = await failure(channel, replace(email, text="SG.abc.def"))
    assert isinstance(error, Refused)


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"X-RateLimit-Reset": str(int(NOON.timestamp()) + 42)}, 42),
        ({"X-RateLimit-Reset": str(int(NOON.timestamp()) - 42)}, 0),
        ({"X-RateLimit-Reset": str(int(NOON.timestamp()) + 10**9)}, 3600),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Reset": "nan"}, None),
        ({"Retry-After": "7"}, 7),
        ({}, None),
    ],
)
async def test_too_many_requests_waits_as_told(channel, sendgrid_server, email, headers, after):
    """Seconds until `X-RateLimit-Reset`, never negative, never more than an hour."""
    sendgrid_server.answer_next(429, headers={**headers, "Date": format_datetime(NOON, usegmt=True)})
    error = await failure(channel, email)
    assert isinstance(error, Retryable)
    assert error.after_seconds == after


async def test_without_the_providers_time_ours_counts(email):
    """A proxy may take `Date` away."""
    reset = {"X-RateLimit-Reset": str(NOON.timestamp() + 7)}
    stand_in = httpx.MockTransport(lambda _: httpx.Response(429, headers=reset))
    channel = SendGrid("k", "http://x.example", httpx.AsyncClient(transport=stand_in), clock=lambda: NOON)
    error = await failure(channel, email)
    await channel.close()
    assert isinstance(error, Retryable)
    assert error.after_seconds == 7


async def test_a_message_that_was_refused_for_now_leaves_at_the_next_attempt(channel, sendgrid_server, email):
    """429, then 500, then accepted; each error consumed one answer."""
    sendgrid_server.answer_next(429)
    sendgrid_server.answer_next(500)
    await failure(channel, email)
    await failure(channel, email)
    await channel.send(email)
    assert len(sendgrid_server.taken) == 1


async def test_a_wrong_key_stops_the_channel(sendgrid_server, email):
    """401, checked by the stand-in."""
    channel = SendGrid("SG.wrong", sendgrid_server.base_url)
    assert isinstance(await failure(channel, email), Misconfigured)
    await channel.close()


async def test_a_sms_is_not_for_sendgrid(channel):
    """Unsupported is an error that names provider and feature."""
    with pytest.raises(Misconfigured, match="sendgrid carries email"):
        await channel.send(Sms("m", "+33612345678", "Bonjour"))


def test_the_body_is_json(email):
    """The SDK's objects are all turned into plain values."""
    assert json.loads(json.dumps(body_of(email))) == body_of(email)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Hi\r\nBcc: all@maison-verte.example"},
        {"from_name": "Maison\nBcc: all@maison-verte.example"},
        {"headers": {"List-Id": "x\r\nBcc: all@x.example"}},
    ],
)
async def test_no_text_begins_another_header(channel, sendgrid_server, email, change):
    """JSON would carry it; what SendGrid makes of it is not for us to find out."""
    error = await failure(channel, replace(email, **change))
    assert (type(error), error.code) == (Refused, "header")
    assert sendgrid_server.requests == []


@pytest.mark.parametrize("to", ["+33612345678", "zoe", "a@b@c", "zoe@x.example\n"])
async def test_what_is_no_address_is_refused_before_it_leaves(channel, sendgrid_server, email, to):
    """A phone number as email among them."""
    error = await failure(channel, replace(email, to=to))
    assert (type(error), error.suppress) == (Refused, "invalid")
    assert sendgrid_server.requests == []
