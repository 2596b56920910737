"""`call` steps carried out: requests that runs left are put to their webhooks, and the answers wake the runs.

A request is put off before it is tried, and the same key goes with every try: a worker that dies in between
leaves it to be tried again, and the other side knows it by its key.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from dsl.catalog import Webhook
from dsl.codec import encode
from dsl.plan import World
from dsl.values import Value
from engine import faults
from engine.clock import Clock
from engine.plans import Plans
from engine.typed import value_or_unknown
from engine.webhooks import LONGEST_SECONDS, NotAnswered, Webhooks
from store import contacts, requests, runs
from store.database import Database
from store.requests import Asked

AT_A_TIME = 20
HELD_SECONDS = LONGEST_SECONDS + 30.0
"""How long a request is held by who tries it; longer than any try lasts."""

FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0

log = structlog.get_logger()


@dataclass
class Calls:
    """Puts requests to webhooks, a number of them at a time."""

    database: Database
    plans: Plans
    clock: Clock
    webhooks: Webhooks
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def begin(self) -> int:
        """Begin with the requests whose time has come, as far as there is room; how many."""
        room = AT_A_TIME - len(self.under_way)
        if not room:
            await asyncio.wait(self.under_way, return_when=asyncio.FIRST_COMPLETED)
            return 1
        now = self.clock.now()
        async with self.database.transaction() as connection:
            await requests.drop_late(connection, now)
            asked = await requests.claim(connection, now, now + self._business(HELD_SECONDS), room)
        world = await self.plans.world() if asked else None
        for each in asked:
            assert world is not None
            task = asyncio.create_task(self._try(each, world))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
        return len(asked)

    async def finish(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self.under_way)

    async def _try(self, asked: Asked, world: World) -> None:
        """One try. Whatever goes wrong, the request is there still and is tried again."""
        try:
            await self._ask(asked, world)
        except Exception as error:  # noqa: BLE001 - one request must not end the others
            faults.tell("a call could not be made", error, webhook=asked.webhook)

    async def _ask(self, asked: Asked, world: World) -> None:
        webhook = world.catalog.webhooks.get(asked.webhook)
        if webhook is None:
            await self._failed(asked, NotAnswered("it is in the catalog no more"))
            return
        try:
            answer = await self.webhooks.ask(webhook, asked.key, asked.body)
        except NotAnswered as failure:
            await self._failed(asked, failure)
        else:
            values = read_answer(webhook, answer, world.catalog.brand.currency)
            await self._settle(asked, "answered", encode(values))

    async def _failed(self, asked: Asked, failure: NotAnswered) -> None:
        log.warning("webhook did not answer", webhook=asked.webhook, run=asked.run_id, why=str(failure))
        if failure.final:
            await self._settle(asked, "failed", None)
            return
        seconds = max(min(FIRST_DELAY * 2 ** min(asked.tries - 1, 10), LONGEST_DELAY), failure.after or 0.0)
        async with self.database.transaction() as connection:
            await requests.put_off(connection, asked.id, self.clock.now() + self._business(seconds))

    async def _settle(self, asked: Asked, state: str, answer: Any) -> None:
        now: datetime = self.clock.now()
        async with self.database.transaction() as connection:
            await contacts.lock(connection, [asked.contact_id])
            if await requests.settle(connection, asked.id, state, answer, now):
                await runs.wake(connection, [asked.run_id], now)

    def _business(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds * self.clock.speed)


def read_answer(webhook: Webhook, answer: Any, currency: str) -> Mapping[str, Value]:
    """What a webhook `returns`, typed; unknown where the answer lacks it or has it of another type."""
    given = answer if isinstance(answer, dict) else {}
    return {name: value_or_unknown(of, given.get(name), currency) for name, of in webhook.returns.fields}
