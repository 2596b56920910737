"""Addresses of people: one spelling for each, and keyed hashes that survive the erasure of the address."""

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

ATTRIBUTE_OF_CHANNEL = {"email": "email", "sms": "phone"}
"""The contact attribute that a channel writes to."""


class Unreadable(ValueError):
    """What was sealed under a key that is not ours any more."""


class Addresses:
    """Hashes and seals addresses under secret keys: the first one writes, all of them find and open."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("no secret key: set RELANCE_SECRET_KEYS")
        # Ready for use: to begin with a key costs twice as much as the rest.
        self._macs = tuple(hmac.new(key.encode(), digestmod=hashlib.sha256) for key in keys)
        boxes = [self._mac(mac, b"sealed addresses").digest() for mac in self._macs]
        self._box = MultiFernet([Fernet(base64.urlsafe_b64encode(box)) for box in boxes])

    def hashes(self, channel: str, address: str) -> tuple[str, ...]:
        """The hash of an address under each key, the one to write first."""
        text = f"address|{channel}|{normalise(channel, address)}".encode()
        return tuple([self._mac(mac, text).hexdigest() for mac in self._macs])

    def hashes_of(self, row: Mapping[str, Any]) -> list[str]:
        """The hashes of every address that a row of `contacts` has."""
        held = addresses_of(row).items()
        return [digest for channel, address in held for digest in self.hashes(channel, address)]

    @staticmethod
    def _mac(begun: hmac.HMAC, text: bytes) -> hmac.HMAC:
        mac = begun.copy()
        mac.update(text)
        return mac

    def seal(self, address: str) -> str:
        """An address that only the secret keys open again."""
        return self._box.encrypt(address.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """What was sealed. Raises Unreadable where its key is gone."""
        try:
            return self._box.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable("sealed under another key") from None


def addresses_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The addresses in a row of `contacts`, by channel."""
    return {channel: row[name] for channel, name in ATTRIBUTE_OF_CHANNEL.items() if row[name]}


def normalise(channel: str, address: str) -> str:
    """The one spelling of an address: emails in lower case, phone numbers as `+` and digits."""
    text = unicodedata.normalize("NFKC", address).strip()
    if channel == "email":
        return text.lower()
    return "".join(char for char in text if char.isdigit() or char == "+")
