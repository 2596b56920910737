"""SendGrid's Event Webhook: forged and repeated calls, every type of event, a thousand at once."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import InvalidSignature, Misconfigured
from channels.sendgrid.webhook import parse
from tests.channels.webhook_cases import Call, SignedWebhookCases
from tests.standins.sendgrid_server import SendGridServer, Taken, encode

TAKEN = Taken(
    "kq3xWZ8sQrC1cDk3",
    {
        "personalizations": [{"to": [{"email": "zoe@example.com"}]}],
        "custom_args": {"relance_id": "m_01HZX4"},
        "categories": ["welcome"],
    },
)


@pytest.fixture
def server() -> SendGridServer:
    return SendGridServer()


def read(server, *events):
    raw = encode(events)
    return parse(raw, server.sign(raw), server.public_key)


class TestSignature(SignedWebhookCases):
    signature_header = "X-Twilio-Email-Event-Webhook-Signature"

    @pytest.fixture(autouse=True)
    def _server(self):
        self.server = SendGridServer()

    def signed(self):
        raw = encode([self.server.event(TAKEN, "delivered", timestamp=1763800000)])
        return Call(raw, self.server.sign(raw))

    def parse(self, call, secret=None):
        return parse(call.body, call.headers, secret or self.server.public_key)

    def another_secret(self):
        return SendGridServer().public_key

    def test_the_timestamp_is_signed_too(self):
        """Or an old call could be given a new date."""
        call = self.signed()
        headers = {**call.headers, "X-Twilio-Email-Event-Webhook-Timestamp": "1"}
        self.refused(Call(call.body, headers))

    def test_a_missing_timestamp_is_refused(self):
        call = self.signed()
        headers = {k: v for k, v in call.headers.items() if "Timestamp" not in k}
        self.refused(Call(call.body, headers))

    def test_the_key_may_come_in_its_armour(self):
        """As people paste it."""
        key = self.server.public_key
        armoured = f"-----BEGIN PUBLIC KEY-----\n{key[:64]}\n{key[64:]}\n-----END PUBLIC KEY-----\n"
        assert self.parse(self.signed(), armoured)

    @pytest.mark.parametrize("key", ["", "MFkw", "not a key", "é"])
    def test_a_key_that_is_none_names_its_variable(self, key):
        """A fault of ours, not of the caller."""
        call = self.signed()
        with pytest.raises(Misconfigured, match="SENDGRID_WEBHOOK_PUBLIC_KEY"):
            parse(call.body, call.headers, key)


def test_the_providers_own_vector_verifies():
    """The example that SendGrid publishes with its libraries, made by its servers."""
    key = (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaIN"
        "XvVpiglSI8eNEc6wEA3F+g=="
    )
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZU"
        "AiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
    }
    event = {
        "email": "hello@world.com",
        "event": "dropped",
        "reason": "Bounced Address",
        "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
        "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",
        "timestamp": 1600112492,
    }
    raw = json.dumps([event], sort_keys=True, separators=(",", ":")).encode() + b"\r\n"
    [dropped] = parse(raw, headers, key)
    assert (dropped.kind, dropped.suppress) == ("dropped", "hard_bounce")
    assert dropped.provider_id == "LRzXl_NHStOGhQ4kofSm_A"
    with pytest.raises(InvalidSignature):
        parse(raw.strip(), headers, key)


@pytest.mark.parametrize(
    ("event", "fields", "kind", "suppress"),
    [
        ("processed", {}, "accepted", None),
        ("deferred", {"response": "450 busy", "attempt": "2"}, "deferred", None),
        ("delivered", {"response": "250 OK", "tls": 1}, "delivered", None),
        ("bounce", {"type": "bounce", "reason": "550 5.1.1", "status": "5.1.1"}, "bounced", "hard_bounce"),
        ("bounce", {"type": "blocked", "reason": "421 later"}, "blocked", None),
        ("dropped", {"reason": "Unsubscribed Address"}, "dropped", "unsubscribe"),
        ("dropped", {"reason": "Bounced Address"}, "dropped", "hard_bounce"),
        ("dropped", {"reason": "Spam Reporting Address"}, "dropped", "complaint"),
        ("dropped", {"reason": "Invalid"}, "dropped", "invalid"),
        ("dropped", {"reason": "Invalid SMTPAPI header"}, "dropped", None),
        ("dropped", {"reason": "Spam Content (if Spam Checker app is enabled)"}, "dropped", None),
        ("dropped", {"reason": "Recipient List over Package Quota"}, "dropped", None),
        ("open", {"sg_machine_open": False}, "opened", None),
        ("click", {"url": "https://maison-verte.example/x"}, "clicked", None),
        ("spamreport", {}, "complained", "complaint"),
        ("unsubscribe", {}, "unsubscribed", "unsubscribe"),
        ("group_unsubscribe", {"asm_group_id": 1}, "unsubscribed", "unsubscribe"),
        ("group_resubscribe", {"asm_group_id": 1}, "unknown", None),
        ("account_status_change", {"type": "compliance_suspend"}, "unknown", None),
        ("something_new", {"more": [1]}, "unknown", None),
    ],
)
def test_every_event_has_its_kind(server, event, fields, kind, suppress):
    """And carries our id, the provider's, the time and the original."""
    original = server.event(TAKEN, event, timestamp=1763800000, **fields)
    [read_event] = read(server, original)
    assert (read_event.kind, read_event.suppress) == (kind, suppress)
    assert (read_event.provider, read_event.channel) == ("sendgrid", "email")
    assert (read_event.message_id, read_event.provider_id) == ("m_01HZX4", TAKEN.id)
    assert read_event.address == "zoe@example.com"
    assert read_event.at == datetime.fromtimestamp(1763800000, UTC)
    assert read_event.raw == original


def test_an_open_by_a_proxy_is_no_persons(server):
    """Apple's proxy opens everything."""
    [event] = read(server, server.event(TAKEN, "open", sg_machine_open=True))
    assert event.machine


def test_a_click_says_where_to(server):
    [event] = read(server, server.event(TAKEN, "click", url="https://maison-verte.example/x?a=1"))
    assert event.link == "https://maison-verte.example/x?a=1"


def test_a_delayed_bounce_has_no_ids(server):
    """The address is all that is left to go by."""
    bare = {"sg_message_id": None, "relance_id": None, "category": None}
    [event] = read(server, server.event(TAKEN, "bounce", type="bounce", reason="550", **bare))
    assert (event.message_id, event.provider_id) == (None, None)
    assert (event.address, event.suppress) == ("zoe@example.com", "hard_bounce")


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        (
            "bounce",
            {
                "type": "blocked",
                "reason": "552 5.2.2 <zoe@example.com>: mailbox of Zoe Martin, tel. 0639980001, full",
                "bounce_classification": "Mailbox Unavailable",
            },
            "blocked: 552 5.2.2, mailbox unavailable",
        ),
        ("bounce", {"type": "bounce", "reason": "no zoe@example.com", "status": "5.1.1"}, "bounced: 5.1.1"),
        ("dropped", {"reason": "Bounced Address"}, "dropped: bounced address"),
        ("deferred", {"response": "zoe@example.com is over quota"}, "deferred"),
        ("delivered", {"response": "250 OK zoe@example.com"}, None),
    ],
)
def test_why_a_mail_did_not_arrive_is_said_without_what_a_server_quotes(server, kind, fields, reason):
    """What servers write names people, and outlives in a trail what is kept of the report."""
    [event] = read(server, server.event(TAKEN, kind, **fields))
    assert event.reason == reason


def test_a_repetition_under_a_new_id_has_the_same_key(server):
    """SendGrid has sent one event dozens of times, each with an `sg_event_id` of its own."""
    [first] = read(server, server.event(TAKEN, "click", timestamp=1763800000, url="https://x.example"))
    [again] = read(server, server.event(TAKEN, "click", timestamp=1763800000, url="https://x.example"))
    assert first.raw["sg_event_id"] != again.raw["sg_event_id"]
    assert first.key == again.key


def test_repetitions_in_one_call_are_read_once(server):
    once = server.event(TAKEN, "delivered", timestamp=1763800000)
    assert len(read(server, once, once, {**once, "sg_event_id": "another"})) == 1


@pytest.mark.parametrize(
    "difference",
    [
        {"event": "open"},
        {"timestamp": 1763800001},
        {"email": "ana@example.com"},
        {"url": "https://y.example"},
        {"sg_message_id": "other.recvd-1"},
        {"relance_id": "m_other"},
    ],
)
def test_what_happened_twice_has_two_keys(server, difference):
    """Each part of the natural key tells events apart."""
    event = server.event(TAKEN, "click", timestamp=1763800000, url="https://x.example")
    assert len(read(server, event, {**event, **difference})) == 2


def test_two_attempts_at_delivery_are_two_events(server):
    base = {"timestamp": 1763800000, "response": "450"}
    events = [server.event(TAKEN, "deferred", attempt=n, **base) for n in ("1", "2")]
    assert len(read(server, *events)) == 2


def test_a_thousand_events_in_one_call(server):
    """Oldest first, whatever the order in which they came."""
    events = [server.event(TAKEN, "delivered", timestamp=1763800000 + n * 7919 % 1000) for n in range(1000)]
    found = read(server, *events)
    assert len(found) == 1000
    assert [event.at for event in found] == sorted(event.at for event in found)


def test_one_odd_event_loses_none_of_the_others(server):
    """What is no event is kept as unknown."""
    odd = [None, 7, "x", [], {}, {"event": 3, "timestamp": "noon"}, {"event": "open", "timestamp": 1e300}]
    found = read(server, *odd, server.event(TAKEN, "delivered"))
    assert sorted(event.kind for event in found) == ["delivered", "opened", *["unknown"] * 6]
    assert all(event.at is None for event in found if event.kind != "delivered")


def test_a_readers_browser_cannot_poison_a_batch(server):
    """NUL and half surrogates, which no database stores, are replaced in the text and in the original."""
    [event] = read(server, server.event(TAKEN, "open", useragent="a\x00b\ud800", extra=[{"k\x00": "\udfff"}]))
    assert event.raw["useragent"] == "a\ufffdb\ufffd"
    assert event.raw["extra"] == [{"k\ufffd": "\ufffd"}]


@pytest.mark.parametrize("raw", [b"", b"{}", b"null", b"7", b"[", b"[\xff]", b"[" * 100_000])
def test_a_signed_body_that_is_no_array_is_a_value_error(server, raw):
    with pytest.raises(ValueError, match=r".+"):
        parse(raw, server.sign(raw), server.public_key)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
named = st.dictionaries(
    st.sampled_from(["event", "type", "timestamp", "email", "sg_message_id", "relance_id", "reason", "url"]),
    json_values,
)


@given(st.lists(json_values | named, max_size=5))
def test_any_signed_array_is_read(reports):
    """No shape of event stops a call, and each key is stable."""
    server = SendGridServer()
    raw = encode(reports)
    found = parse(raw, server.sign(raw), server.public_key)
    assert [event.key for event in found] == [
        event.key for event in parse(raw, server.sign(raw), server.public_key)
    ]
    assert len(found) <= len(reports)
