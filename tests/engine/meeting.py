"""Two deeds whose transactions meet: one is held before its commit until the other waits or is done."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal, Self

from store.database import Connection, Database

Order = Literal["first", "second", "any"]
"""Whose transaction was committed before the other's, as far as it is certain."""

Deed = Callable[[Database], Awaitable[None]]

WAITING = b"""
select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
"""


class Held(Database):
    """The same database, of which one transaction waits before its commit."""

    @classmethod
    def of(cls, database: Database, number: int) -> Self:
        """`number`: which of its transactions."""
        held = cls.__new__(cls)
        held.__dict__.update(database.__dict__)
        held._left = number
        held.arrived = asyncio.Event()
        held.released = asyncio.Event()
        return held

    _left: int
    arrived: asyncio.Event
    released: asyncio.Event

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as connection:
            yield connection
            await self._wait()

    @asynccontextmanager
    async def keyed_transaction(self) -> AsyncIterator[Connection]:
        async with super().keyed_transaction() as connection:
            yield connection
            await self._wait()

    async def _wait(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.arrived.set()
            await self.released.wait()


async def meet(database: Database, first: Deed, second: Deed, number: int) -> Order:
    """Do both; the transaction of this number of the first is open until the second can go no further."""
    held = Held.of(database, number)
    async with AsyncExitStack() as stack:
        stack.callback(held.released.set)
        one = asyncio.ensure_future(_deed(first, held))
        arrival = asyncio.ensure_future(held.arrived.wait())
        await asyncio.wait([one, arrival], return_when=asyncio.FIRST_COMPLETED)
        arrival.cancel()
        if one.done():
            await one
            await second(database)
            return "first"
        other = asyncio.ensure_future(_deed(second, database))
        while not other.done() and not await _somebody_waits(database):
            await asyncio.wait([other], timeout=0.002)
        order: Order = "second" if other.done() else "first"
        held.released.set()
        await asyncio.gather(one, other)
    return order if number == 1 else "any"


async def _deed(deed: Deed, database: Database) -> None:
    await deed(database)


async def _somebody_waits(database: Database) -> bool:
    async with database.connection() as connection:
        row = await (await connection.execute(WAITING)).fetchone()
    return bool(row and row["n"])
