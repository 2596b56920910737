"""From variables to channels, or to an error that says which variable."""

import pytest

from channels.base import Narrow
from channels.errors import Misconfigured
from channels.registry import build
from tests.standins.sendgrid_server import SendGridServer
from tests.standins.twilio_server import TwilioServer

REAL = {
    "RELANCE_EMAIL": "sendgrid",
    "SENDGRID_API_KEY": "SG.k",
    "RELANCE_SMS": "twilio",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "secret-token",
    "TWILIO_FROM": "MAISONVERTE",
    "RELANCE_PUBLIC_URL": "https://crm.maison-verte.example",
}
FILES = {"RELANCE_EMAIL": "outbox", "RELANCE_SMS": "outbox"}


async def test_real_providers():
    channels = build(REAL)
    assert {name: (c.name, c.provider) for name, c in channels.items()} == {
        "email": ("email", "sendgrid"),
        "sms": ("sms", "twilio"),
    }
    for channel in channels.values():
        await channel.close()


async def test_who_sends_over_the_network_says_how_many_messages_leave_side_by_side():
    """What a channel does not say would stand in its own line, behind the last look at the clock."""
    by_smtp = {"RELANCE_EMAIL": "smtp", "SMTP_URL": "smtp://127.0.0.1:2525?connections=3"}
    mail = build(REAL | by_smtp | {"RELANCE_SECRET_KEYS": "k" * 40})["email"]
    channels = [*build(REAL).values(), mail]
    assert all(isinstance(channel, Narrow) for channel in channels)
    assert mail.at_once == 3
    for channel in channels:
        await channel.close()


async def test_files_in_the_projects_folder(tmp_path, email, sms):
    channels = build({**FILES, "RELANCE_PROJECT": str(tmp_path)})
    await channels["email"].send(email)
    await channels["sms"].send(sms)
    assert len(list((tmp_path / ".relance" / "outbox").glob("*.json"))) == 2


async def test_files_in_a_folder_of_choice(tmp_path, sms):
    await build(FILES, outbox=tmp_path)["sms"].send(sms)
    assert list(tmp_path.glob("*.json"))


@pytest.mark.parametrize(
    "name", ["RELANCE_EMAIL", "RELANCE_SMS", "SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]
)
@pytest.mark.parametrize("empty", [None, "", " \n"])
def test_a_missing_variable_is_named(name, empty):
    settings = {key: value for key, value in REAL.items() if key != name}
    with pytest.raises(Misconfigured, match=name):
        build(settings if empty is None else {**settings, name: empty})


def test_all_that_is_missing_is_named_at_once():
    with pytest.raises(Misconfigured, match="TWILIO_AUTH_TOKEN and RELANCE_PUBLIC_URL"):
        build({**REAL, "TWILIO_AUTH_TOKEN": "", "RELANCE_PUBLIC_URL": ""})


def test_a_missing_sender_names_both_ways():
    with pytest.raises(Misconfigured, match=r"TWILIO_FROM .* or TWILIO_MESSAGING_SERVICE_SID"):
        build({**REAL, "TWILIO_FROM": ""})


def test_an_unknown_provider_says_which_are_known():
    with pytest.raises(Misconfigured, match="RELANCE_EMAIL is `pigeon`: expected sendgrid or smtp or outbox"):
        build({**REAL, "RELANCE_EMAIL": "pigeon"})


@pytest.mark.parametrize("name", ["SENDGRID_BASE_URL", "TWILIO_BASE_URL", "RELANCE_PUBLIC_URL"])
@pytest.mark.parametrize(
    "url", ["api.example.com", "ftp://x.example", "https://", "https://x.example/?a=1", "http://["]
)
def test_an_address_that_is_none_is_named(name, url):
    with pytest.raises(Misconfigured, match=name):
        build({**REAL, name: url})


def test_no_error_tells_a_secret():
    with pytest.raises(Misconfigured) as caught:
        build({**REAL, "TWILIO_BASE_URL": "nowhere"})
    assert "secret-token" not in str(caught.value)


async def test_messages_reach_the_addresses_of_the_settings(email, sms):
    """Regional hosts, proxies and these tests differ from the real providers by two variables only."""
    async with SendGridServer("SG.k") as sendgrid, TwilioServer(auth_token="secret-token") as twilio:
        urls = {"SENDGRID_BASE_URL": f"{sendgrid.base_url}/", "TWILIO_BASE_URL": f"{twilio.base_url}/"}
        channels = build({**REAL, **urls, "SENDGRID_API_KEY": "SG.k\n"})
        assert (await channels["email"].send(email)).provider_id == sendgrid.taken[0].id
        assert (await channels["sms"].send(sms)).provider_id == twilio.taken[0].sid
        for channel in channels.values():
            await channel.close()
    callback = twilio.taken[0].form["StatusCallback"]
    assert callback == "https://crm.maison-verte.example/webhooks/twilio/status?message_id=m_01HZX5"
