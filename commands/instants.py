"""Instants as they are typed."""

from datetime import UTC, datetime

from commands.running import Failed


def utc_instant(option: str, written: str) -> datetime:
    """The instant of `2026-11-01` or `2026-11-01T09:00`, in UTC where it has no offset. Raises Failed."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise Failed(f"{option} takes a day or an instant like 2026-11-01, not `{written}`") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
