"""Our id within the address to which a bounce comes back, signed (VERP; BATV's idea of a proof).

Whoever can show such a token has handled the message: a server on its way, or the person who got it, who can
only say something about that one message. So a bounce needs no other proof. Letters and digits of one case
alone, since servers may change the case of what stands before the `@`.
"""

import hashlib
import hmac
import re
from base64 import b32decode, b32encode
from collections.abc import Sequence
from uuid import UUID

_CONTEXT = b"relance return path 1\x00"
"""Keeps these MACs apart from any other use of the same key."""
_MAC_BYTES = 10
_UUID, _TEXT = b"u", b"t"
_TOKEN = re.compile(r"\+([a-z2-7]{20,56})@", re.IGNORECASE)


def token(message_id: str, key: bytes) -> str:
    """The signed form of a message id: at most 44 characters for a UUID."""
    payload = _packed(message_id)
    return b32encode(_mac(key, payload) + payload).decode().rstrip("=").lower()


def read(text: str, keys: Sequence[bytes]) -> str | None:
    """The message id of a token; None where none of the keys has signed it."""
    try:
        raw = b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return None
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    signed = [hmac.compare_digest(_mac(key, payload), mac) for key in keys]
    return _unpacked(payload) if any(signed) else None


def address(mailbox: str, message_id: str, key: bytes) -> str:
    """`bounces+TOKEN@example.com` for the mailbox `bounces@example.com`."""
    local, _, domain = mailbox.partition("@")
    return f"{local}+{token(message_id, key)}@{domain}"


def tokens_in(text: str) -> list[str]:
    """What looks like a token in the addresses of a header."""
    return _TOKEN.findall(text)


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, _CONTEXT + payload, hashlib.sha256)[:_MAC_BYTES]


def _packed(message_id: str) -> bytes:
    """The bytes of a UUID, or of any other id as it is."""
    try:
        uuid = UUID(message_id)
    except ValueError:
        uuid = None
    return _UUID + uuid.bytes if uuid and str(uuid) == message_id else _TEXT + message_id.encode()


def _unpacked(payload: bytes) -> str:
    return str(UUID(bytes=payload[1:])) if payload[:1] == _UUID else payload[1:].decode()
