"""Providers' webhooks: only theirs get in, and what they say acts before they are answered."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from channels.sendgrid.wire import MESSAGE_ID_ARG
from channels.twilio.wire import MESSAGE_ID_PARAM
from tests.web.conftest import PUBLIC_URL, TWILIO_TOKEN
from tests.web.doors import bounce_by_mail
from tests.web.messages import agree, put_message
from web.app import create_app
from web.services import WebhookKeys


def twilio_request(path, fields, token=TWILIO_TOKEN):
    signature = RequestValidator(token).compute_signature(PUBLIC_URL + path, fields)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return {"url": path, "content": urlencode(fields), "headers": headers}


def inbound(body, **more):
    fields = {"MessageSid": "SM1", "From": "+33639980001", "To": "MAISONVERTE", "Body": body, **more}
    return twilio_request("/webhooks/twilio/inbound", fields)


async def state_of(rows, uid):
    return (await rows("select state from messages where uid = %s", uid))[0]["state"]


async def test_a_delivery_report_moves_the_message_on(client, services, sendgrid_key, rows):
    """A signed report of SendGrid settles the message that it names, with an event for scenarios."""
    uid = await put_message(services)
    body = json.dumps(
        [
            {
                "event": "delivered",
                "timestamp": 1796115600,
                MESSAGE_ID_ARG: uid,
                "email": "zoe@example.com",
                "sg_message_id": "x",
            }
        ]
    ).encode()
    answer = await client.post("/webhooks/sendgrid", content=body, headers=sendgrid_key.headers(body))
    assert answer.status_code == 200, answer.text
    assert await state_of(rows, uid) == "delivered"
    assert len(await rows("select 1 from events where name = 'message.delivered'")) == 1


async def test_a_bounce_releases_what_was_about_to_leave(client, services, sendgrid_key, rows):
    """A hard bounce blocks the address in the transaction that records it."""
    await agree(services, "c_zoe", ("newsletter", "email"))
    sent = await put_message(services)
    planned = await put_message(services, state="reserved")
    body = json.dumps(
        [
            {
                "event": "bounce",
                "type": "bounce",
                "timestamp": 1796115600,
                MESSAGE_ID_ARG: sent,
                "email": "zoe@example.com",
                "reason": "550 no such user",
            }
        ]
    ).encode()
    answer = await client.post("/webhooks/sendgrid", content=body, headers=sendgrid_key.headers(body))
    assert answer.status_code == 200
    assert await state_of(rows, planned) == "released"
    assert len(await rows("select 1 from suppressions where reason = 'hard_bounce'")) == 1


@pytest.mark.parametrize("change", ["body", "signature", "timestamp", "absent"])
async def test_a_forged_report_changes_nothing(client, services, sendgrid_key, rows, change):
    """One byte off, and it is a 403 with nothing done, which says what to compare."""
    uid = await put_message(services)
    body = json.dumps(
        [{"event": "bounce", "type": "bounce", "email": "zoe@example.com", MESSAGE_ID_ARG: uid}]
    ).encode()
    headers = sendgrid_key.headers(body)
    if change == "body":
        body = body.replace(b"zoe", b"tom")
    elif change == "absent":
        headers = {}
    else:
        name = f"X-Twilio-Email-Event-Webhook-{change.capitalize()}"
        headers[name] = headers[name][:-2] + "11"
    answer = await client.post("/webhooks/sendgrid", content=body, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:relance:problem:bad-signature"
    assert "compare SENDGRID_WEBHOOK_PUBLIC_KEY" in answer.json()["detail"]
    assert await state_of(rows, uid) == "sent"
    assert await rows("select 1 from suppressions") == []
    assert await rows("select 1 from events where name like 'message.%'") == []


async def test_a_bounce_by_mail_acts_as_any_other(client, services, rows):
    """It blocks the address that the message went to, whichever the bounce names, and acts once."""
    await agree(services, "c_zoe", ("newsletter", "email"))
    sent = await put_message(services)
    planned = await put_message(services, state="reserved")
    for _ in range(2):
        answer = await client.post(
            "/webhooks/smtp/bounce", content=bounce_by_mail(sent, recipient="tom@example.com")
        )
        assert (answer.status_code, answer.json()) == (200, {"taken": 1})
    assert await state_of(rows, sent) == "refused"
    assert await state_of(rows, planned) == "released"
    (block,) = await rows("select address_hash, reason from suppressions")
    assert block["reason"] == "hard_bounce"
    assert block["address_hash"] == services.plans.addresses.hashes("email", "zoe@example.com")[0]
    assert len(await rows("select 1 from events where name = 'message.bounced'")) == 1


@pytest.mark.parametrize("body", ["forged", "cut", "empty"])
async def test_a_forged_bounce_changes_nothing(client, services, rows, body):
    """Who has not handled the message has no token for it."""
    uid = await put_message(services)
    forged = {"forged": bounce_by_mail(uid, secret="x" * 32), "cut": bounce_by_mail(uid)[:40], "empty": b""}[
        body
    ]
    answer = await client.post("/webhooks/smtp/bounce", content=forged)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:relance:problem:bad-signature"
    assert await state_of(rows, uid) == "sent"
    assert await rows("select 1 from suppressions") == []


async def test_a_webhook_that_is_not_set_up_lets_nothing_in(services):
    """Without a key nothing can be verified, so that everything is refused."""
    app = create_app(replace(services, webhooks=WebhookKeys()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PUBLIC_URL) as client:
        for path in ("sendgrid", "smtp/bounce", "twilio/status", "twilio/inbound"):
            assert (await client.post(f"/webhooks/{path}", content=b"[]")).status_code == 403


async def test_a_signed_report_that_is_no_report_is_said(client, sendgrid_key):
    """A signed body of another shape is a 400, not a crash."""
    for body in (b"{}", b"not json", b""):
        answer = await client.post("/webhooks/sendgrid", content=body, headers=sendgrid_key.headers(body))
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"


async def test_stop_ends_sms_at_once(client, services, rows):
    """STOP releases the planned SMS before Twilio is answered, and Twilio's own answer is left alone."""
    await agree(services, "c_zoe", ("newsletter", "sms"), ("newsletter", "email"))
    sms = await put_message(services, channel="sms", message="welcome_reminder", state="reserved")
    email = await put_message(services, state="reserved")
    answer = await client.post(**inbound("STOP"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert "<Message>" not in answer.text
    assert await state_of(rows, sms) == "released"
    assert await state_of(rows, email) == "reserved", "a STOP by SMS leaves email alone"


async def test_a_french_stop_is_confirmed_in_french(client, rows):
    """What Twilio does not know as a STOP is obeyed all the same, and confirmed by us."""
    answer = await client.post(**inbound("Arrêtez svp"))
    assert "<Message>Maison Verte : c'est note" in answer.text
    assert len(await rows("select 1 from suppressions where reason = 'stop' and lifted_at is null")) == 1


async def test_start_brings_back_what_stop_took(client, rows):
    """OUI lifts the STOP, with a word of confirmation."""
    await client.post(**inbound("ARRET"))
    answer = await client.post(**inbound("Oui", MessageSid="SM2"))
    assert "vous recevrez de nouveau" in answer.text
    assert await rows("select 1 from suppressions where lifted_at is null") == []


async def test_a_stop_is_seen_on_the_page_of_whoever_has_the_number(client):
    await client.post(**inbound("STOP"))
    shown = (await client.get("/contacts/c_zoe", headers={"accept": "text/html"})).text
    assert "blocked</span> SMS: Stop, said to MAISONVERTE" in shown


async def test_help_says_who_we_are(client):
    """HELP answers with the brand and its legal address."""
    answer = await client.post(**inbound("aide"))
    assert "Maison Verte SAS, 12 rue des Lilas" in answer.text


async def test_an_ordinary_reply_gets_no_answer(client, rows):
    """A sentence that only contains the word is a reply."""
    answer = await client.post(**inbound("où est votre arrêt de bus ?"))
    assert "<Message>" not in answer.text
    assert await rows("select 1 from suppressions") == []


async def test_a_forged_stop_changes_nothing(client, rows):
    """Signed with another token: 403."""
    fields = {"MessageSid": "SM1", "From": "+33639980001", "To": "MAISONVERTE", "Body": "STOP"}
    answer = await client.post(**twilio_request("/webhooks/twilio/inbound", fields, token="0" * 32))
    assert answer.status_code == 403
    assert await rows("select 1 from suppressions") == []


async def test_a_status_callback_finds_its_message_by_the_query(client, services, rows):
    """The address that Twilio signed is ours as configured, its query included."""
    uid = await put_message(services, channel="sms", message="welcome_reminder")
    path = f"/webhooks/twilio/status?{MESSAGE_ID_PARAM}={uid}"
    fields = {"MessageSid": "SM9", "MessageStatus": "delivered", "To": "+33639980001", "NewField": " x "}
    answer = await client.post(**twilio_request(path, fields))
    assert answer.status_code == 204, answer.text
    assert await state_of(rows, uid) == "delivered"


async def test_the_preference_centre_says_what_stop_still_holds(client, services):
    """A box alone does not undo a STOP; the page does not pretend that it did, and says what does."""
    await agree(services, "c_zoe", ("newsletter", "sms"))
    await client.post(**inbound("STOP"))
    page = services.links.preferences("c_zoe").removeprefix(PUBLIC_URL)
    sent = {"data": {"choice": ["newsletter:sms"], "do": "save"}}
    assert "répondez OUI" in (await client.post(page, **sent)).text
    await client.post(**inbound("OUI", MessageSid="SM2"))
    assert "répondez OUI" not in (await client.post(page, **sent)).text


@pytest.mark.parametrize("depth", [400, 900, 100_000])
async def test_a_report_deeper_than_any_is_no_failure(client, sendgrid_key, depth):
    """It is taken or refused; a failure would have SendGrid send it again for a day."""
    body = b'[{"event": ' + b"[" * depth + b"]" * depth + b"}]"
    answer = await client.post("/webhooks/sendgrid", content=body, headers=sendgrid_key.headers(body))
    assert answer.status_code in {200, 400}
