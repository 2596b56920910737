"""Email by SMTP, through any server that takes mail for delivery."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aiosmtplib import (
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from channels.errors import ChannelError, Misconfigured, Refused, Retryable, UnknownOutcome
from channels.mail_headers import refuse_what_is_no_mail
from channels.messages import Email, Message, SendResult
from channels.smtp import return_path
from channels.smtp.connections import Connection, Connections
from channels.smtp.errors import fault_before_anybody, fault_of
from channels.smtp.letter import letter, mailbox, message_id_of
from channels.smtp.server import Server
from channels.smtp.wire import PROVIDER

COMMAND_SECONDS = 8.0
"""For each of MAIL, RCPT and DATA."""
BEGIN_SECONDS = 30.0
"""From being asked to the first byte of the message, whatever happens on the way."""
LETTER_SECONDS = 20.0
"""From the last byte to the server's word. Long: an answer that we stop waiting for is an unknown outcome."""

_SEND_NOW, _TAKEN, _CLOSING = 354, 250, 421
_LEADING_DOT = re.compile(rb"(?m)^\.")


class _GoneMeanwhile(Retryable):
    """An old connection turns out to be dead, before a byte of the message: another one may serve."""


class Smtp:
    """The email channel through an SMTP server.

    `keys` sign our id in the return path and in the message, the first of them; whoever sends a bounce back
    proves with it that it is about a message of ours.
    """

    name = "email"
    provider = PROVIDER

    def __init__(
        self,
        server: Server,
        keys: Sequence[str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._server = server
        self._key = keys[0].encode()
        self._clock = clock
        self._connections = Connections(server)

    @property
    def at_once(self) -> int:
        """As many letters as there are connections."""
        return self._server.connections

    async def send(self, message: Message) -> SendResult:
        """Hand over one email. `provider_id` is its Message-ID, which the server may have replaced.

        Raises as `channels.base.Channel.send`. SMTP has no idempotency: when the connection breaks between
        the last byte and the server's word, nobody knows (RFC 5321, 4.2.5), and only a bounce would tell.
        """
        if not isinstance(message, Email):
            raise Misconfigured("smtp carries email and was given an SMS", provider=PROVIDER)
        if message.track_opens or message.track_clicks:
            raise Misconfigured("smtp tracks nothing by itself and was asked to", provider=PROVIDER)
        refuse_what_is_no_mail(message, PROVIDER)
        to = _recipient(message.to)
        raw = letter(message, return_path.token(message.message_id, self._key), self._clock())
        sender = self._return_path(message)
        fault = await self._hand_over(sender, to, raw)
        # Raised out of every handler: the address must not hang on to what is logged.
        if fault is not None:
            raise fault
        return SendResult(PROVIDER, message_id_of(message))

    async def close(self) -> None:
        """Give the connections back."""
        await self._connections.close()

    def _return_path(self, email: Email) -> str:
        """Where bounces go: to our mailbox, with our id in it, or to the sender's own."""
        if self._server.bounces is None:
            return mailbox(email.from_address)
        return return_path.address(self._server.bounces, email.message_id, self._key)

    async def _hand_over(self, sender: str, to: str, raw: bytes) -> ChannelError | None:
        """One transaction (RFC 5321, 3.3), begun again where an old connection turns out to be dead."""
        try:
            async with asyncio.timeout(BEGIN_SECONDS) as patience:
                for fresh in (False, True):
                    async with self._connections.one(fresh=fresh) as connection:
                        refused = await _begin(connection, sender, to)
                        if refused is None:
                            patience.reschedule(None)
                            return await _data(connection, raw)
                        if not isinstance(refused, _GoneMeanwhile):
                            return refused
        except TimeoutError:
            refused = None
        return refused or Retryable("smtp: the server is slow", provider=PROVIDER, code="slow")


async def _begin(connection: Connection, sender: str, to: str) -> ChannelError | None:
    """Envelope and DATA: None where the server waits for the message, of which it has not seen a byte."""
    client = connection.client
    try:
        await client.mail(sender, timeout=COMMAND_SECONDS)
        await client.rcpt(to, timeout=COMMAND_SECONDS)
        ready = await client.execute_command(b"DATA", timeout=COMMAND_SECONDS)
    except SMTPRecipientRefused as error:
        return await _refused(connection, error.code, fault_of(error.code, error.message))
    except SMTPResponseException as error:
        return await _refused(connection, error.code, fault_before_anybody(error))
    except (SMTPServerDisconnected, SMTPTimeoutError) as error:
        connection.close()
        kind = Retryable if connection.fresh else _GoneMeanwhile
        what = type(error).__name__
        return kind(f"smtp: the connection was lost ({what})", provider=PROVIDER, code=what)
    except ValueError:
        return Refused(
            "smtp: the address cannot be written", provider=PROVIDER, code="to", suppress="invalid"
        )
    if ready.code == _SEND_NOW:
        return None
    return await _refused(connection, ready.code, fault_of(ready.code, ready.message))


async def _refused(connection: Connection, status: int, fault: ChannelError) -> ChannelError:
    """What a refusal comes to. The server is made to forget it, so that the connection serves again."""
    if status == _CLOSING and not connection.fresh:
        connection.close()
        return _GoneMeanwhile("smtp: the server closes", provider=PROVIDER)
    try:
        await connection.client.rset(timeout=COMMAND_SECONDS)
    except (SMTPException, OSError):
        connection.close()
    return fault


async def _data(connection: Connection, raw: bytes) -> ChannelError | None:
    """The message itself. From its first byte on, a silence leaves the outcome unknown."""
    protocol = connection.client.protocol
    try:
        if protocol is None:
            raise SMTPServerDisconnected("closed")
        protocol.write(_LEADING_DOT.sub(b"..", raw) + b".\r\n")
        answer = await protocol.read_response(timeout=LETTER_SECONDS)
    except (SMTPException, OSError) as error:
        connection.close()
        return UnknownOutcome(
            f"smtp: no answer to a message that left ({type(error).__name__})",
            provider=PROVIDER,
            code=type(error).__name__,
        )
    return None if answer.code == _TAKEN else fault_of(answer.code, answer.message)


def _recipient(address: str) -> str:
    """An address as the envelope takes it: its domain in DNS's letters. Raises Refused for other letters."""
    if not address.rpartition("@")[0].isascii():
        raise Refused(
            "smtp: the name of the mailbox has letters that only SMTPUTF8 carries",
            provider=PROVIDER,
            code="smtputf8",
        )
    try:
        return mailbox(address)
    except ValueError:
        fault = Refused("smtp: the domain is none", provider=PROVIDER, code="to", suppress="invalid")
    raise fault
