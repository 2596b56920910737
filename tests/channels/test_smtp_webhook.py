"""Bounces and complaints by mail: ours alone, whichever server wrote them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import InvalidSignature
from channels.smtp import return_path
from channels.smtp.webhook import parse
from tests.channels.webhook_cases import Call, WebhookCases

KEY = "k" * 32
KEYS = [KEY]
UID = "0b6a7f0e-7f0e-4a51-9a3e-6f1d2c3b4a59"
TOKEN = return_path.token(UID, KEY.encode())


BOUNCE = """\
Return-Path: <>
Delivered-To: {to}
Date: Sun, 22 Nov 2026 12:00:00 +0100
From: MAILER-DAEMON@mx.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
X-Postfix-Queue-ID: 4F1A2B3C
Arrival-Date: Sun, 22 Nov 2026 11:59:58 +0100

Final-Recipient: rfc822; zoe@example.com
Original-Recipient: rfc822;zoe@example.com
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.com
Diagnostic-Code: smtp; {diagnostic}
--b1
Content-Type: text/rfc822-headers

From: bonjour@maison-verte.example
To: zoe@example.com
--b1--
"""
"""A delivery status notification as Postfix writes it."""

COMPLAINT = """\
From: staff@hotmail.example
To: fbl@maison-verte.example
Subject: complaint about message
Date: Mon, 23 Nov 2026 09:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

This is an email abuse report.
--b2
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: SomeGenerator/1.0
Version: 1
--b2
Content-Type: message/rfc822

From: bonjour@maison-verte.example
To: redacted@hotmail.example
{given_back}
Subject: Bonjour

Bonjour
--b2--
"""
"""A feedback report as mailbox providers write it, the address of the person taken out."""


def bounce(status="5.1.1", action="failed", *, to=f"bounces+{TOKEN}@maison-verte.example", diagnostic=""):
    said = diagnostic or "550 5.1.1 <zoe@example.com>: no such user"
    mail = BOUNCE.format(status=status, action=action, to=to, diagnostic=said)
    return mail.replace("\n", "\r\n").encode()


def complaint(feedback="abuse", *, given_back=f"X-Relance-Id: {TOKEN}"):
    return COMPLAINT.format(feedback=feedback, given_back=given_back).encode()


class TestToken(WebhookCases):
    """Its token is all the proof of a bounce."""

    def signed(self):
        return Call(bounce(), {})

    def parse(self, call, secret=None):
        return parse(call.body, [secret or KEY])

    def another_secret(self):
        return "other" * 8

    def test_a_token_altered_by_one_character_is_refused(self):
        """Each in turn, so that nobody moves on to the message of somebody else."""
        for place in range(len(TOKEN)):
            other = "a" if TOKEN[place] != "a" else "b"
            altered = TOKEN[:place] + other + TOKEN[place + 1 :]
            self.refused(Call(bounce(to=f"bounces+{altered}@maison-verte.example"), {}))

    @pytest.mark.parametrize("kept", [-1, -8, 20])
    def test_a_truncated_token_is_refused(self, kept):
        self.refused(Call(bounce(to=f"bounces+{TOKEN[:kept]}@maison-verte.example"), {}))

    def test_a_bounce_without_a_token_is_refused(self):
        self.refused(Call(bounce(to="bounces@maison-verte.example"), {}))

    @pytest.mark.parametrize("body", [b"", b"\x00" * 100, b"From: x\r\n\r\nhello", b"\xff\xfe"])
    def test_what_is_no_bounce_of_ours_is_refused(self, body):
        self.refused(Call(body, {}))

    def test_any_key_of_the_installation_may_have_signed(self):
        """Bounces come days after a key has been replaced."""
        assert parse(bounce(), ["new" * 16, KEY])

    def test_servers_may_change_the_case_of_an_address(self):
        to = f"bounces+{TOKEN.upper()}@maison-verte.example"
        assert parse(bounce(to=to), KEYS)[0].message_id == UID


@pytest.mark.parametrize(
    ("status", "kind", "suppress"),
    [
        ("5.1.1", "bounced", "hard_bounce"),
        ("5.1.2", "bounced", "hard_bounce"),
        ("5.1.10", "bounced", "hard_bounce"),
        ("5.2.1", "bounced", "hard_bounce"),
        ("5.2.2", "blocked", None),
        ("5.7.1", "blocked", None),
        ("5.7.26", "blocked", None),
        ("5.0.0", "blocked", None),
        ("4.4.1", "blocked", None),
        ("4.2.2", "blocked", None),
    ],
)
def test_a_bounce_says_what_of_the_address(status, kind, suppress):
    """A dead mailbox is; a full one, a policy and a timeout are that message's."""
    (event,) = parse(bounce(status), KEYS)
    assert (event.kind, event.suppress, event.message_id) == (kind, suppress, UID)
    assert (event.provider, event.channel) == ("smtp", "email")
    assert event.at is not None
    assert event.at.isoformat() == "2026-11-22T11:00:00+00:00"
    assert event.reason is not None
    assert event.reason.startswith(f"{status}: ")


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("delayed", "deferred"),
        ("delivered", "delivered"),
        ("relayed", "accepted"),
        ("expanded", "accepted"),
        ("FAILED", "bounced"),
        ("something-new", "unknown"),
    ],
)
def test_every_action_has_its_kind(action, kind):
    (event,) = parse(bounce(action=action), KEYS)
    assert event.kind == kind


def test_a_status_left_out_is_read_from_the_servers_words():
    (event,) = parse(bounce("", diagnostic="550 5.1.1 unknown"), KEYS)
    assert (event.kind, event.suppress) == ("bounced", "hard_bounce")


@pytest.mark.parametrize(
    ("feedback", "kind", "suppress"),
    [
        ("abuse", "complained", "complaint"),
        ("opt-out", "unsubscribed", "unsubscribe"),
        ("not-spam", "unknown", None),
        ("fraud", "unknown", None),
    ],
)
def test_a_complaint_is_known_by_the_message_that_it_gives_back(feedback, kind, suppress):
    """It comes to an address of its own, and the person's is taken out of it."""
    (event,) = parse(complaint(feedback), KEYS)
    assert (event.kind, event.suppress, event.message_id) == (kind, suppress, UID)


def test_a_complaint_is_known_by_the_return_path_of_that_message_too():
    given_back = f"Return-Path: <bounces+{TOKEN}@maison-verte.example>"
    assert parse(complaint(given_back=given_back), KEYS)[0].message_id == UID


def test_nothing_of_the_report_is_kept_but_what_it_says_of_the_message():
    """It names addresses, which need not even be the person's: nobody else is touched by it."""
    (event,) = parse(bounce().replace(b"zoe@example.com", b"victim@example.com"), KEYS)
    assert event.address is None
    assert "victim" not in repr(event)


def test_an_answer_by_a_person_or_a_machine_is_no_report():
    """Out of office: nothing happened to the message."""
    raw = f"To: bounces+{TOKEN}@maison-verte.example\r\nSubject: absent\r\n\r\nBack on Monday".encode()
    assert parse(raw, KEYS) == []


def test_the_same_bounce_from_two_servers_on_the_way_is_one():
    first, again = parse(bounce(), KEYS), parse(bounce().replace(b"4F1A2B3C", b"OTHER"), KEYS)
    assert [event.key for event in first] == [event.key for event in again]


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_any_message_id_comes_back_as_it_was(message_id):
    token = return_path.token(message_id, b"key")
    assert return_path.read(token, [b"key"]) == message_id
    assert return_path.read(token, [b"other"]) is None


@given(st.binary(max_size=300), st.integers(0, 3000))
def test_no_mail_makes_it_fail(noise, place):
    """Cut and spoilt anywhere: it is read, refused, or no mail, and nothing else."""
    raw = bounce()
    for spoilt in (raw[:place] + noise + raw[place:], raw[:place] + noise, noise):
        try:
            parse(spoilt, KEYS)
        except (InvalidSignature, ValueError):
            continue


def test_a_mail_within_a_mail_without_end_is_refused():
    nested = bounce()
    for _ in range(400):
        nested = b"Content-Type: message/rfc822\r\n\r\n" + nested
    try:
        assert len(parse(nested, KEYS)) <= 1
    except (InvalidSignature, ValueError):
        return


def test_a_token_holds_no_letters_that_an_address_cannot_have():
    assert TOKEN.isalnum()
    assert not any(char.isupper() for char in TOKEN)
    assert len(base64.b32decode(TOKEN.upper() + "=" * (-len(TOKEN) % 8))) == 27
