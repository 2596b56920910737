"""Requests held to what the providers say of them: Twilio's own description, and SendGrid's in our words."""

import inspect
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.rest.api.v2010.account.message import MessageList

from channels.messages import Email, Sms
from channels.sendgrid.send import body_of
from channels.twilio.send import Senders, Twilio
from channels.twilio.webhook import _KINDS
from tests.standins.sendgrid_rules import faults
from tests.standins.twilio_server import PARAMETERS, TwilioServer

DESCRIBED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "standins" / "openapi" / "twilio_messages.json").read_text("utf-8")
)
(OPERATION,) = (path["post"] for path in DESCRIBED["paths"].values())
REQUEST = OPERATION["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
LATER = {"FallbackFrom", "MessageIntent"}
"""What Twilio's API has gained since; its SDK, made from the description of its day, has both."""

TEXTS = st.text(min_size=1, max_size=40)
SENDERS = st.sampled_from(
    [
        Senders("+33700000000"),
        Senders("MAISONVERTE"),
        Senders(None, "MG" + "1" * 32),
        Senders("38000", "MG" + "0" * 32),
    ]
)


def typed(form: dict[str, str]) -> dict[str, Any]:
    """A form's texts as the values that its description gives them."""
    kinds = {name: field.get("type") for name, field in REQUEST["properties"].items()}
    return {name: int(text) if kinds.get(name) == "integer" else text for name, text in form.items()}


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Validator:
    schema = REQUEST | {"components": DESCRIBED["components"]}
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=TEXTS,
    senders=SENDERS,
    valid=st.none() | st.integers(1, 10**6),
    intent=st.sampled_from(["marketing", "service", "transactional"]),
    message_id=st.uuids().map(str),
)
async def test_every_sms_is_as_twilio_describes_it(
    twilio_server: TwilioServer, validator, body, senders, valid, intent, message_id
):
    """No parameter that there is not, and each of its type."""
    channel = Twilio(
        twilio_server.account_sid,
        twilio_server.auth_token,
        senders,
        status_callback="https://crm.example/webhooks/twilio/status",
        base_url=twilio_server.base_url,
    )
    await channel.send(Sms(message_id, "+33639980001", body, valid_seconds=valid, intent=intent))
    await channel.close()
    form = twilio_server.taken[-1].form
    assert form.keys() <= REQUEST["properties"].keys() | LATER
    validator.validate(typed(form))
    assert re.fullmatch(OPERATION["parameters"][0]["schema"]["pattern"], twilio_server.account_sid)


def test_the_description_would_find_a_mistake(validator):
    """Or the test above would hold for the wrong reason."""
    right = {"To": "+33639980001", "Body": "x", "ValidityPeriod": 60}
    assert validator.is_valid(right)
    for wrong in ({"Body": "x"}, right | {"ValidityPeriod": "60"}, right | {"MessagingServiceSid": "MG1"}):
        assert not validator.is_valid(wrong)


def test_what_came_later_is_what_the_sdk_has():
    """And the intents that we use are among those that it names."""
    create = inspect.signature(MessageList.create)
    assert {"fallback_from", "message_intent"} <= create.parameters.keys()
    (told,) = re.findall(r":param message_intent:(.*)", inspect.getdoc(MessageList.create) or "")
    assert {"marketing", "customercare", "notifications"} <= set(re.findall(r"`(\w+)`", told))


def test_the_stand_in_knows_no_parameter_of_its_own():
    assert REQUEST["properties"].keys() | LATER >= PARAMETERS


def test_every_status_that_twilio_describes_is_known():
    """An SMS of ours is never received, and a part of a message is no delivery."""
    described = set(DESCRIBED["components"]["schemas"]["message_enum_status"]["enum"])
    assert described - _KINDS.keys() == {"receiving", "received", "partially_delivered"}


@settings(max_examples=100, deadline=None)
@given(
    subject=TEXTS.filter(str.strip),
    text=st.text(max_size=20),
    from_name=st.none() | TEXTS,
    categories=st.lists(st.sampled_from(["welcome", "newsletter", "x" * 60]), max_size=2),
    tracking=st.tuples(st.booleans(), st.booleans()),
    unsubscribe=st.none() | st.just("https://crm.example/u/token"),
    message_id=st.uuids().map(str),
)
def test_every_email_is_as_sendgrid_describes_it(
    subject, text, from_name, categories, tracking, unsubscribe, message_id
):
    email = Email(
        message_id, "zoe@example.com", subject, "<p>é</p>", text, "bonjour@maison-verte.example", from_name
    )
    email = replace(
        email,
        categories=tuple(categories),
        track_opens=tracking[0],
        track_clicks=tracking[1],
        unsubscribe_url=unsubscribe,
        reply_to="service@maison-verte.example",
    )
    assert list(faults(json.loads(json.dumps(body_of(email))))) == []
