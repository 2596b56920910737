"""The hash of what a message says, kept as the evidence of what left."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from engine.template_sandbox import lexed

LONG = 1024
"""Characters from which on it costs more to encode a text than to look whether it was."""


def content_hash(pieces: Iterable[str], encoded: Mapping[str, bytes] | None = None) -> str:
    """SHA-256 of all of them, one after the other, in hexadecimal.

    `encoded`: some of them, with what they are in UTF-8.
    """
    known, digest = encoded or {}, hashlib.sha256()
    for piece in pieces:
        digest.update((known.get(piece) if len(piece) >= LONG else None) or piece.encode())
    return digest.hexdigest()


@lru_cache(maxsize=256)
def encoded_parts(source: str) -> Mapping[str, bytes]:
    """The long texts of a template, which its messages have in common, and nothing of a person.

    `source` is Jinja2 that was compiled before.
    """
    return {text: text.encode() for kind, text in lexed(source) if kind == "data" and len(text) >= LONG}
