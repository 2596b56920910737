"""Erasures passed on to the providers that carried a person's messages (GDPR, articles 17, 19 and 28).

They are written down in the transaction that erases, since afterwards nobody knows the addresses any more,
and tried until the provider has confirmed. Addresses are sealed meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from channels.base import Channel, Forgets
from channels.errors import ChannelError, Misconfigured, Refused, Retryable
from channels.messages import Erased
from dsl.frozen import dataclass
from engine.addresses import ATTRIBUTE_OF_CHANNEL, Addresses, Unreadable
from engine.clock import Clock
from store import erasures, merges
from store.database import Connection, Database, Row
from store.erasures import UNKNOWN, Due, Outcome, Trace

HELD_SECONDS = 600.0
"""Real time for which an erasure is held by who asks for it; longer than any provider takes."""

FIRST_DELAY, LONGEST_DELAY = 60.0, 86_400.0
REPAIR_SECONDS = 3_600.0
"""After what somebody has to repair: a key, a right that it lacks."""

KNOWN_AFTER = timedelta(days=1)
"""For so long a message may be under way whose provider has not said yet that it has it."""

log = structlog.get_logger()


@dataclass
class Carried:
    """A message to somebody who was erased while it was under way: who has it, and under which id."""

    contact_id: str
    provider: str
    channel: str
    provider_id: str | None
    address: str | None


async def ask_providers(
    connection: Connection, addresses: Addresses, rows: Sequence[Row], now: datetime
) -> None:
    """Write down which providers are to forget people who are about to be erased; `rows` are locked.

    Also what they carried to those who were merged into them.
    """
    people = {row["id"]: row for row in rows}
    found = await erasures.traces(connection, [*people, *await merges.came(connection, list(people))])
    wanted = []
    for trace in found:
        now_there = people.get(trace.contact_id, {}).get(ATTRIBUTE_OF_CHANNEL.get(trace.channel, ""))
        known = dict.fromkeys([*trace.addresses, *([now_there] if now_there else [])])
        wanted.append(replace(trace, addresses=[addresses.seal(each) for each in known]))
    await erasures.put(connection, wanted, now, now + KNOWN_AFTER)


async def carried_since(
    connection: Connection, addresses: Addresses, carried: Iterable[Carried], now: datetime
) -> None:
    """Ask providers to forget what they were found to have of people who are erased already."""
    wanted = [
        Trace(
            each.contact_id,
            each.provider,
            each.channel,
            [each.provider_id] if each.provider_id else [],
            [addresses.seal(each.address)] if each.address else [],
        )
        for each in carried
    ]
    await erasures.put(connection, wanted, now, now)


@dataclass(frozen=True)
class PassingOn:
    """Asks providers for the erasures that are due."""

    database: Database
    addresses: Addresses
    channels: Iterable[Channel]
    clock: Clock

    async def next(self) -> bool:
        """Ask for the next one; False where none is due."""
        now = self.clock.now()
        async with self.database.transaction() as connection:
            due = await erasures.claim(connection, now, now + self._business(HELD_SECONDS))
        if due is None:
            return False
        channel = next((each for each in self.channels if _is_meant(each, due)), None)
        if channel is None:
            await self._settle(due, "not_asked", "this installation has no such provider")
        elif not isinstance(channel, Forgets):
            await self._settle(due, "not_asked", "this provider takes no such request")
        else:
            await self._ask(due, channel)
        return True

    async def _ask(self, due: Due, channel: Forgets) -> None:
        try:
            whom = Erased(tuple(map(self.addresses.unseal, due.addresses)), tuple(due.message_ids))
            await channel.forget(whom)
        except Unreadable:
            await self._settle(due, "refused", "sealed under a secret key that is gone")
        except Refused as refusal:
            await self._settle(due, "refused", str(refusal))
        except ChannelError as failure:
            await self._put_off(due, failure)
        else:
            await self._settle(due, "done", None)

    async def _put_off(self, due: Due, failure: ChannelError) -> None:
        seconds = min(FIRST_DELAY * 2 ** min(due.tries - 1, 20), LONGEST_DELAY)
        if isinstance(failure, Misconfigured):
            seconds = max(seconds, REPAIR_SECONDS)
        if isinstance(failure, Retryable):
            seconds = max(seconds, failure.after_seconds or 0.0)
        log.warning(
            "provider has not forgotten yet", provider=due.provider, tries=due.tries, why=str(failure)
        )
        async with self.database.transaction() as connection:
            at = self.clock.now() + self._business(seconds)
            await erasures.put_off(connection, due.id, at, str(failure))

    async def _settle(self, due: Due, outcome: Outcome, why: str | None) -> None:
        async with self.database.transaction() as connection:
            await erasures.settle(connection, due.id, outcome, why, self.clock.now())

    def _business(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds * self.clock.speed)


def _is_meant(channel: Channel, due: Due) -> bool:
    return due.provider == channel.provider or (due.provider == UNKNOWN and due.channel == channel.name)
