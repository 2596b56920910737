"""What a reply to an SMS asks: to stop, to start again, for help, or none of these.

A message is read as a whole, after folding case, accents and punctuation: `Stop.`, `arrêt`, `STOP PUB` and
`STOP 36180` stop; `nonstop music` and `où est votre arrêt de bus ?` are replies.
"""

import re
import unicodedata
from typing import Literal, TypeAlias

Intent: TypeAlias = Literal["stop", "start", "help"]

# Twilio's own words (STOP to OPTOUT), the United States' (FCC, 47 CFR 64.1200(a)(10)) and the French ones.
_STOP = (
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
    "OPT OUT",
    "REMOVE",
    "ARRET",
    "ARRETE",
    "ARRETER",
    "ARRETEZ",
    "DESABONNER",
    "DESABONNEMENT",
    "SE DESABONNER",
    "DESINSCRIRE",
    "DESINSCRIPTION",
    "SE DESINSCRIRE",
)
_AFTER_STOP = ("SMS", "PUB", "SVP", "MERCI", "PLEASE")
_START = ("START", "UNSTOP", "YES", "OUI")
_HELP = ("HELP", "INFO", "AIDE", "CONTACT")

# A number may be written in groups (`STOP 3 61 80`) and without a space before it (`STOP36180`).
_MEANINGS: tuple[tuple[re.Pattern[str], Intent], ...] = (
    (re.compile(rf"(?:{'|'.join(_STOP)})(?: (?:{'|'.join(_AFTER_STOP)})| ?[0-9]+(?: [0-9]+)*)?"), "stop"),
    (re.compile("|".join(_START)), "start"),
    (re.compile("|".join(_HELP)), "help"),
)


def read(text: str) -> Intent | None:
    """What `text` asks, or None for an ordinary reply."""
    folded = _fold(text)
    return next((intent for pattern, intent in _MEANINGS if pattern.fullmatch(folded)), None)


def _fold(text: str) -> str:
    """Upper case without accents; whatever is neither a letter nor a digit separates words."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char)).upper()
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())
