"""`SMTP_URL`: which server, how securely, and with how many connections."""

import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from channels.errors import Misconfigured
from channels.smtp.wire import PROVIDER

Security = Literal["starttls", "tls", "none"]

_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp": ("none", 25),
}
_SHAPE = (
    "expected smtp+starttls://USER:PASSWORD@HOST:587, smtps://USER:PASSWORD@HOST:465, or smtp://localhost:25"
)
_LONGEST_BOUNCES = 19
"""Of what stands before the `@`, since RFC 5321 (4.5.3.1.1) gives all of it 64 and our id takes 45."""


@dataclass(frozen=True)
class Server:
    """Where mail is handed over, as `SMTP_URL` says. The password is not in its repr.

    `bounces`: the mailbox to which bounces come back, None where they go to the sender's. `ca`: a file of
    certificates to trust instead of the machine's. `helo`: how we call ourselves.
    """

    host: str
    port: int
    security: Security
    login: tuple[str, str] | None = None
    bounces: str | None = None
    ca: str | None = None
    helo: str | None = None
    connections: int = 8
    per_second: float = 20.0

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port}, {self.security})"

    def tls_context(self) -> ssl.SSLContext:
        """Certificates and host names are always verified. Raises Misconfigured for a bad `ca`."""
        try:
            return ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            raise _wrong(f"`ca` is no file of certificates ({type(error).__name__})") from None


def read(url: str) -> Server:
    """The server that `SMTP_URL` names.

    `?bounces=bounces@example.com` is the mailbox of bounces, `&ca=FILE` certificates to trust, `&helo=NAME`
    our name, `&connections=8` how many at once, `&per_second=20` the pace of one worker.

    Raises Misconfigured, whose words never hold the password.
    """
    try:
        parts = urlsplit(url.strip())
        security, default_port = _SCHEMES[parts.scheme]
        port, host = parts.port or default_port, parts.hostname
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except (KeyError, ValueError):
        raise _wrong(_SHAPE) from None
    if not host or parts.path.strip("/") or parts.fragment:
        raise _wrong(_SHAPE)
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    if security == "none" and not _is_here(host):
        raise _wrong(f"smtp:// sends in clear, and `{host}` is another machine: {_SHAPE}")
    if security == "none" and login:
        raise _wrong(f"smtp:// would send the password in clear: {_SHAPE}")
    return _with_options(Server(host, port, security, login), options)


def _with_options(server: Server, options: dict[str, str]) -> Server:
    unknown = ", ".join(sorted(options.keys() - {"bounces", "ca", "helo", "connections", "per_second"}))
    if unknown:
        raise _wrong(f"it has no option `{unknown}`; there are bounces, ca, helo, connections, per_second")
    bounces, ca = options.get("bounces"), options.get("ca")
    if bounces is not None:
        local, _, domain = bounces.partition("@")
        if not (local and domain and bounces.isascii() and len(local) <= _LONGEST_BOUNCES):
            raise _wrong(
                f"`bounces` is a mailbox like bounces@example.com, with at most {_LONGEST_BOUNCES} "
                "characters before the @"
            )
    if ca is not None and not Path(ca).is_file():
        raise _wrong("`ca` names no file")
    return Server(
        server.host,
        server.port,
        server.security,
        server.login,
        bounces,
        ca,
        options.get("helo"),
        int(_positive(options, "connections", server.connections)),
        _positive(options, "per_second", server.per_second),
    )


def _positive(options: dict[str, str], name: str, default: float) -> float:
    text = options.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:  # noqa: PLR2004 - said below
        raise _wrong(f"`{name}` is a whole number from 1 to 1000")
    return int(text)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(f"SMTP_URL: {what}", provider=PROVIDER)
