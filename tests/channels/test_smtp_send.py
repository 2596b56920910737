"""Email through a real SMTP server on a local port."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.errors import Misconfigured, Refused, Retryable, UnknownOutcome
from channels.messages import Sms
from channels.smtp import connections, return_path, send
from channels.smtp.send import Smtp
from channels.smtp.server import Server
from tests.channels.mail import KEYS, UID, failure
from tests.standins.smtp_server import SmtpServer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BOUNCES = "bounces@maison-verte.example"


@pytest.fixture
async def channel(smtp_server) -> AsyncIterator[Smtp]:
    server = Server("127.0.0.1", smtp_server.port, "none", bounces=BOUNCES, helo="crm.example")
    channel = Smtp(server, KEYS, clock=lambda: NOON)
    yield channel
    await channel.close()


async def test_what_leaves_is_the_message(channel, smtp_server, letter):
    """Headers as they are read, both parts, and the ids by which a bounce is known again."""
    result = await channel.send(letter)
    (taken,) = smtp_server.taken
    mail = taken.mail
    assert taken.to == ["zoe@example.com"]
    assert str(mail["From"]) == '"Maison Verte, Paris" <bonjour@maison-verte.example>'
    assert (mail["To"], mail["Subject"]) == ("zoe@example.com", "Votre été à -20 %")
    assert mail["Reply-To"] == "contact@maison-verte.example"
    assert mail["Date"].datetime == NOON
    assert mail["List-Id"] == "<news.maison-verte.example>"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content().strip() == "Bonjour Zoé"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Bonjour Zoé</p>"
    assert mail["Message-ID"] == f"<{UID}@maison-verte.example>"
    assert result.provider_id == f"{UID}@maison-verte.example"
    assert return_path.read(mail["X-Relance-Id"], [KEYS[0].encode()]) == UID


async def test_it_can_be_left_by_one_click(channel, smtp_server, letter):
    """However long the link, it stands in its header as it is: RFC 8058 wants an address, in one piece."""
    url = "https://crm.maison-verte.example/u/" + "aB3_-" * 90
    await channel.send(replace(letter, unsubscribe_url=url))
    raw = smtp_server.taken[0].raw
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


async def test_a_transactional_email_has_no_unsubscribe_headers(channel, smtp_server, letter):
    await channel.send(replace(letter, unsubscribe_url=None))
    assert "List-Unsubscribe" not in smtp_server.taken[0].mail


async def test_any_server_can_carry_it(channel, smtp_server, letter):
    """Seven bits, lines of at most 998 characters, and a subject of whatever letters."""
    text = "Ça alors… 🌿 " * 300
    await channel.send(replace(letter, subject="é🌿" * 60, html=f"<p>{text}</p>", text=text))
    (taken,) = smtp_server.taken
    assert taken.raw.isascii()
    assert max(map(len, taken.raw.split(b"\r\n"))) <= 998
    assert taken.mail["Subject"] == "é🌿" * 60
    assert taken.mail.get_body(("plain",)).get_content().strip() == text.strip()


async def test_a_line_with_a_single_dot_does_not_end_the_message(channel, smtp_server, letter):
    """RFC 5321, 4.5.2."""
    await channel.send(replace(letter, text="a\n.\n..b\nQUIT\n"))
    assert smtp_server.taken[0].mail.get_body(("plain",)).get_content().splitlines() == [
        "a",
        ".",
        "..b",
        "QUIT",
    ]


async def test_a_bounce_will_come_back_to_an_address_of_its_own(channel, smtp_server, letter):
    """Our mailbox with our id in it, signed; short enough for every server."""
    await channel.send(letter)
    sender = smtp_server.taken[0].sender
    local, _, domain = sender.partition("@")
    assert (local.split("+")[0], domain) == ("bounces", "maison-verte.example")
    assert len(local) <= 64
    assert return_path.read(return_path.tokens_in(f"<{sender}>")[0], [KEYS[0].encode()]) == UID


async def test_without_a_mailbox_for_them_bounces_come_to_the_sender(smtp_server, letter):
    channel = Smtp(Server("127.0.0.1", smtp_server.port, "none", helo="crm.example"), KEYS)
    await channel.send(letter)
    await channel.close()
    assert smtp_server.taken[0].sender == "bonjour@maison-verte.example"


@pytest.mark.parametrize(
    ("command", "answer", "kind", "suppress"),
    [
        ("RCPT", "550 5.1.1 <zoe@example.com> User unknown", Refused, "hard_bounce"),
        ("RCPT", "550 5.1.2 bad domain", Refused, "hard_bounce"),
        ("RCPT", "501 5.1.3 bad address", Refused, "invalid"),
        ("RCPT", "550 5.2.1 disabled", Refused, "hard_bounce"),
        ("RCPT", "556 5.1.10 null MX", Refused, "hard_bounce"),
        ("RCPT", "552 5.2.2 mailbox full", Refused, None),
        ("RCPT", "550 no enhanced code", Refused, None),
        ("RCPT", "452 4.2.2 mailbox full", Retryable, None),
        ("RCPT", "450 4.7.1 greylisted", Retryable, None),
        ("RCPT", "451 try again", Retryable, None),
        ("RCPT", "550 5.7.1 relay access denied", Misconfigured, None),
        ("MAIL", "553 5.7.1 not owned by the user", Misconfigured, None),
        ("MAIL", "550 5.1.8 the sender's domain does not exist", Misconfigured, None),
        ("MAIL", "553 sorry, not this sender", Misconfigured, None),
        ("MAIL", "550 no such user here", Misconfigured, None),
        ("MAIL", "552 5.3.4 too large", Refused, None),
        ("MAIL", "530 5.7.0 authentication required", Misconfigured, None),
        ("MAIL", "451 4.3.0 later", Retryable, None),
        ("DATA", "552 5.3.4 too large", Refused, None),
        ("DATA", "554 refused", Refused, None),
        ("DATA", "550 5.7.26 unauthenticated mail is not accepted", Misconfigured, None),
        ("DATA", "451 4.3.1 disk full", Retryable, None),
    ],
)
async def test_every_answer_has_its_consequence(
    channel, smtp_server, letter, command, answer, kind, suppress
):
    """4xx later, 5xx never, 5.7 and the sender: nobody; a dead mailbox is told apart. The next one leaves."""
    smtp_server.answers[command].append(answer)
    error = await failure(channel, letter)
    assert type(error) is kind
    assert getattr(error, "suppress", None) == suppress
    assert error.code is not None
    assert error.code.split()[0] == answer[:3]
    await channel.send(letter)
    assert len(smtp_server.taken) == 1
    assert smtp_server.connections == 1, "the connection serves for the next"


async def test_a_server_that_wants_fewer_says_so_and_is_waited_for(channel, smtp_server, letter):
    """4.7: greylisting and rate limits."""
    smtp_server.answers["RCPT"].append("450 4.7.1 greylisted")
    error = await failure(channel, letter)
    assert isinstance(error, Retryable)
    assert error.after_seconds == 300


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
async def test_a_connection_lost_before_the_message_is_tried_again(channel, smtp_server, letter, command):
    """Nothing has left."""
    smtp_server.answers[command].append("drop")
    assert isinstance(await failure(channel, letter), Retryable)


async def test_a_connection_lost_after_the_message_leaves_the_outcome_unknown(channel, smtp_server, letter):
    """The server may have taken it: only a marketing message is then left alone."""
    smtp_server.answers["DATA"].append("drop")
    assert isinstance(await failure(channel, letter), UnknownOutcome)


async def test_a_server_that_never_answers_is_not_waited_for(channel, smtp_server, letter, monkeypatch):
    """Before the message nothing was sent; after it nobody knows."""
    monkeypatch.setattr(send, "COMMAND_SECONDS", 0.2)
    monkeypatch.setattr(send, "LETTER_SECONDS", 0.2)
    smtp_server.answers["RCPT"].append("hang")
    assert isinstance(await failure(channel, letter), Retryable)
    smtp_server.answers["DATA"].append("hang")
    assert isinstance(await failure(channel, letter), UnknownOutcome)


async def test_connections_are_used_again(channel, smtp_server, letter):
    """Five letters, one after the other, over one connection."""
    for _ in range(5):
        await channel.send(letter)
    assert (len(smtp_server.taken), smtp_server.connections) == (5, 1)


async def test_no_more_connections_than_allowed_are_open_at_once(smtp_server, letter):
    """Twenty letters side by side over three connections."""
    server = Server("127.0.0.1", smtp_server.port, "none", helo="crm.example", connections=3)
    channel = Smtp(server, KEYS)
    await asyncio.gather(*(channel.send(letter) for _ in range(20)))
    await channel.close()
    assert (len(smtp_server.taken), smtp_server.connections) == (20, 3)


async def test_a_connection_that_the_server_had_closed_is_no_failure(channel, smtp_server, letter):
    """It restarted meanwhile: another one is opened, and nobody hears of it."""
    await channel.send(letter)
    smtp_server.close_connections()
    await channel.send(letter)
    smtp_server.answers["MAIL"].append("421 4.3.2 closing")
    await channel.send(letter)
    assert len(smtp_server.taken) == 3


async def test_a_server_that_is_not_there_is_tried_again(letter):
    async with SmtpServer() as gone:
        port = gone.port
    error = await failure(Smtp(Server("127.0.0.1", port, "none", helo="x.example"), KEYS), letter)
    assert isinstance(error, Retryable)


async def test_when_every_connection_is_in_use_the_message_waits(channel, smtp_server, letter, monkeypatch):
    monkeypatch.setattr(connections, "WAITING_SECONDS", 0.05)
    channel._connections._free = asyncio.Semaphore(0)
    error = await failure(channel, letter)
    assert (type(error), error.code) == (Retryable, "busy")


@pytest.mark.parametrize(
    "to",
    [
        "+33612345678",
        "zoe",
        "zoe@",
        "@x.example",
        "zoe@x.example\r\nRCPT TO:<tom@x.example>",
        "a b@x.example",
        "zoe@-é-.example",
    ],
)
async def test_what_is_no_address_is_refused(channel, smtp_server, letter, to):
    """A phone number as email among them; nothing is sent."""
    error = await failure(channel, replace(letter, to=to))
    assert (type(error), error.suppress) == (Refused, "invalid")
    assert smtp_server.connections == 0


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Hi\r\nBcc: all@maison-verte.example"},
        {"subject": "Hi\u2028Bcc: all"},
        {"from_name": "Maison\nBcc: all@maison-verte.example"},
        {"reply_to": "a@x.example\r\nBcc: all@x.example"},
        {"headers": {"List-Id": "x\r\nBcc: all@x.example"}},
        {"headers": {"X\r\nBcc": "all@x.example"}},
        {"unsubscribe_url": "https://x.example/\r\nBcc: all@x.example"},
    ],
)
async def test_no_text_begins_another_header(channel, smtp_server, letter, change):
    error = await failure(channel, replace(letter, **change))
    assert (type(error), error.code) == (Refused, "header")
    assert smtp_server.connections == 0


async def test_no_header_of_a_message_takes_the_place_of_ours(channel, smtp_server, letter):
    await channel.send(replace(letter, headers={"to": "all@x.example", "Message-Id": "<x@y>", "X-Kind": "a"}))
    mail = smtp_server.taken[0].mail
    assert mail.get_all("To") == ["zoe@example.com"]
    assert mail.get_all("Message-ID") == [f"<{UID}@maison-verte.example>"]
    assert mail["X-Kind"] == "a"


async def test_a_domain_of_any_letters_is_written_as_dns_has_it(channel, smtp_server, letter):
    await channel.send(replace(letter, to="zoe@café.example"))
    assert smtp_server.taken[0].to == ["zoe@xn--caf-dma.example"]


async def test_letters_before_the_at_that_only_some_servers_carry_are_refused(channel, letter):
    error = await failure(channel, replace(letter, to="zoé@example.com"))
    assert (type(error), error.code) == (Refused, "smtputf8")


@pytest.mark.parametrize("tracking", [{"track_opens": True}, {"track_clicks": True}])
async def test_tracking_that_nobody_would_do_is_said(channel, letter, tracking):
    """SMTP has none of its own: ours is written into the message before it comes here."""
    assert isinstance(await failure(channel, replace(letter, **tracking)), Misconfigured)


async def test_an_sms_is_not_its_to_carry(channel):
    with pytest.raises(Misconfigured):
        await channel.send(Sms("m", "+33612345678", "x"))
