"""What people say on our pages, recorded at once. Somebody who was erased has nothing left to choose."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from engine import subscriptions
from engine.statements import Statement
from engine.subscriptions import UnknownContact
from web.services import Services

Choice: TypeAlias = tuple[str, str]
"""A topic and a channel; the topic `tracking` has `opens` and `clicks`."""


async def record(
    services: Services,
    contact_id: str,
    *,
    withdrawn: Iterable[Choice] = (),
    granted: Iterable[Choice] = (),
    source: str,
    proof: Mapping[str, Any],
) -> None:
    """Record what somebody refuses and agrees to, all of it or nothing."""
    now = services.clock.now()
    said = [Statement(contact_id, *each, "withdrawn", now, proof=proof) for each in withdrawn]
    said += [Statement(contact_id, *each, "granted", now, proof=proof) for each in granted]
    with suppress(UnknownContact):
        await subscriptions.record(services.database, services.plans, said, source=source, now=now)
