"""Calls that come while others are under way are made as one: a group commit for single entries.

At a quiet moment a call goes alone and at once. The busier it gets, the more go together, and the less
each of them costs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

AT_A_TIME = 2
"""Batches under way: of single messages, one is decided by us while the other waits for the database. Looks
take turns (`store.turns`), and the second one waits for its own."""


class Together(Generic[K, V]):
    """Asks `work` for the values of several keys at once.

    `work` answers by key, and is asked about one alone where asking about several failed: then the error is
    that of the one. It raises KeyError for what it leaves out.
    """

    def __init__(
        self, work: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], *, at_most: int = 100
    ) -> None:
        self._work = work
        self._at_most = at_most
        self._waiting: list[tuple[K, asyncio.Future[V]]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, key: K) -> V:
        """The value of a key."""
        answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        # A batch that is over leaves the set a moment after those who waited for it go on, and may ask again.
        if sum(not each.done() for each in self._under_way) < AT_A_TIME:
            task = asyncio.create_task(self._serve())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return await answer

    async def _serve(self) -> None:
        while wanted := self._who_still_waits():
            batch, self._waiting = wanted[: self._at_most], wanted[self._at_most :]
            if len(batch) == 1 or not await self._answer(batch):
                for one in batch:
                    await self._answer_alone(*one)

    def _who_still_waits(self) -> list[tuple[K, "asyncio.Future[V]"]]:
        return [one for one in self._waiting if not one[1].done()]

    async def _answer(self, batch: Sequence[tuple[K, "asyncio.Future[V]"]]) -> bool:
        """Answer them all; False, and nothing answered, where that failed."""
        try:
            found = await self._work([key for key, _ in batch])
            values = [found[key] for key, _ in batch]
        except Exception:  # noqa: BLE001 - each is asked alone, and gets its own error
            return False
        for (_, answer), value in zip(batch, values, strict=True):
            if not answer.done():
                answer.set_result(value)
        return True

    async def _answer_alone(self, key: K, answer: "asyncio.Future[V]") -> None:
        if answer.done():
            return
        try:
            value = (await self._work([key]))[key]
        except Exception as error:  # noqa: BLE001 - it is raised where the value is waited for
            if not answer.done():
                answer.set_exception(error)
        else:
            if not answer.done():
                answer.set_result(value)
