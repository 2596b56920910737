"""The bytes of a mail: whatever it says, it is read as it was written, and any server can carry it."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import Misconfigured, Refused
from channels.messages import Email
from channels.smtp.letter import letter
from tests.channels.mail import UID

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf"]), max_size=120)
LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=200), max_size=8)


def mail(**fields) -> Email:
    given = {"subject": "Bonjour", "html": "<p>é</p>", "text": "é", "from_name": "Maison Verte"} | fields
    return Email(message_id=UID, to="zoe@example.com", from_address="a@maison-verte.example", **given)


def read(raw: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(raw, policy=SMTP))


@given(WORDS, WORDS)
def test_subject_and_sender_are_read_as_they_were_written(subject, name):
    """In any script; blanks may be folded, as mail programs do."""
    raw = letter(mail(subject=subject, from_name=name), "token", NOW)
    found = read(raw)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert "".join(str(found["Subject"]).split()) == "".join(subject.split())
    (sender,) = found["From"].addresses
    assert sender.addr_spec == "a@maison-verte.example"
    assert "".join(sender.display_name.split()) == "".join(name.split())


@given(LINES, LINES)
def test_both_parts_are_read_as_they_were_written(text, html):
    """To the character, but for the line breaks at the end and their form."""
    raw = letter(mail(text="\n".join(text) or "x", html="\r\n".join(html) or "x"), "token", NOW)
    assert b"\n" not in raw.replace(b"\r\n", b""), "no line break but CRLF"
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    found = read(raw)
    for kind, lines in (("plain", text), ("html", html)):
        part = found.get_body((kind,))
        told = part.get_payload(decode=True).decode().replace("\r\n", "\n")
        assert told.rstrip("\n") == ("\n".join(lines) or "x").rstrip("\n")
    assert found.defects == []


def test_a_text_that_looks_like_the_end_of_a_part_ends_nothing():
    text = "--=_token--\n--=_token\nContent-Type: text/html\n\n<b>x</b>"
    found = read(letter(mail(text=text), "token", NOW))
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert found.get_body(("plain",)).get_content().replace("\r\n", "\n").strip() == text


@pytest.mark.parametrize(("text", "html", "kind"), [("a", "", "text/plain"), ("", "<p>", "text/html")])
def test_a_mail_of_one_part_has_one(text, html, kind):
    assert read(letter(mail(text=text, html=html), "token", NOW)).get_content_type() == kind


def test_half_of_a_letter_is_refused():
    with pytest.raises(Refused):
        letter(mail(subject="\ud800"), "token", NOW)


@pytest.mark.parametrize("sender", ["", "maison", "é@maison-verte.example", "a@b@c", "a@x.example\nBcc: b@c"])
def test_a_sender_that_is_none_stops_the_channel(sender):
    """It would be the same for the next message."""
    email = Email(UID, "zoe@example.com", "x", "x", "x", sender)
    with pytest.raises(Misconfigured):
        letter(email, "token", NOW)
