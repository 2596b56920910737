"""Addresses of people: one spelling for each, and keyed hashes that survive the erasure of the address."""

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence

ATTRIBUTE_OF_CHANNEL = {"email": "email", "sms": "phone"}
"""The contact attribute that a channel writes to."""


class Addresses:
    """Hashes addresses under secret keys: the first one writes, all of them find."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("no secret key: set RELANCE_SECRET_KEYS")
        self._keys = tuple(key.encode() for key in keys)

    def hashes(self, channel: str, address: str) -> tuple[str, ...]:
        """The hash of an address under each key, the one to write first."""
        text = f"address|{channel}|{normalise(channel, address)}".encode()
        return tuple(hmac.new(key, text, hashlib.sha256).hexdigest() for key in self._keys)


def normalise(channel: str, address: str) -> str:
    """The one spelling of an address: emails in lower case, phone numbers as `+` and digits."""
    text = unicodedata.normalize("NFKC", address).strip()
    if channel == "email":
        return text.lower()
    return "".join(char for char in text if char.isdigit() or char == "+")
