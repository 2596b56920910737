"""The two transactions around a provider's call, shared by single messages that leave at about the same time.

At a quiet moment each message has its own. The more leave one by one, the more go together, as many at most
as the channel attempts at a time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import OperationalError

from engine import attempts
from engine.attempts import Begun, Outcome
from engine.plans import Plans
from engine.rendering import Renderer
from engine.together import Together
from store.database import Database
from store.turns import Urgency

PATIENCE = (0.2, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 30.0)
"""Seconds before what came of messages is written again, where the database did not take it: nobody else
knows it."""


@dataclass(frozen=True, eq=False)
class _Wanted:
    """A message to attempt. Two are never the same, since one attempt must not be made by two."""

    message_id: int
    at: datetime


@dataclass(frozen=True, eq=False)
class _Came:
    """What came of an attempt."""

    outcome: Outcome
    at: datetime


class Transactions:
    """Begins and settles attempts of one channel."""

    def __init__(self, database: Database, plans: Plans, renderer: Renderer, at_most: int) -> None:
        self._database = database
        self._plans = plans
        self._renderer = renderer
        self._begins = Together(self._begin, at_most=at_most)
        self._settles = Together(self._settle, at_most=at_most)

    async def begin(self, ids: Sequence[int], now: Callable[[], datetime]) -> Begun:
        """What became of messages that are due, as `attempts.begin` says, all in one.

        `now` is asked when it is their turn: hours may close before.
        """
        if len(ids) == 1:
            return await self._begins.ask(_Wanted(ids[0], now()))
        async with self._database.turns.taken(Urgency.ATTEMPT):
            return await attempts.begin(self._database, self._plans, self._renderer, ids, now())

    async def settle(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Write what came of attempts, as `attempts.settle` does, which is harmless to repeat."""
        for pause in PATIENCE:
            try:
                return await self._write(outcomes, now)
            except OperationalError:
                await asyncio.sleep(pause)
        return await self._write(outcomes, now)

    async def _write(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        if len(outcomes) == 1:
            return await self._settles.ask(_Came(outcomes[0], now))
        async with self._database.turns.taken(Urgency.OUTCOME):
            return await attempts.settle(self._database, self._plans, outcomes, now)

    async def _begin(self, wanted: Sequence[_Wanted]) -> dict[_Wanted, Begun]:
        now = max(each.at for each in wanted)
        # Whoever asks for a message first makes its attempt; the others find it settled.
        first = {each.message_id: each for each in reversed(wanted)}
        begun = await attempts.begin_each(self._database, self._plans, self._renderer, list(first), now)
        return {
            each: begun[each.message_id] if first[each.message_id] is each else Begun() for each in wanted
        }

    async def _settle(self, came: Sequence[_Came]) -> dict[_Came, None]:
        now = max(each.at for each in came)
        await attempts.settle(self._database, self._plans, [each.outcome for each in came], now)
        return dict.fromkeys(came)
