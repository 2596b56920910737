"""Opens and clicks that no person made, told apart by when they came: they never count as engagement.

Scanners of mail gateways open a message before it reaches its mailbox, and follow every link at once, often
under the name of a usual browser. Somebody who reads takes a moment, and follows one link after another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from channels.events import DeliveryEvent

TOO_SOON = timedelta(seconds=5)
"""After a message left: it has hardly arrived, and nobody has read it."""

AT_ONCE = timedelta(seconds=1)
"""Within which nobody follows two different links of a message."""

Click: TypeAlias = tuple[int, str | None, datetime]
"""Message, link and instant."""


def told_apart(
    reports: Sequence[DeliveryEvent],
    messages: Mapping[str, tuple[int, datetime | None]],
    earlier: Iterable[Click],
    now: datetime,
) -> list[DeliveryEvent]:
    """The reports, opens and clicks that came too fast for a person marked as a machine's.

    `messages`: report key to the message that it is about and when that left. `earlier`: clicks known before.
    """
    clicks: list[Click] = [
        (messages[each.key][0], each.link, each.at or now)
        for each in reports
        if each.kind == "clicked" and each.key in messages
    ]
    clicks += earlier
    return [
        replace(each, machine=True) if _is_too_fast(each, messages.get(each.key), clicks, now) else each
        for each in reports
    ]


def _is_too_fast(
    report: DeliveryEvent, about: tuple[int, datetime | None] | None, clicks: Iterable[Click], now: datetime
) -> bool:
    if report.kind not in ("opened", "clicked") or about is None:
        return False
    message, sent_at = about
    at = report.at or now
    if sent_at is not None and at < sent_at + TOO_SOON:
        return True
    return report.kind == "clicked" and any(
        other == message and link != report.link and abs(at - when) <= AT_ONCE for other, link, when in clicks
    )
