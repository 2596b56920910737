"""What people say on our pages, recorded. Somebody who was erased has nothing left to choose."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from engine import subscriptions
from engine.subscriptions import UnknownContact, UnknownTopic
from web.services import Services

Choice: TypeAlias = tuple[str, str]
"""A topic and a channel; the topic `tracking` has `opens` and `clicks`."""


async def withdraw(
    services: Services, contact_id: str, choices: Iterable[Choice], *, source: str, proof: Mapping[str, Any]
) -> None:
    """Withdraw each; a topic that the catalog has lost needs no withdrawal any more."""
    for topic, channel in choices:
        with suppress(UnknownContact, UnknownTopic):
            await subscriptions.withdraw(
                services.database,
                services.plans,
                contact_id,
                topic,
                channel,
                source=source,
                now=services.clock.now(),
                proof=proof,
            )


async def grant(
    services: Services, contact_id: str, choices: Iterable[Choice], *, source: str, proof: Mapping[str, Any]
) -> None:
    """Record agreement to each, with its proof."""
    for topic, channel in choices:
        with suppress(UnknownContact, UnknownTopic):
            await subscriptions.grant(
                services.database,
                services.plans,
                contact_id,
                topic,
                channel,
                source=source,
                now=services.clock.now(),
                proof=proof,
            )
