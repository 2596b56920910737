"""The installation that is upgraded: its servers and providers, and the processes of both releases."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from benchmarks.rollout.releases import Release
from benchmarks.stage import Stage, stage
from commands.local.children import Child
from commands.local.ports import LOOPBACK
from tests.standins.sendgrid_server import SendGridServer
from tests.standins.twilio_server import TwilioServer
from tests.standins.webhook_server import WebhookServer

PROJECT = Path(__file__).parent / "project"
READY_SECONDS = 180
"""Programs start slowly where several do at once."""
LOOK_SECONDS = 0.2


class Broken(RuntimeError):
    """A step of the upgrade failed; the message is what was said."""


@dataclass
class Process:
    """A process of a release; `web` is its address, None of a worker."""

    release: Release
    child: Child
    web: str | None = None


@dataclass
class Ground:
    """Where everything is, and what runs on it."""

    parts: Stage
    sendgrid: SendGridServer
    twilio: TwilioServer
    webhook: WebhookServer
    dice: Random
    processes: list[Process] = field(default_factory=list)
    killed: int = 0
    _started: int = 0

    @property
    def project(self) -> Path:
        """The scenarios and templates in force."""
        return self.parts.folder / "rollout"

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the installation is given."""
        return self.parts.environment() | {
            "RELANCE_PROJECT": str(self.project),
            "RELANCE_PUBLIC_URL": "https://rollout.example",
            "RELANCE_LOGS": "json",
            "RELANCE_EMAIL": "sendgrid",
            "SENDGRID_API_KEY": self.sendgrid.api_key,
            "SENDGRID_BASE_URL": self.sendgrid.base_url,
            "SENDGRID_WEBHOOK_PUBLIC_KEY": self.sendgrid.public_key,
            "RELANCE_SMS": "twilio",
            "TWILIO_BASE_URL": self.twilio.base_url,
            "TWILIO_ACCOUNT_SID": self.twilio.account_sid,
            "TWILIO_AUTH_TOKEN": self.twilio.auth_token,
            "TWILIO_FROM": "+33639980000",
            "SUPPORT_WEBHOOK_URL": self.webhook.url,
            "RELANCE_ALLOW_PRIVATE_WEBHOOKS": "true",
        }

    async def run(self, release: Release, *arguments: str) -> str:
        """What a verb of a release says. Raises Broken where it fails."""
        status, said = await release.run(self.environment, "-m", "cli", *arguments)
        if status:
            raise Broken(f"`relance {' '.join(arguments)}` of {release.name} ended with {status}: {said}")
        return said

    async def start_worker(self, release: Release) -> Process:
        """A worker of a release."""
        return self._start(release, "worker")

    async def start_web(self, release: Release) -> Process:
        """A web of a release, once it is ready."""
        port = self.parts.free_port()
        process = self._start(release, "web", "--port", str(port))
        process.web = f"http://{LOOPBACK}:{port}"
        try:
            async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(READY_SECONDS):
                while not await _answers(client, f"{process.web}/readyz"):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise Broken(f"the web of {release.name} is not ready: {process.child.last_words()}") from None
        return process

    async def kill_one(self) -> None:
        """A worker of either release dies in the middle of whatever it does, and another begins."""
        victim = self.dice.choice([each for each in self.processes if each.web is None])
        victim.child.process.kill()
        await asyncio.to_thread(victim.child.process.wait)
        self.processes.remove(victim)
        self.killed += 1
        await self.start_worker(victim.release)

    async def stop(self, release: Release) -> None:
        """End every process of a release in good order."""
        leaving = [each for each in self.processes if each.release is release]
        self.processes = [each for each in self.processes if each.release is not release]
        await asyncio.gather(*(asyncio.to_thread(each.child.stop, 60) for each in leaving))

    def died(self) -> Sequence[str]:
        """What processes said last that ended by themselves."""
        return [each.child.last_words() for each in self.processes if not each.child.running]

    async def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        """Rows of the database."""
        url = self.parts.database_url
        async with await psycopg.AsyncConnection.connect(
            url, autocommit=True, row_factory=dict_row
        ) as opened:
            return await (await opened.execute(statement.encode(), parameters)).fetchall()

    def _start(self, release: Release, *arguments: str) -> Process:
        self._started += 1
        name = f"{self._started:02}_{release.name}_{arguments[0]}"
        environment = {**self.environment, **release.environment}
        command = [sys.executable, "-m", "cli", *arguments]
        process = Process(release, Child.start(name, command, environment, self.parts.folder / "logs"))
        self.processes.append(process)
        return process


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False


@asynccontextmanager
async def ground(dice: Random) -> AsyncIterator[Ground]:
    """Servers and providers of their own; all of it is gone after the block."""
    async with AsyncExitStack() as stack:
        parts = stack.enter_context(stage())
        shutil.copytree(PROJECT, parts.folder / "rollout")
        await parts.client()
        sendgrid = await stack.enter_async_context(SendGridServer())
        twilio = await stack.enter_async_context(TwilioServer())
        webhook = await stack.enter_async_context(WebhookServer())
        made = Ground(parts, sendgrid, twilio, webhook, dice)
        try:
            yield made
        finally:
            await asyncio.gather(*(asyncio.to_thread(each.child.stop) for each in made.processes))
