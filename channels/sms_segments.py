"""How many SMS a text costs: one part is 160 GSM-7 units or 70 UCS-2 units.

Of a longer text each part loses 48 bits to the header that joins them, hence 153 and 67. Neither an escape
pair of GSM-7 nor a surrogate pair of UCS-2 is cut, so a part may stay one unit short (3GPP TS 23.038, 6.2.1
and 23.040, 9.2.3.24).
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Encoding: TypeAlias = Literal["GSM-7", "UCS-2"]

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")
_SINGLE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
_JOINED: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}
_LAST_SINGLE_UNIT = 0xFFFF
"""The last character that UTF-16 writes in one unit."""


@dataclass(frozen=True)
class Segments:
    """`count` parts are billed. `forced_by`: the first character that is not in GSM-7, None when all are."""

    count: int
    encoding: Encoding
    forced_by: str | None


def count(text: str) -> Segments:
    """What sending `text` as it stands costs. An empty text is no SMS and counts 0."""
    forced_by = _forced_by(text)
    return Segments(len(parts(text)), "UCS-2" if forced_by else "GSM-7", forced_by)


def parts(text: str) -> tuple[str, ...]:
    """The texts of the parts, in order; joined, they are `text`."""
    encoding: Encoding = "UCS-2" if _forced_by(text) else "GSM-7"
    sizes = [_units(char, encoding) for char in text]
    if sum(sizes) <= _SINGLE[encoding]:
        return (text,) if text else ()
    starts, used = [0], 0
    for position, size in enumerate(sizes):
        if used + size > _JOINED[encoding]:
            starts.append(position)
            used = 0
        used += size
    return tuple(text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True))


def in_gsm(char: str) -> bool:
    """Whether a character is one of GSM-7, with or without an escape."""
    return char in _BASIC or char in _ESCAPED


def _forced_by(text: str) -> str | None:
    return next((char for char in text if not in_gsm(char)), None)


def _units(char: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if char in _ESCAPED else 1
    return 2 if ord(char) > _LAST_SINGLE_UNIT else 1
