"""How the SMTP channel comes to its server: by its URL, over TLS that is verified, with a login."""

import pytest

from channels.errors import Misconfigured, Retryable
from channels.registry import FILES_PER_SECOND, build, paces
from channels.smtp.send import Smtp
from channels.smtp.server import Server, read
from tests.channels.mail import KEYS, failure
from tests.standins.smtp_server import SmtpServer, certificate

LOGIN = ("relance", "p@ss/word")


@pytest.mark.parametrize("implicit", [False, True])
async def test_a_login_over_tls(tmp_path, letter, implicit):
    """STARTTLS and TLS from the first byte, with a certificate that the URL says to trust."""
    context, trusted = certificate(tmp_path, "localhost")
    async with SmtpServer(login=LOGIN, tls=context, implicit=implicit) as server:
        scheme = "smtps" if implicit else "smtp+starttls"
        url = f"{scheme}://relance:p%40ss%2Fword@localhost:{server.port}?ca={trusted}&helo=crm.example"
        channel = Smtp(read(url), KEYS)
        await channel.send(letter)
        await channel.close()
        assert len(server.taken) == 1


@pytest.mark.parametrize("implicit", [False, True])
async def test_a_certificate_that_nobody_vouches_for_pauses_the_channel(tmp_path, letter, implicit):
    """Somebody may stand in between."""
    context, _ = certificate(tmp_path, "localhost")
    async with SmtpServer(login=LOGIN, tls=context, implicit=implicit) as server:
        security = "tls" if implicit else "starttls"
        target = Server("localhost", server.port, security, LOGIN, helo="crm.example")
        error = await failure(Smtp(target, KEYS), letter)
        assert (type(error), error.code) == (Misconfigured, "certificate")
        assert server.taken == []


async def test_a_certificate_for_another_host_pauses_the_channel(tmp_path, letter):
    context, trusted = certificate(tmp_path, "other.example")
    async with SmtpServer(tls=context, implicit=True) as server:
        target = Server("localhost", server.port, "tls", ca=str(trusted), helo="crm.example")
        error = await failure(Smtp(target, KEYS), letter)
        assert (type(error), error.code) == (Misconfigured, "certificate")


async def test_a_server_without_starttls_gets_nothing(smtp_server, letter):
    """Somebody may have taken the offer out of its greeting."""
    target = Server("localhost", smtp_server.port, "starttls", LOGIN, helo="crm.example")
    error = await failure(Smtp(target, KEYS), letter)
    assert isinstance(error, Misconfigured)
    assert smtp_server.taken == []


async def test_a_wrong_password_pauses_the_channel_and_is_not_told(tmp_path, letter):
    context, trusted = certificate(tmp_path, "localhost")
    async with SmtpServer(login=LOGIN, tls=context) as server:
        wrong = ("relance", "secret-word")
        target = Server("localhost", server.port, "starttls", wrong, ca=str(trusted), helo="crm.example")
        error = await failure(Smtp(target, KEYS), letter)
        assert (type(error), error.code) == (Misconfigured, "535 5.7.8")
        assert "secret-word" not in f"{error!r} {target!r}"


@pytest.mark.parametrize(("greeting", "kind"), [("550 go away", Misconfigured), ("421 later", Retryable)])
async def test_a_server_that_lets_nobody_in_burns_no_message(smtp_server, letter, greeting, kind):
    """It would say the same to every message."""
    smtp_server.answers["EHLO"].append(greeting)
    smtp_server.answers["HELO"].append(greeting)
    error = await failure(Smtp(Server("127.0.0.1", smtp_server.port, "none", helo="x.example"), KEYS), letter)
    assert type(error) is kind


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com:587",
        "http://mail.example.com",
        "smtps://",
        "smtps://h:port",
        "smtps://h/path",
        "smtp://mail.example.com:25",
        "smtp://user:secret-word@localhost:25",
        "smtps://u:secret-word@h?speed=9",
        "smtps://u:secret-word@h?connections=0",
        "smtps://u:secret-word@h?per_second=fast",
        "smtps://u:secret-word@h?bounces=nobody",
        "smtps://u:secret-word@h?bounces=a-very-long-mailbox-name@x.example",
        "smtps://u:secret-word@h?ca=/no/such/file",
    ],
)
def test_a_url_that_is_none_is_named_and_not_quoted(url):
    with pytest.raises(Misconfigured, match="SMTP_URL") as caught:
        read(url)
    assert "secret-word" not in str(caught.value)


def test_a_url_says_it_all():
    server = read(
        "smtp+starttls://me%40x:p%3Aw@mail.example.com?bounces=b@x.example&connections=4&per_second=5&helo=h"
    )
    assert (server.host, server.port, server.security) == ("mail.example.com", 587, "starttls")
    assert (server.login, server.bounces, server.helo) == (("me@x", "p:w"), "b@x.example", "h")
    assert (server.connections, server.per_second) == (4, 5.0)


async def test_it_is_chosen_by_its_settings():
    """And gives its pace to the worker."""
    settings = {
        "RELANCE_EMAIL": "smtp",
        "SMTP_URL": "smtps://u:p@mail.example.com?per_second=7",
        "RELANCE_SECRET_KEYS": ",".join(KEYS),
        "RELANCE_SMS": "outbox",
    }
    channels = build(settings)
    assert channels["email"].provider == "smtp"
    assert paces(settings) == {"email": 7.0, "sms": FILES_PER_SECOND}
    for channel in channels.values():
        await channel.close()
    with pytest.raises(Misconfigured, match="SMTP_URL"):
        build({**settings, "SMTP_URL": ""})
