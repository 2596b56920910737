"""Connections to the SMTP server: opened when needed, used again, never more than allowed."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPTimeoutError

from channels.errors import ChannelError, Misconfigured, Retryable
from channels.smtp.errors import fault_before_anybody
from channels.smtp.server import Server
from channels.smtp.wire import PROVIDER

OPENING_SECONDS = 15.0
"""For connecting, TLS and the login together."""
WAITING_SECONDS = 10.0
"""For one of the connections to become free."""
IDLE_SECONDS = 20.0
"""A connection is used again within this time, well before servers close one that says nothing."""
LETTERS = 100
"""On one connection, then it is closed: many servers refuse more."""


class Connection:
    """One connection, logged in. `fresh`: nothing has been sent on it yet."""

    def __init__(self, client: SMTP) -> None:
        self.client = client
        self.letters = 0
        self.used_at = 0.0

    @property
    def fresh(self) -> bool:
        """Whether it was opened for this very letter, so that what fails is no matter of age."""
        return self.letters == 0

    def usable(self, now: float) -> bool:
        """Whether another letter may go over it; `now` is the loop's time."""
        return self.client.is_connected and self.letters < LETTERS and now - self.used_at < IDLE_SECONDS

    def close(self) -> None:
        """Drop it, without a word to the server."""
        self.client.close()


class Connections:
    """The connections of one channel. Belongs to the event loop that uses it first."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tls = None if server.security == "none" else server.tls_context()
        self._free = asyncio.Semaphore(server.connections)
        self._idle: list[Connection] = []

    @asynccontextmanager
    async def one(self, *, fresh: bool = False) -> AsyncIterator[Connection]:
        """A connection for one letter; `fresh` for one that was not used before.

        Raises Retryable where the server cannot be reached or none becomes free, Misconfigured where it does
        not let us in or is not who it should be. Of these nothing was sent.
        """
        if not await self._turn():
            raise Retryable("smtp: every connection is in use", provider=PROVIDER, code="busy")
        try:
            connection = self._take(fresh=fresh) or await self._open()
            try:
                yield connection
            except BaseException:
                # Whoever was interrupted left an answer unread: the next letter would take it for its own.
                connection.close()
                raise
            finally:
                self._give_back(connection)
        finally:
            self._free.release()

    async def close(self) -> None:
        """Say goodbye on what is open."""
        for connection in self._idle:
            with contextlib.suppress(SMTPException, OSError, TimeoutError):
                await asyncio.wait_for(connection.client.quit(), 1)
            connection.close()
        self._idle.clear()

    async def _turn(self) -> bool:
        """Whether one of the connections became free in time."""
        try:
            return await asyncio.wait_for(self._free.acquire(), WAITING_SECONDS)
        except TimeoutError:
            return False

    def _take(self, *, fresh: bool) -> Connection | None:
        now = asyncio.get_running_loop().time()
        while self._idle and not fresh:
            connection = self._idle.pop()
            if connection.usable(now):
                return connection
            connection.close()
        return None

    def _give_back(self, connection: Connection) -> None:
        connection.letters += 1
        connection.used_at = asyncio.get_running_loop().time()
        if connection.usable(connection.used_at):
            self._idle.append(connection)
        else:
            connection.close()

    async def _open(self) -> Connection:
        server = self._server
        user, password = server.login or (None, None)
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=user,
            password=password,
            local_hostname=server.helo,
            timeout=OPENING_SECONDS,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._tls,
        )
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                await client.connect()
        except (SMTPException, OSError, TimeoutError) as error:
            client.close()
            fault = _fault(error)
        else:
            return Connection(client)
        # Raised out of the handler: the login must not hang on to what is logged.
        raise fault


def _fault(error: Exception) -> ChannelError:
    """What kept us from a connection."""
    if isinstance(error, ssl.SSLCertVerificationError) or isinstance(
        error.__cause__, ssl.SSLCertVerificationError
    ):
        return Misconfigured(
            "smtp: the server's certificate is not one to trust for this host; `ca` in SMTP_URL adds one",
            provider=PROVIDER,
            code="certificate",
        )
    if isinstance(error, SMTPResponseException):
        return fault_before_anybody(error)
    what = type(error).__name__
    reached = isinstance(error, SMTPException) and not isinstance(
        error, SMTPTimeoutError | aiosmtplib.SMTPConnectError | aiosmtplib.SMTPServerDisconnected
    )
    if reached:
        # What the library finds missing by itself: STARTTLS, a login, a way to log in that both know.
        return Misconfigured(f"smtp: {error}", provider=PROVIDER, code=what)
    return Retryable(f"smtp: the server is not reached ({what})", provider=PROVIDER, code=what)
