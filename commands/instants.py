"""Instants as they are typed."""

from datetime import UTC, datetime

from commands.running import Failed
from dsl.local_time import EARLIEST_YEAR, LATEST_YEAR


def utc_instant(option: str, written: str) -> datetime:
    """The instant of `2026-11-01` or `2026-11-01T09:00`, in UTC where it has no offset. Raises Failed."""
    at = typed_instant(option, written, "2026-11-01")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def typed_instant(option: str, written: str, example: str) -> datetime:
    """The same as it is typed, of a day its midnight. Raises Failed, also for a year that nobody means."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise Failed(f"{option} takes a day or an instant like {example}, not `{written}`") from None
    if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        raise Failed(f"{option}: {written} is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return at
