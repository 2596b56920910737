"""Twilio's webhooks: forged and repeated calls by both algorithms, every status, what people write back."""

from abc import abstractmethod
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile

from channels.errors import InvalidSignature
from channels.stop_words import read
from channels.twilio import reply
from channels.twilio.webhook import parse_inbound, parse_status
from tests.channels.webhook_cases import Call, SignedWebhookCases
from tests.standins.twilio_server import TakenSms, TwilioServer

STATUS_URL = "https://crm.maison-verte.example/webhooks/twilio/status?message_id=m_01HZX5"
INBOUND_URL = "https://crm.maison-verte.example/webhooks/twilio/inbound"
TAKEN = TakenSms("SM" + "a" * 32, {"To": "+33612345678", "From": "MAISONVERTE"})


def form_of(body):
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


class TwilioCases(SignedWebhookCases):
    """A form under a signature by either algorithm."""

    signature_header = "X-Twilio-Signature"
    url = ""
    reader = staticmethod(parse_status)

    @pytest.fixture(autouse=True, params=["HMAC_SHA1", "HMAC_SHA256"])
    def _server(self, request):
        self.server = TwilioServer()
        self.algorithm = request.param
        self.fixed = self.form()

    @abstractmethod
    def form(self):
        """What Twilio posts."""

    def signed(self):
        return Call(
            urlencode(self.fixed).encode(), self.server.sign(self.url, self.fixed, self.algorithm), self.url
        )

    def parse(self, call, secret=None):
        token = self.server.auth_token if secret is None else secret
        return self.reader(call.url, form_of(call.body), call.headers, token)

    def another_secret(self):
        return "another-token"

    def test_an_empty_token_is_no_token(self):
        """A variable left empty must not make everybody's signature good."""
        forged = TwilioServer(auth_token="")
        headers = forged.sign(self.url, self.fixed, self.algorithm)
        self.refused(Call(urlencode(self.fixed).encode(), headers, self.url), "")

    def test_another_address_is_refused(self):
        """A call to one path is none to another, and the query is signed."""
        call = self.signed()
        self.refused(Call(call.body, call.headers, f"{self.url}1"))
        self.refused(Call(call.body, call.headers, self.url.replace("https", "http")))

    def test_a_field_more_is_refused(self):
        call = self.signed()
        self.refused(Call(call.body + b"&Extra=1", call.headers, self.url))

    def test_fields_that_we_do_not_know_are_signed_and_kept(self):
        """Twilio adds some without notice."""
        self.fixed["NewField"] = " untrimmed "
        [event] = self.parse(self.signed())
        assert event.raw["NewField"] == " untrimmed "

    def test_an_unknown_algorithm_is_refused(self):
        call = self.signed()
        settings = {"X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=NONE"}
        self.refused(Call(call.body, {**call.headers, **settings}, self.url))

    def test_an_uploaded_file_is_no_field(self):
        """What a multipart form may hold."""
        form = FormData([("Body", UploadFile(file=None))])
        with pytest.raises(InvalidSignature):
            self.reader(self.url, form, self.signed().headers, self.server.auth_token)

    def test_a_frameworks_form_is_read_like_a_mapping(self):
        call = self.signed()
        form = FormData(list(self.fixed.items()))
        assert self.reader(self.url, form, call.headers, self.server.auth_token)


class TestStatusSignature(TwilioCases):
    url = STATUS_URL
    reader = staticmethod(parse_status)

    def form(self):
        return self.server.status_form(TAKEN, "delivered", RawDlrDoneDate="2611221030")


class TestInboundSignature(TwilioCases):
    url = INBOUND_URL
    reader = staticmethod(parse_inbound)

    def form(self):
        return self.server.inbound_form("+33612345678", "36180", "arrêt &= svp")


def test_the_documented_vector_verifies():
    """The address, form, token and signature of Twilio's own security page."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    headers = {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    with pytest.raises(ValueError, match="without MessageSid"):
        parse_status("https://mycompany.com/myapp.php?foo=1&bar=2", form, headers, "12345")


def status(kind, **fields):
    server = TwilioServer()
    form = server.status_form(TAKEN, kind, **fields)
    [event] = parse_status(STATUS_URL, form, server.sign(STATUS_URL, form), server.auth_token)
    return event


def inbound(body, **fields):
    server = TwilioServer()
    form = server.inbound_form("+33612345678", "36180", body, **fields)
    [event] = parse_inbound(INBOUND_URL, form, server.sign(INBOUND_URL, form), server.auth_token)
    return event


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("accepted", "accepted"),
        ("scheduled", "accepted"),
        ("queued", "accepted"),
        ("sending", "accepted"),
        ("sent", "accepted"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("undelivered", "failed"),
        ("failed", "failed"),
        ("canceled", "dropped"),
        ("partially_delivered", "unknown"),
        ("something_new", "unknown"),
    ],
)
def test_every_status_has_its_kind(word, kind):
    event = status(word)
    assert event.kind == kind
    assert (event.message_id, event.provider_id) == ("m_01HZX5", TAKEN.sid)
    assert (event.address, event.channel, event.at) == ("+33612345678", "sms", None)


@pytest.mark.parametrize(
    ("code", "suppress", "on_days"),
    [
        ("30003", None, 1),
        ("30004", "invalid", 3),
        ("30005", "invalid", 2),
        ("30006", "invalid", 1),
        ("30007", None, 1),
        ("21610", "stop", 1),
        ("99999", None, 1),
    ],
)
def test_a_failure_says_why_and_what_of_the_number(code, suppress, on_days):
    """And how often it must be told: a phone that is switched off reports 30005 too."""
    event = status("undelivered", ErrorCode=code)
    assert (event.suppress, event.on_days) == (suppress, on_days)
    assert (event.reason or "").startswith(code)


@pytest.mark.parametrize("code", ["", "²", "x", "1e3", "9" * 5000])
def test_an_odd_code_is_no_fault(code):
    assert status("failed", ErrorCode=code).suppress is None


def test_a_callback_without_our_id_goes_by_the_providers():
    """A service's own callback address has no query."""
    server = TwilioServer()
    form = server.status_form(TAKEN, "sent")
    url = STATUS_URL.partition("?")[0]
    [event] = parse_status(url, form, server.sign(url, form), server.auth_token)
    assert (event.message_id, event.provider_id) == (None, TAKEN.sid)


def test_each_status_of_one_sms_has_its_key():
    assert len({status(word).key for word in ("queued", "sent", "delivered")}) == 3
    assert status("sent").key == status("sent").key


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
def test_a_status_about_nothing_is_a_value_error(missing):
    server = TwilioServer()
    form = server.status_form(TAKEN, "sent")
    del form[missing]
    with pytest.raises(ValueError, match=missing):
        parse_status(STATUS_URL, form, server.sign(STATUS_URL, form), server.auth_token)


def test_a_reply_has_its_text_and_both_ends():
    event = inbound("Merci, mais j'ai déménagé")
    assert (event.kind, event.text) == ("replied", "Merci, mais j'ai déménagé")
    assert (event.address, event.to) == ("+33612345678", "36180")
    assert (event.intent, event.suppress) == (None, None)


@pytest.mark.parametrize(
    ("body", "opt_out", "intent"),
    [
        ("Arrêt", None, "stop"),
        ("STOP", "STOP", "stop"),
        ("basta", "STOP", "stop"),
        ("stop", "HELP", "stop"),
        ("oui", None, "start"),
        ("revenir", "START", "start"),
        ("aide", None, "help"),
        ("qui ?", "HELP", "help"),
        ("où est votre arrêt de bus ?", None, None),
        ("où est votre arrêt de bus ?", "NEW", None),
    ],
)
def test_what_a_reply_asks(body, opt_out, intent):
    """By our words or by those set up at Twilio; whoever reads a STOP is right."""
    event = inbound(body, **({"OptOutType": opt_out} if opt_out else {}))
    assert event.intent == intent
    assert event.suppress == ("stop" if intent == "stop" else None)


@given(st.text())
def test_any_text_is_read_and_storable(body):
    """Whatever a phone can type."""
    server = TwilioServer()
    form = server.inbound_form("+33612345678", "36180", body)
    try:
        headers = server.sign(INBOUND_URL, form)
    except UnicodeEncodeError:
        return
    [event] = parse_inbound(INBOUND_URL, form, headers, server.auth_token)
    assert "\x00" not in event.text
    assert event.intent == read(body)


def test_nothing_to_say_is_an_empty_document():
    assert reply.twiml() == '<?xml version="1.0" encoding="UTF-8"?><Response />'


def test_a_text_is_escaped():
    said = reply.twiml("a < b & c")
    assert said.endswith("<Response><Message>a &lt; b &amp; c</Message></Response>")


@pytest.mark.parametrize("body", ["STOP", " stop ", "unsubscribe", "start", "Yes"])
def test_twilio_answers_its_own_words(body):
    """Nobody is answered twice."""
    assert reply.answered_by_twilio({"Body": body})


def test_twilio_answers_what_its_service_was_taught():
    assert reply.answered_by_twilio({"Body": "arrêt", "OptOutType": "STOP"})


@pytest.mark.parametrize("body", ["arrêt", "STOP PUB", "Stop.", "oui", "HELP", "info", "bonjour", ""])
def test_the_rest_is_ours_to_answer(body):
    """A STOP that only we read is confirmed by us, and who we are is for us to say."""
    assert not reply.answered_by_twilio({"Body": body, "OptOutType": ""})
