"""An email as the bytes that SMTP carries (RFC 5322), in seven bits and short lines, for any server."""

from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

import idna

from channels.errors import Misconfigured, Refused
from channels.mail_headers import own_headers
from channels.messages import Email
from channels.smtp.wire import ID_HEADER, PROVIDER


class _Policy(EmailPolicy):
    """Leaves addresses of the web whole.

    Python would write a long one as an encoded word, which no mail program follows.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The bytes of one header."""
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(**{name: getattr(SMTP, name) for name in ("linesep", "cte_type")})
_RESERVED = {"from", "to", "cc", "bcc", "subject", "date", "message-id", "reply-to", "return-path", "sender"}


def letter(email: Email, id_token: str, now: datetime) -> bytes:
    """The whole message, its lines ended by CRLF. `id_token` is our signed id; `now` becomes its Date.

    Raises Refused for what is no message, Misconfigured for a sender that is none.
    """
    message = EmailMessage(policy=_POLICY)
    try:
        _sender(message, email)
    except (ValueError, IndexError):
        raise Misconfigured("smtp: the sender is not valid", provider=PROVIDER, code="from") from None
    try:
        for name, value in _headers(email, id_token, now).items():
            message[name] = value
        _add_parts(message, email)
        return message.as_bytes()
    except (ValueError, IndexError, UnicodeError):
        # The words of these errors quote the message.
        fault = Refused("smtp: the message cannot be written as mail", provider=PROVIDER, code="message")
    raise fault


def message_id_of(email: Email) -> str:
    """Our id as a Message-ID of the sender's domain, without its angle brackets."""
    return f"{email.message_id}@{domain_of(email.from_address)}"


def domain_of(address: str) -> str:
    """The domain of an address in letters that DNS has (IDNA 2008). Raises ValueError for what is none."""
    domain = address.rpartition("@")[2]
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()


def _sender(message: EmailMessage, email: Email) -> None:
    local = email.from_address.rpartition("@")[0]
    message["From"] = Address(email.from_name or "", local, domain_of(email.from_address))
    if email.reply_to:
        message["Reply-To"] = email.reply_to


def _headers(email: Email, id_token: str, now: datetime) -> Mapping[str, str]:
    """Ours last: no header of the message takes their place."""
    own = {name: value for name, value in own_headers(email).items() if name.lower() not in _RESERVED}
    return {
        "To": f"{email.to.rpartition('@')[0]}@{domain_of(email.to)}",
        "Subject": email.subject,
        "Date": format_datetime(now),
        "Message-ID": f"<{message_id_of(email)}>",
        **own,
        ID_HEADER: id_token,
    }


def _add_parts(message: EmailMessage, email: Email) -> None:
    """Plain text first: the last part is the one that is shown (RFC 2046, 5.1.4)."""
    if email.text or not email.html:
        message.set_content(email.text, cte="quoted-printable")
    if email.html and email.text:
        message.add_alternative(email.html, subtype="html", cte="quoted-printable")
    elif email.html:
        message.set_content(email.html, subtype="html", cte="quoted-printable")
