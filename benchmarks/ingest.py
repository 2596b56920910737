"""Events over HTTP, in batches and singly, through a web process and a worker that routes them meanwhile.

The router's lag is the age of the oldest event that it has not taken, looked at all the time.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

import httpx

from benchmarks.bounds import Bound, against
from benchmarks.crowd import Crowd, crowd
from benchmarks.processes import cpu_seconds
from benchmarks.result import Result
from benchmarks.stage import Stage, stage
from commands.local.children import Child
from commands.local.ports import LOOPBACK
from engine.access import keep_key

IN_BATCHES, SINGLY = 40_000, 3_000
BATCH, SENDERS = 500, 8
PEOPLE = 1_000
BATCHES_A_SECOND, SINGLE_A_SECOND, LAG_SECONDS = 2_000.0, 300.0, 2.0
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 60
LAG = """
select coalesce(extract(epoch from now() - min(e.recorded_at)), 0)::float as lag
from routing r join events e on e.seq = r.seq and e.at = r.at
"""


async def measure(scale: float = 1.0) -> Result:
    """The worst of three: events a second in batches and singly, and the router's lag at the median."""
    many, few = max(BATCH, round(IN_BATCHES * scale)), max(SENDERS, round(SINGLY * scale))
    with stage() as parts:
        async with crowd(parts) as people, _door(parts, people) as (door, web):
            ids = await people.people(PEOPLE)
            with parts.workers():
                await _ready(people, door, ids)
                lags: list[float] = []
                watch = asyncio.create_task(_watch(people, lags))
                batches = [_events(ids, BATCH, start) for start in range(0, many, BATCH)]
                batch_seconds = await _sent(door, batches)
                before = cpu_seconds(web.process.pid)
                single_seconds = await _sent(door, _events(ids, few, many))
                web_seconds = cpu_seconds(web.process.pid) - before
                caught_up = await _caught_up(people)
                watch.cancel()
    bounds = [
        Bound("batched_per_second", len(batches) * BATCH / batch_seconds, BATCHES_A_SECOND, at_least=True),
        Bound("single_per_second", few / single_seconds, SINGLE_A_SECOND, at_least=True),
        Bound("lag_median_seconds", median(lags), LAG_SECONDS),
    ]
    figures = {
        "lag_most_seconds": max(lags),
        "caught_up_seconds": caught_up,
        "web_ms_per_single": 1000 * web_seconds / few,
        "senders": SENDERS,
    }
    return against("ingest", bounds, figures)


def _events(ids: Sequence[str], number: int, start: int) -> list[dict[str, Any]]:
    """Products that people looked at: taken in, and nobody listens."""
    at = datetime.now(UTC).isoformat()
    return [
        {
            "id": f"v_{start + n}",
            "name": "product.viewed",
            "contact": ids[(start + n) % len(ids)],
            "at": at,
            "with": {"sku": f"sku_{n % 50}", "price": 12.5},
        }
        for n in range(number)
    ]


@asynccontextmanager
async def _door(parts: Stage, people: Crowd) -> AsyncIterator[tuple[httpx.AsyncClient, Child]]:
    """A client with a key that the web process lets in, and that process."""
    key = f"rl_{secrets.token_urlsafe(32)}"
    async with people.database.transaction() as connection:
        await keep_key(connection, "shop", key, scopes=["events"], now=datetime.now(UTC))
    port = parts.free_port()
    with parts.process("web", [sys.executable, "-m", "cli", "web", "--port", str(port)]) as web:
        async with httpx.AsyncClient(
            base_url=f"http://{LOOPBACK}:{port}",
            headers={"Authorization": f"Bearer {key}"},
            timeout=PATIENCE_SECONDS,
        ) as client:
            await _open(client)
            yield client, web


async def _open(client: httpx.AsyncClient) -> None:
    """Return when the web process answers."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await client.get("/healthz")
            except httpx.ConnectError:
                await asyncio.sleep(LOOK_SECONDS)
            else:
                return


async def _sent(door: httpx.AsyncClient, bodies: Sequence[Any]) -> float:
    """Seconds in which some senders get all bodies taken."""
    left = iter(bodies)

    async def sender() -> None:
        for body in left:
            answer = await door.post("/v1/events", json=body)
            if answer.status_code != httpx.codes.ACCEPTED or answer.json()["errors"]:
                raise RuntimeError(f"{answer.status_code}: {answer.text[:200]}")

    began = perf_counter()
    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    return perf_counter() - began


async def _ready(people: Crowd, door: httpx.AsyncClient, ids: Sequence[str]) -> None:
    """Return when the worker is there and connections are open: until then nothing counts."""
    await _sent(door, [_events(ids, BATCH, -BATCH)])
    await _caught_up(people)


async def _watch(people: Crowd, lags: list[float]) -> None:
    while True:
        lags.append((await people.row(LAG))["lag"])
        await asyncio.sleep(LOOK_SECONDS)


async def _caught_up(people: Crowd) -> float:
    """Seconds until the router has taken all."""
    began = perf_counter()
    while (await people.row("select count(*) as n from routing"))["n"]:  # noqa: ASYNC110 - in other processes
        await asyncio.sleep(LOOK_SECONDS)
    return perf_counter() - began
