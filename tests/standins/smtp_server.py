"""A real SMTP server on a local port, in the caller's event loop: keeps what it takes, answers as told."""

import asyncio
import ssl
import warnings
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from pathlib import Path
from typing import Any, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class TakenMail:
    """One message that the server accepted: its envelope and its bytes."""

    sender: str
    to: list[str]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """The message, read."""
        return cast("EmailMessage", message_from_bytes(self.raw, policy=MAIL))


class SmtpServer:
    """`async with SmtpServer() as server:`, then `server.port`.

    `login` demands this user and password; `tls` offers STARTTLS and demands it, `implicit` speaks TLS from
    the first byte.
    """

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
    ) -> None:
        self.login = login
        self.taken: list[TakenMail] = []
        self.connections = 0
        self.answers = {name: deque[str]() for name in ("EHLO", "HELO", "MAIL", "RCPT", "DATA")}
        """What to answer next to a command instead of working; `drop` closes the connection, `hang` says
        nothing."""
        self._tls, self._implicit = tls, implicit
        self._open: set[SMTP] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        implicit = self._tls if self._implicit else None
        self._server = await loop.create_server(self._protocol, "127.0.0.1", 0, ssl=implicit)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.close_connections()
        await asyncio.sleep(0)

    def close_connections(self) -> None:
        """Close every connection without a word, as a server that restarts."""
        for each in self._open:
            # Python 3.11.2, which Debian 12 has, cannot break off TLS that is over.
            if each.transport is not None and not each.transport.is_closing():
                each.transport.abort()
        self._open.clear()

    def _protocol(self) -> SMTP:
        self.connections += 1
        starttls = None if self._implicit else self._tls
        with warnings.catch_warnings():
            # It warns of a login without STARTTLS, and does not see that the connection is TLS already.
            warnings.simplefilter("ignore", UserWarning)
            protocol = SMTP(
                self,
                hostname="mx.example",
                ident="stand-in",
                tls_context=starttls,
                require_starttls=starttls is not None,
                auth_required=self.login is not None,
                auth_require_tls=starttls is not None,
                authenticator=self._authenticate,
                loop=asyncio.get_running_loop(),
            )
        self._open.add(protocol)
        return protocol

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        said = (data.login.decode(), data.password.decode())
        return AuthResult(success=said == self.login, handled=False)

    async def handle_EHLO(  # noqa: N802 - the names of aiosmtpd
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """EHLO."""
        answer = await self._answer("EHLO", server)
        session.host_name = hostname
        return [answer] if answer else responses

    async def handle_HELO(  # noqa: N802 - the same
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str
    ) -> str:
        """HELO."""
        session.host_name = hostname
        return await self._answer("HELO", server) or f"250 {server.hostname}"

    async def handle_MAIL(  # noqa: N802 - the same
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """MAIL FROM."""
        return await self._answer("MAIL", server) or self._keep_sender(envelope, address, options)

    async def handle_RCPT(  # noqa: N802 - the same
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """RCPT TO."""
        answer = await self._answer("RCPT", server)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The message, whole."""
        answer = await self._answer("DATA", server)
        if answer is not None:
            return answer
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(TakenMail(str(envelope.mail_from), list(envelope.rcpt_tos), content))
        return f"250 2.0.0 Ok: queued as {len(self.taken):08d}"

    def _keep_sender(self, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def _answer(self, command: str, server: SMTP) -> str | None:
        waiting = self.answers[command]
        answer = waiting.popleft() if waiting else None
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()
            await asyncio.sleep(3600)
        if answer == "hang":
            await asyncio.sleep(3600)
        return answer


def bounce_of(taken: TakenMail, *, to: str, status: str = "5.1.1") -> bytes:
    """The notice of a server further on that it could not deliver a message, with the message's headers."""
    report = (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered mail\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="part"\r\n\r\n'
        "--part\r\nContent-Type: text/plain\r\n\r\nI wasn't able to deliver your message.\r\n"
        "--part\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {taken.to[0]}\r\nAction: failed\r\nStatus: {status}\r\n"
        "--part\r\nContent-Type: text/rfc822-headers\r\n\r\n"
    )
    return report.encode() + taken.raw.partition(b"\r\n\r\n")[0] + b"\r\n--part--\r\n"


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS for `host` under an authority of its own, and the file that makes it trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{host}.pem", folder / f"{host}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pkcs8 = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return context, public
