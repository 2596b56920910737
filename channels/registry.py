"""From settings to channels. A new provider is a folder, a row of `_PROVIDERS` and its function."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from channels import transport
from channels.base import Channel
from channels.errors import Misconfigured
from channels.outbox.send import Outbox
from channels.sendgrid.send import BASE_URL as SENDGRID_URL
from channels.sendgrid.send import SendGrid
from channels.smtp.send import Smtp
from channels.smtp.server import read as read_smtp_url
from channels.twilio.send import BASE_URL as TWILIO_URL
from channels.twilio.send import Senders, Twilio

STATUS_PATH = "/webhooks/twilio/status"
"""Below `RELANCE_PUBLIC_URL`: where Twilio reports on each SMS."""

MESSAGES_PER_SECOND: Mapping[str, float] = {"email": 100.0, "sms": 10.0}
"""What a provider is given by one worker. Alphanumeric SMS senders leave Twilio at 10 a second; an SMTP
server says its own pace in `SMTP_URL`."""

FILES_PER_SECOND = 10_000.0
"""What the outbox takes: it is no provider whom a burst would annoy."""


class Chosen(NamedTuple):
    """One channel to build: its word in scenarios, the settings, and the folder of the outbox."""

    channel: str
    settings: Mapping[str, str]
    outbox: Path


Build: TypeAlias = Callable[[Chosen], Channel]


def build(settings: Mapping[str, str], *, outbox: Path | None = None) -> dict[str, Channel]:
    """The channels by the word that scenarios use, from variables as the environment names them.

    `outbox` is the folder of the `outbox` provider; `.relance/outbox` in the project without one. The caller
    closes every channel. No connection is made here.

    Raises Misconfigured, which names the variable that is absent or wrong and what it should be. There is no
    default provider: writing to files what should have left would go unseen.
    """
    folder = outbox or Path(settings.get("RELANCE_PROJECT") or ".") / ".relance" / "outbox"
    return {
        channel: _choose(variable, providers, Chosen(channel, settings, folder))
        for channel, (variable, providers) in _PROVIDERS.items()
    }


def paces(settings: Mapping[str, str]) -> dict[str, float]:
    """How many messages a second one worker gives to each channel. Raises Misconfigured as `build`."""
    found = {
        channel: FILES_PER_SECOND if _get(settings, variable) == "outbox" else MESSAGES_PER_SECOND[channel]
        for channel, (variable, _) in _PROVIDERS.items()
    }
    url = _get(settings, "SMTP_URL")
    if _get(settings, "RELANCE_EMAIL") == "smtp" and url:
        found["email"] = read_smtp_url(url).per_second
    return found


def _choose(variable: str, providers: Mapping[str, Build], chosen: Chosen) -> Channel:
    known = " or ".join(providers)
    name = _get(chosen.settings, variable)
    if not name:
        raise Misconfigured(
            f"{variable} is not set: it says who carries {chosen.channel}, {known}", provider=""
        )
    if name not in providers:
        raise Misconfigured(f"{variable} is `{name}`: expected {known}", provider=name)
    return providers[name](chosen)


def _sendgrid(chosen: Chosen) -> Channel:
    need = _needs("RELANCE_EMAIL=sendgrid", "sendgrid", chosen.settings, "SENDGRID_API_KEY")
    base_url = _url(chosen.settings, "SENDGRID_BASE_URL", SENDGRID_URL, "sendgrid")
    return SendGrid(need["SENDGRID_API_KEY"], base_url, transport.new_client())


def _smtp(chosen: Chosen) -> Channel:
    need = _needs("RELANCE_EMAIL=smtp", "smtp", chosen.settings, "SMTP_URL", "RELANCE_SECRET_KEYS")
    keys = [key.strip() for key in need["RELANCE_SECRET_KEYS"].split(",")]
    return Smtp(read_smtp_url(need["SMTP_URL"]), keys)


def _twilio(chosen: Chosen) -> Channel:
    settings = chosen.settings
    wanted = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "RELANCE_PUBLIC_URL")
    need = _needs("RELANCE_SMS=twilio", "twilio", settings, *wanted)
    senders = Senders(_get(settings, "TWILIO_FROM"), _get(settings, "TWILIO_MESSAGING_SERVICE_SID"))
    if senders == Senders():
        raise Misconfigured(
            "RELANCE_SMS=twilio needs TWILIO_FROM (a number or name) or TWILIO_MESSAGING_SERVICE_SID (MG...)",
            provider="twilio",
        )
    return Twilio(
        need["TWILIO_ACCOUNT_SID"],
        need["TWILIO_AUTH_TOKEN"],
        senders,
        status_callback=_url(settings, "RELANCE_PUBLIC_URL", "", "twilio") + STATUS_PATH,
        base_url=_url(settings, "TWILIO_BASE_URL", TWILIO_URL, "twilio"),
        client=transport.new_client(),
    )


def _outbox(chosen: Chosen) -> Channel:
    try:
        chosen.outbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        why = f"RELANCE_OUTBOX={chosen.outbox} cannot be written: {error.strerror or error}"
        raise Misconfigured(why, provider="outbox") from None
    return Outbox(chosen.channel, chosen.outbox)


_PROVIDERS: Mapping[str, tuple[str, Mapping[str, Build]]] = {
    "email": ("RELANCE_EMAIL", {"sendgrid": _sendgrid, "smtp": _smtp, "outbox": _outbox}),
    "sms": ("RELANCE_SMS", {"twilio": _twilio, "outbox": _outbox}),
}


CHANNELS = tuple(_PROVIDERS)
"""The words that scenarios use for channels."""


def _get(settings: Mapping[str, str], name: str) -> str | None:
    """A variable without the line break that a secret file leaves at its end; None for an empty one."""
    return (settings.get(name) or "").strip() or None


def _needs(because: str, provider: str, settings: Mapping[str, str], *names: str) -> dict[str, str]:
    found = {name: value for name in names if (value := _get(settings, name))}
    missing = [name for name in names if name not in found]
    if missing:
        raise Misconfigured(f"{because} needs {' and '.join(missing)}, which is not set", provider=provider)
    return found


def _url(settings: Mapping[str, str], name: str, default: str, provider: str) -> str:
    url = _get(settings, name) or default
    if not _is_base(url):
        raise Misconfigured(f"{name} is `{url}`: expected https://HOST, without a query", provider=provider)
    return url.rstrip("/")


def _is_base(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.scheme in {"http", "https"} and parts.hostname and not parts.query + parts.fragment)
