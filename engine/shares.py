"""Stable shares of people: who is held out, who takes which arm.

A hash of names and the contact's id, so that the same person falls on the same side at every look, on every
machine and over every version of a scenario.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

HASH_BITS = 64
SEPARATOR = "\x1f"


def point(*names: str) -> Fraction:
    """A point of [0, 1) that looks random and is always the same for the same names."""
    digest = sha256(SEPARATOR.join(names).encode()).digest()
    return Fraction(int.from_bytes(digest[: HASH_BITS // 8]), 1 << HASH_BITS)


def held_out(contact_id: str, scenario: str, share: Decimal) -> bool:
    """Whether a person belongs to the holdout of a scenario; `share` of 1, so 5 % is 0.05."""
    return point("holdout", scenario, contact_id) < Fraction(share)


def arm_of(contact_id: str, scenario: str, step: str, arms: Sequence[tuple[str, Decimal]]) -> str:
    """The arm of a split that a person takes; `arms` are names with shares that sum to 1."""
    at = point("split", scenario, step, contact_id)
    reached = Fraction(0)
    for name, share in arms:
        reached += Fraction(share)
        if at < reached:
            return name
    return arms[-1][0]
