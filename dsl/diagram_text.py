"""How wide text is, and where it is cut into lines, without any font: the same on every machine."""

import re
from collections.abc import Iterator
from math import ceil

NARROW = frozenset("ijlI.,:;'’|! `\u00a0\u202f")
WIDE = frozenset("mwMW@%œŒ—…")
NARROW_EM, USUAL_EM, CAPITAL_EM, WIDE_EM = 0.4, 0.67, 0.76, 1.0
"""Widths in em of a bold sans-serif face, the widest of those that screens have, so that text stays in."""

_TOKENS = re.compile(r"\S+\s*")
_PARTS = re.compile(r"[^_./,]*[_./,]?")


def width_of(text: str, size: int) -> int:
    """The width in pixels of one line at a font size, estimated."""
    return ceil(sum(_em(character) for character in text) * size)


def _em(character: str) -> float:
    if character in NARROW:
        return NARROW_EM
    if character in WIDE:
        return WIDE_EM
    return CAPITAL_EM if character.isupper() else USUAL_EM


def wrap(text: str, width: int, *, size: int, limit: int) -> tuple[str, ...]:
    """Cut text into at most `limit` lines of at most `width` pixels, the last with `…` where it was cut.

    Lines break at spaces; a word that is too long breaks after `_`, `.`, `/` or `,`, else anywhere.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, width, size):
        if line and width_of((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        if len(lines) > limit:
            break
        line += piece
    if line.strip():
        lines.append(line.rstrip())
    if len(lines) <= limit:
        return tuple(lines)
    return (*lines[: limit - 1], _shortened(lines[limit - 1], width, size))


def _shortened(line: str, width: int, size: int) -> str:
    while line and width_of(line + "…", size) > width:
        line = line[:-1]
    return line.rstrip() + "…"


def _pieces(text: str, width: int, size: int) -> Iterator[str]:
    """Words with the space after them; longer ones in parts that fit."""
    for word in _TOKENS.findall(text):
        if width_of(word.rstrip(), size) <= width:
            yield word
            continue
        for part in filter(None, _PARTS.findall(word)):
            yield from _cut(part, width, size)


def _cut(part: str, width: int, size: int) -> Iterator[str]:
    most = int(width / (NARROW_EM * size)) + 1  # no more characters are measured than a line can have
    while width_of(part.rstrip(), size) > width:
        longest = min(most, len(part))
        fits = next(n for n in range(longest, 0, -1) if n == 1 or width_of(part[:n], size) <= width)
        yield part[:fits]
        part = part[fits:]
    yield part
