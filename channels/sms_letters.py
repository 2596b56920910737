"""An SMS written with the letters of GSM-7, so that one `ê` does not make it two SMS.

Only what that alphabet lacks is changed: `é`, `è`, `à`, `ù` and `Ç` are in it, `ê`, `ç`, `œ` and `’` are not.
"""

import unicodedata

from channels.sms_segments import in_gsm

_WRITTEN = {
    "œ": "oe",
    "Œ": "OE",
    "‘": "'",
    "’": "'",
    "ʼ": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "…": "...",
    "‐": "-",
    "‑": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "x",
    "•": "-",
    "·": "-",
    "‹": "'",
    "›": "'",
    "\u00ad": "",
    "\u200b": "",
    "\ufe0f": "",
}
"""Signs without a letter of their own below an accent. Quotation marks lose the blanks inside them."""

_QUOTES = {"« ": '"', "«": '"', " »": '"', "»": '"'}


def with_gsm_letters(text: str) -> str:
    """The same text in GSM-7 where a like letter is in it; what has none (an emoji) stays as it is."""
    written = "".join(char if in_gsm(char) else _like(char) for char in text)
    for quote, plain in _QUOTES.items():
        written = written.replace(quote, plain)
    return written


def _like(char: str) -> str:
    """A letter without its accent, a blank for any blank, and what the table says."""
    if char in _WRITTEN:
        return _WRITTEN[char]
    if unicodedata.category(char) == "Zs":
        return " "
    bare = "".join(each for each in unicodedata.normalize("NFKD", char) if not unicodedata.combining(each))
    return bare if bare and all(map(in_gsm, bare)) else char
