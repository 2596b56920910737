"""A provider that takes every SMS and then reports that the account may send none stops the channel."""

from datetime import timedelta

import pytest
from twilio.request_validator import RequestValidator

from channels.twilio import webhook
from engine.deliveries import record
from engine.pauses import resume
from tests.engine.scenarios import scenario

TEXT = scenario("text", "- sms: m1")
URL, TOKEN = "https://relance.example/webhooks/twilio/status", "t" * 32
MINUTE = timedelta(minutes=1)


async def reported(shop, at, code, sid="SM1"):
    """Twilio reports that an SMS failed."""
    fields = {"MessageSid": sid, "MessageStatus": "failed", "ErrorCode": code, "To": "+33639980001"}
    signature = RequestValidator(TOKEN).compute_signature(URL, fields)
    reports = webhook.parse_status(URL, fields, {"X-Twilio-Signature": signature}, TOKEN)
    await record(shop.database, shop.plans, reports, at)


async def pauses(shop):
    return [(row["name"], row["reason"]) for row in await shop.rows("select name, reason from pauses")]


@pytest.fixture
async def sent(shop):
    """An SMS that Twilio has taken."""
    await shop.publish(text=TEXT)
    await shop.person("ada", phone="+33639980001")
    await shop.happens("contact.subscribed")
    await shop.sent(provider_id="SM1")
    return shop


async def test_a_report_of_a_suspended_account_stops_the_channel_and_says_so(sent, noon):
    await reported(sent, noon + MINUTE, "30002")
    assert await pauses(sent) == [("sms", "twilio reports 30002: the account is suspended")]


@pytest.mark.parametrize(("code", "sid"), [("30003", "SM1"), ("30005", "SM1"), ("30002", "SM of another")])
async def test_a_report_of_one_number_or_of_a_message_that_is_not_ours_stops_nothing(sent, noon, code, sid):
    await reported(sent, noon + MINUTE, code, sid)
    assert await pauses(sent) == []


async def test_a_straggling_report_does_not_stop_what_somebody_let_go_on(sent, noon):
    await reported(sent, noon + MINUTE, "30002")
    await resume(sent.database, "sms", ("email", "sms"), actor="ops", now=noon + 2 * MINUTE)
    await reported(sent, noon + 3 * MINUTE, "30034")
    assert await pauses(sent) == []
