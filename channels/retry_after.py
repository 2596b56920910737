"""When another system wants to be asked again, as its answer says; whatever it says, an hour at most."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

LONGEST_SECONDS = 3600.0


def retry_after(headers: httpx.Headers, now: datetime | None = None) -> float | None:
    """Seconds of `Retry-After` (RFC 9110, 10.2.3); None where it is absent or says nothing.

    A date is read by the other side's own clock where it tells the time, else by `now`.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_SECONDS)
    at, then = _instant(text), clock_of(headers) or now
    return bounded((at - then).total_seconds()) if at and then else None


def clock_of(headers: httpx.Headers) -> datetime | None:
    """What time it is at the other side, where it tells."""
    return _instant(headers.get("Date", ""))


def bounded(seconds: float) -> float | None:
    """A wait that is none in the past and none without end; None for what is no number."""
    return min(max(seconds, 0.0), LONGEST_SECONDS) if seconds == seconds else None  # noqa: PLR0124 - NaN


def _instant(text: str) -> datetime | None:
    """A date of HTTP, which is in GMT; None for anything else."""
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
