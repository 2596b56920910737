"""Passwords of people who sign in here, kept as Argon2id by argon2-cffi.

A hash says with what it was made, so that it is made anew with more when machines get faster; the library's
defaults are those that RFC 9106 gives for little memory.
"""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
"""Characters. NIST SP 800-63B asks for length and for no rules of composition."""
LONGEST = 200

_hasher = PasswordHasher()


class PoorPassword(ValueError):
    """A password that is too short or too long; the message never quotes it."""


async def hashed(password: str) -> str:
    """What is kept of a password. Raises PoorPassword."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PoorPassword(f"a password has {SHORTEST} to {LONGEST} characters")
    return await asyncio.to_thread(_hasher.hash, password)


async def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password; where there is nobody to compare with, it takes as long to say no."""
    if len(password) > LONGEST:
        return False
    try:
        right = await asyncio.to_thread(_hasher.verify, kept or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(right and kept)


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with less than what is made today."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")
