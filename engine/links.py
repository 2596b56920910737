"""Links that carry their own authority: unsubscribe, preferences, confirmation, clicks and opens.

A token is `base64url(key id · MAC · payload)`. It is signed, not encrypted, so it holds opaque ids only,
never an address or a name. It does not expire: an unsubscribe link must go on working for as long as
somebody keeps the mail (CAN-SPAM asks for 30 days, CASL for 60). Keys rotate: the first signs, all verify.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

Purpose = Literal["unsubscribe", "preferences", "confirm", "click", "open"]

_MAC_BYTES = 16
_HEAD_BYTES = 1 + _MAC_BYTES
_SEPARATOR = "\x1f"
_CONTEXT = b"relance link 1\x00"
"""Keeps these MACs apart from any other use of the same key."""

_LAYOUT: dict[Purpose, tuple[str, str, tuple[str, ...]]] = {
    "unsubscribe": ("u", "/u/", ("contact_id", "topic", "channel", "message_uid")),
    "preferences": ("p", "/p/", ("contact_id",)),
    "confirm": ("k", "/k/", ("contact_id", "topic")),
    "click": ("c", "/c/", ("message_uid", "link", "url")),
    "open": ("o", "/o/", ("message_uid",)),
}
"""Purpose to its letter inside the token, its path, and the order of its fields."""

_BY_LETTER: dict[str, Purpose] = {letter: purpose for purpose, (letter, _, _) in _LAYOUT.items()}


class BadToken(ValueError):
    """A token that we did not sign, or that was cut or altered on its way."""


@dataclass(frozen=True)
class Grant:
    """What the holder of a token may do; fields that its purpose does not have are None."""

    purpose: Purpose
    contact_id: str | None = None
    topic: str | None = None
    channel: str | None = None
    message_uid: str | None = None
    link: str | None = None
    """The name that the template gives to a clicked link, where it gives one."""
    url: str | None = None


class Links:
    """Makes and reads the links of one installation.

    `public_url` is where people reach the web process; `keys` are secrets, the newest first.
    Raises ValueError where there is no key or the address is not an http(s) one.
    """

    def __init__(self, public_url: str, keys: Sequence[str]) -> None:
        if not _is_web(public_url):
            raise ValueError(f"the public address must begin with https:// (or http://), got {public_url!r}")
        if not keys or not all(keys):
            raise ValueError("links need at least one secret key, and none may be empty")
        self.public_url = public_url.rstrip("/")
        self._keys = tuple(key.encode() for key in keys)

    def unsubscribe(self, contact_id: str, topic: str, channel: str, message_uid: str) -> str:
        """The page and RFC 8058 one-click target that ends `channel` for `topic`."""
        return self._address("unsubscribe", contact_id, topic, channel, message_uid)

    def preferences(self, contact_id: str) -> str:
        """The person's preference centre."""
        return self._address("preferences", contact_id)

    def confirm(self, contact_id: str, topic: str) -> str:
        """The page whose button confirms consent to a topic (double opt-in)."""
        return self._address("confirm", contact_id, topic)

    def click(self, message_uid: str, url: str, link: str | None = None) -> str:
        """A tracked link to `url`. Raises ValueError unless it is an http(s) address."""
        if not _is_web(url):
            raise ValueError(f"only http(s) links can be tracked, got {url!r}")
        return self._address("click", message_uid, link or "", url)

    def open(self, message_uid: str) -> str:
        """The address of the open pixel."""
        return self._address("open", message_uid)

    def is_own(self, url: str) -> bool:
        """Whether a link already leads to this installation, and so must not be wrapped again."""
        return url.startswith(self.public_url + "/") and any(
            url.startswith(self.public_url + path) for _, path, _ in _LAYOUT.values()
        )

    def read(self, token: str) -> Grant:
        """What a token grants. Raises BadToken, which never says how the token was bad."""
        head, payload = _split(token)
        if not any(hmac.compare_digest(_head(key, payload), head) for key in self._keys):
            raise BadToken("not a link of ours")
        letter, *values = payload.decode().split(_SEPARATOR)
        purpose = _BY_LETTER[letter]
        fields = zip(_LAYOUT[purpose][2], values, strict=True)
        return Grant(purpose, **{name: value or None for name, value in fields})

    def _address(self, purpose: Purpose, *values: str) -> str:
        letter, path, _ = _LAYOUT[purpose]
        if any(_SEPARATOR in value for value in values):
            raise ValueError("a control character cannot be part of a link")
        payload = _SEPARATOR.join((letter, *values)).encode()
        token = urlsafe_b64encode(_head(self._keys[0], payload) + payload).rstrip(b"=").decode()
        return f"{self.public_url}{path}{token}"


def with_utm(url: str, parameters: Mapping[str, str]) -> str:
    """`url` with `utm_*` parameters added; those that it already has are left as their author wrote them."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    present = {name for name, _ in query}
    query += [(f"utm_{k}", v) for k, v in parameters.items() if v and f"utm_{k}" not in present]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _head(key: bytes, payload: bytes) -> bytes:
    """Key id (one byte, to be told apart in logs and dumps) and MAC over it and the payload."""
    key_id = _key_id(key)
    return key_id + hmac.digest(key, _CONTEXT + key_id + payload, "sha256")[:_MAC_BYTES]


@cache
def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:1]


def _split(token: str) -> tuple[bytes, bytes]:
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError as error:
        raise BadToken("not a link of ours") from error
    return raw[:_HEAD_BYTES], raw[_HEAD_BYTES:]


def _is_web(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
