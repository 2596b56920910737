"""Live numbers for every open page, by server-sent events: one look at the base for all of them."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict
from time import monotonic
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from psycopg import Error
from psycopg_pool import PoolTimeout

from store import studio
from store.database import Connection
from web.services import Services, Use

LOOK_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 15
LOAD = 9
"""A look that takes long is followed by a pause this many times as long: a tenth of a connection."""

_log = logging.getLogger(__name__)


class Pulse:
    """Looks at the numbers once a second while somebody watches, and wakes those who wait for a change."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._changed = asyncio.Condition()
        self._joining = asyncio.Lock()
        self._latest = ""
        self._watchers = 0
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def watch(self) -> AsyncIterator[str]:
        """Each new state as JSON, the first at once; an empty text now and then where nothing changes."""
        self._watchers += 1
        try:
            seen = await self._present()
            yield seen
            while not self._closing:
                latest = await self._after(seen)
                yield latest or ""
                seen = latest or seen
        finally:
            self._watchers -= 1

    async def close(self) -> None:
        """Let all watchers go and stop looking."""
        self._closing = True
        if self._task:
            self._task.cancel()
        async with self._changed:
            self._changed.notify_all()

    async def _present(self) -> str:
        """The state as it is now. Whoever joins others gets theirs: many readers cost no more than one."""
        async with self._joining:
            if self._task is None or self._task.done():
                self._latest = await self._look()
                self._task = asyncio.create_task(self._run())
            return self._latest

    async def _after(self, seen: str) -> str | None:
        """The state after `seen`; None when there is still no other after a while."""
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS), self._changed:
                await self._changed.wait_for(lambda: self._closing or self._latest != seen)
        except TimeoutError:
            return None
        return self._latest

    async def _run(self) -> None:
        pause = LOOK_SECONDS
        while self._watchers and not self._closing:
            await asyncio.sleep(pause)
            began = monotonic()
            try:
                latest = await self._look()
            except (Error, PoolTimeout) as error:
                _log.warning("no live numbers for now: %s", type(error).__name__)
                continue
            pause = max(LOOK_SECONDS, LOAD * (monotonic() - began))
            if latest != self._latest:
                async with self._changed:
                    self._latest = latest
                    self._changed.notify_all()

    async def _look(self) -> str:
        async with self._services.database.connection() as connection:
            return json.dumps(await snapshot(self._services, connection))


async def snapshot(services: Services, connection: Connection) -> dict[str, Any]:
    """All live numbers: overview, scenarios with their steps, business time, and the newest message."""
    overview = asdict(await studio.overview(connection))
    newest = overview.pop("newest")
    counts = await studio.counts(connection)
    return {
        "overview": overview,
        "newest": newest,
        "clock": services.clock.now().strftime("%d/%m/%Y %H:%M UTC"),
        "scenarios": {
            name: asdict(each) | {"active": each.entered - each.ended} for name, each in counts.items()
        },
    }


async def live(request: Request, services: Use) -> StreamingResponse:
    """The stream of live numbers: events named `counts`."""
    del services
    pulse: Pulse = request.app.state.pulse

    async def lines() -> AsyncIterator[str]:
        async for state in pulse.watch():
            if await request.is_disconnected():
                return
            yield f"event: counts\ndata: {state}\n\n" if state else ": still here\n\n"

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines(), media_type="text/event-stream", headers=headers)
