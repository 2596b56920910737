"""Verbs and workers as processes of their own, beside the servers of a test."""

import asyncio
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from temporalio.client import Client

from store.database import Database
from tests.integration.installation import KEYS, PROJECT

Start = Callable[..., Awaitable[Process]]


def environment(database: Database, temporal: Client, outbox: Path) -> dict[str, str]:
    """An installation whose messages are written to a folder."""
    return os.environ | {
        "DATABASE_URL": database.url,
        "TEMPORAL_ADDRESS": temporal.service_client.config.target_host,
        "RELANCE_SECRET_KEYS": KEYS[0],
        "RELANCE_EMAIL": "outbox",
        "RELANCE_SMS": "outbox",
        "RELANCE_OUTBOX": str(outbox),
        "RELANCE_PROJECT": str(PROJECT),
    }


@asynccontextmanager
async def starting(environment: dict[str, str]) -> AsyncIterator[Start]:
    """Starts programs in this environment; those that are left are killed at the end."""
    started: list[Process] = []

    async def one(*command: str, **options: Any) -> Process:
        process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, env=environment, **options)
        started.append(process)
        return process

    yield one
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()
