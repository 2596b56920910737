"""What people say on our pages, recorded at once. Somebody who was erased has nothing left to choose."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from engine import subscriptions
from engine.statements import Statement
from engine.subscriptions import UnknownContact
from store.database import Connection
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
    async with services.database.transaction() as connection:
        await record_within(
            connection, services, contact_id, withdrawn=withdrawn, granted=granted, source=source, proof=proof
        )


async def record_within(
    connection: Connection,
    services: Services,
    contact_id: str,
    *,
    withdrawn: Iterable[Choice] = (),
    granted: Iterable[Choice] = (),
    source: str,
    proof: Mapping[str, Any],
) -> None:
    """The same in a transaction that goes on."""
    now = services.clock.now()
    said = [Statement(contact_id, *each, "withdrawn", now, proof=proof) for each in withdrawn]
    said += [Statement(contact_id, *each, "granted", now, proof=proof) for each in granted]
    with suppress(UnknownContact):
        await subscriptions.record_within(connection, services.plans, said, source=source, now=now)
