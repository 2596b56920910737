"""An email as the bytes that SMTP carries (RFC 5322), in seven bits and short lines, for any server.

Written by hand from Python's parts: its EmailMessage parses every header that it is given, and takes twenty
times as long, on the loop that all letters share.
"""

from binascii import b2a_qp
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr

import idna

from channels.errors import Misconfigured, Refused
from channels.mail_headers import is_address, own_headers
from channels.messages import Email
from channels.smtp.wire import ID_HEADER, PROVIDER

_RESERVED = {"from", "to", "cc", "bcc", "subject", "date", "message-id", "reply-to", "return-path", "sender"}
_RESERVED |= {"mime-version", "content-type", "content-transfer-encoding", ID_HEADER.lower()}
_SHORT_LINE = 76
"""Longer lines are folded, at blanks. The address in List-Unsubscribe has none and stays in one piece."""
_EOL = "\r\n"


def letter(email: Email, id_token: str, now: datetime) -> bytes:
    """The whole message, its lines ended by CRLF. `id_token` is our signed id; `now` becomes its Date.

    No header may hold a line break: `channels.mail_headers` refuses those first. Raises Refused for what has
    no UTF-8, Misconfigured for a sender that is none.
    """
    if not is_address(email.from_address) or not email.from_address.rpartition("@")[0].isascii():
        raise Misconfigured("smtp: the sender is not valid", provider=PROVIDER, code="from")
    try:
        head = "".join(_line(name, value) for name, value in _headers(email, id_token, now).items())
        return head.encode("ascii") + _body(email, boundary=f"=_{id_token}")
    except ValueError:
        # The words of these errors quote the message.
        fault = Refused("smtp: the message cannot be written as mail", provider=PROVIDER, code="message")
    raise fault


def message_id_of(email: Email) -> str:
    """Our id as a Message-ID of the sender's domain, without its angle brackets."""
    return f"{email.message_id}@{domain_of(email.from_address)}"


def mailbox(address: str) -> str:
    """An address with its domain in DNS's letters. Raises ValueError where it is none."""
    return f"{address.rpartition('@')[0]}@{domain_of(address)}"


def domain_of(address: str) -> str:
    """The domain of an address in letters that DNS has (IDNA 2008). Raises ValueError for what is none."""
    domain = address.rpartition("@")[2]
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()


def _headers(email: Email, id_token: str, now: datetime) -> Mapping[str, str]:
    """Ours, and the message's own but for those that would take the place of ours."""
    own = {name: value for name, value in own_headers(email).items() if name.lower() not in _RESERVED}
    reply_to = {"Reply-To": mailbox(email.reply_to)} if email.reply_to else {}
    return {
        "From": _named(email.from_name, mailbox(email.from_address)),
        "To": mailbox(email.to),
        **reply_to,
        "Subject": email.subject,
        "Date": format_datetime(now),
        "Message-ID": f"<{message_id_of(email)}>",
        **own,
        ID_HEADER: id_token,
        "MIME-Version": "1.0",
    }


def _named(name: str | None, address: str) -> str:
    """An address with the name beside it: quoted where it must be, encoded where it is not ASCII."""
    if not name or name.isascii():
        return formataddr((name or "", address))
    return f"{Header(name, 'utf-8', header_name='From').encode(linesep=_EOL)} <{address}>"


def _line(name: str, value: str) -> str:
    """One header, folded where it is long, encoded where it is not ASCII (RFC 2047)."""
    whole = f"{name}: {value}{_EOL}"
    if value.isascii() and (len(whole) <= _SHORT_LINE or name.lower().startswith("list-")):
        return whole
    if value.isascii() and _EOL in value:
        return whole
    charset = "us-ascii" if value.isascii() else "utf-8"
    written = Header(value, charset, header_name=name, maxlinelen=_SHORT_LINE).encode(linesep=_EOL)
    return f"{name}: {written}{_EOL}"


def _body(email: Email, *, boundary: str) -> bytes:
    """Both parts, plain text first: the last is the one that is shown (RFC 2046, 5.1.4).

    Quoted-printable writes no `=_`, so that nothing in a part can end it.
    """
    parts = [_part("plain", email.text)] if email.text or not email.html else []
    parts += [_part("html", email.html)] if email.html else []
    if len(parts) == 1:
        return parts[0]
    return b"".join(_alternatives(parts, boundary))


def _alternatives(parts: list[bytes], boundary: str) -> Iterator[bytes]:
    yield f'Content-Type: multipart/alternative; boundary="{boundary}"{_EOL}{_EOL}'.encode()
    for part in parts:
        yield f"--{boundary}{_EOL}".encode() + part + _EOL.encode()
    yield f"--{boundary}--{_EOL}".encode()


def _part(kind: str, text: str) -> bytes:
    """A text with the headers of its part."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    head = (
        f'Content-Type: text/{kind}; charset="utf-8"{_EOL}Content-Transfer-Encoding: quoted-printable{_EOL}'
    )
    return head.encode() + _EOL.encode() + b2a_qp(lines.encode(), istext=True).replace(b"\n", _EOL.encode())
