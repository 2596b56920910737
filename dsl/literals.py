"""Values as people write them: `3 days`, `"text"`."""

import re
from decimal import Decimal

from dsl.values import Duration

MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}
SECONDS = {"second": 1, "minute": 60, "hour": 3600}
LONGEST_SECONDS = 200 * 366 * 86_400
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(second|minute|hour|day|week|month|year)s?")


def duration_of(text: str) -> Duration:
    """The duration of `3 days`, `1.5 hours`.

    Raises ValueError, worded for the writer, where it is none, no whole number of days or seconds, or
    longer than 200 years.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no duration")
    amount, unit = Decimal(found[1]), found[2]
    whole = amount * SECONDS.get(unit, 1)
    if whole != whole.to_integral_value():
        raise ValueError(f"`{text}` is no whole number of {'seconds' if unit in SECONDS else unit + 's'}")
    if unit in SECONDS:
        duration = Duration(seconds=int(whole))
    else:
        duration = Duration(months=int(amount) * MONTHS.get(unit, 0), days=int(amount) * DAYS.get(unit, 0))
    if duration.exact_seconds > LONGEST_SECONDS:
        raise ValueError(f"`{text}` is longer than 200 years")
    return duration


def unquoted(text: str) -> str:
    r"""The characters that a text in double quotes stands for; `\"` and `\\` are escapes."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])
