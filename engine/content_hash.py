"""The hash of what a message says, kept as the evidence of what left."""

import hashlib
from functools import lru_cache

LONG = 1024
"""Characters from which on a piece is most likely one that everybody gets."""


def content_hash(*pieces: str) -> str:
    """SHA-256 of all of them, one after the other, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(_long(piece) if len(piece) >= LONG else piece.encode())
    return digest.hexdigest()


@lru_cache(maxsize=256)
def _long(piece: str) -> bytes:
    """Kept: to encode the parts of a page that are the same for everybody costs more than to hash them."""
    return piece.encode()
