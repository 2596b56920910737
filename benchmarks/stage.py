"""The real parts on this machine, on loopback: PostgreSQL, the Temporal server, workers as processes."""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from benchmarks.processes import cpu_seconds
from commands.local import temporal_server
from commands.local.children import Child
from commands.local.ports import LOOPBACK
from store.embedded import EmbeddedPostgres

ROOT = Path(__file__).parents[1]
OURS = Path(__file__).parent / "project"
KEY = "benchmarks-only-" + "k" * 32
PATIENCE_SECONDS = 30
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
"""Where the outbox is, if so many bytes are free. Files on a disk that just lost many others take up to ten
times as long to make, and twenty thousand messages are sixty thousand files."""


@dataclass(frozen=True)
class Stage:
    """Where everything is. `postgres` is the process id of the database server."""

    database_url: str
    temporal: Child | None
    temporal_address: str
    postgres: int
    folder: Path
    outbox: Path

    @property
    def project(self) -> Path:
        """The scenarios and templates that are measured."""
        return self.folder / "project"

    @contextmanager
    def workers(self, number: int = 1) -> Iterator[list[Child]]:
        """So many workers as an installation runs them, with the outbox, until the block ends."""
        command = [sys.executable, "-m", "cli", "worker"]
        with ExitStack() as stack:
            yield [stack.enter_context(self.process(f"worker_{n}", command)) for n in range(number)]

    def environment(self) -> dict[str, str]:
        """By which a program of ours finds the servers; what it sends stays on this machine."""
        return _quiet_environment() | {
            "DATABASE_URL": self.database_url,
            "TEMPORAL_ADDRESS": self.temporal_address,
            "RELANCE_SECRET_KEYS": KEY,
            "RELANCE_PROJECT": str(self.project),
            "RELANCE_EMAIL": "outbox",
            "RELANCE_SMS": "outbox",
            "RELANCE_OUTBOX": str(self.outbox),
        }

    @contextmanager
    def process(self, name: str, command: Sequence[str]) -> Iterator[Child]:
        """A program of ours, which finds the servers in its environment, until the block ends."""
        child = Child.start(name, command, self.environment(), self.folder / "logs")
        try:
            yield child
        finally:
            child.stop()

    def free_port(self) -> int:
        """A port that nobody listens on."""
        return _free_port()

    async def client(self) -> Client:
        """A client of the Temporal server, once it answers."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    return await Client.connect(self.temporal_address)
                except RuntimeError:
                    await asyncio.sleep(0.1)

    def cpu(self, workers: Sequence[Child]) -> "Cpu":
        """CPU seconds used until now by each part."""
        server = cpu_seconds(self.temporal.process.pid) if self.temporal else 0.0
        used = sum(cpu_seconds(worker.process.pid) for worker in workers)
        return Cpu(server, used, cpu_seconds(self.postgres))


@dataclass(frozen=True)
class Cpu:
    """CPU seconds of the Temporal server, of the worker, of the database."""

    server: float = 0.0
    worker: float = 0.0
    database: float = 0.0

    def __sub__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.server - other.server, self.worker - other.worker, self.database - other.database)

    def __add__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.server + other.server, self.worker + other.worker, self.database + other.database)

    @property
    def total(self) -> float:
        """Of all parts."""
        return self.server + self.worker + self.database


@contextmanager
def stage(*, temporal: bool = True) -> Iterator[Stage]:
    """Servers with empty, durable data in a folder of their own; all of it is gone after the block."""
    with ExitStack() as stack:
        folder, outbox = stack.enter_context(_folder()), stack.enter_context(_folder(_roomy()))
        _copy_project(folder / "project")
        postgres = EmbeddedPostgres(folder / "postgres")
        url = stack.enter_context(postgres)
        pid = int((folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        server, port = None, _free_port()
        if temporal:
            server = temporal_server.start(folder, port, _free_port(), _quiet_environment(), folder / "logs")
            stack.callback(server.stop)
        yield Stage(url, server, f"{LOOPBACK}:{port}", pid, folder, outbox)


@contextmanager
def _folder(within: Path | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="relance-bench-", dir=within) as name:
        yield Path(name)


def _roomy() -> Path | None:
    """Memory, if it has room; None for wherever the system keeps what is temporary."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def _copy_project(folder: Path) -> None:
    """The shipped brand and its templates, with the policy and the scenario of the benchmarks."""
    (folder / "scenarios").mkdir(parents=True)
    for part in ("templates", "codes"):
        shutil.copytree(ROOT / part, folder / part)
    for source in (
        ROOT / "scenarios" / "catalog.yaml",
        ROOT / "scenarios" / "segments.yaml",
        *OURS.glob("*.yaml"),
    ):
        shutil.copy(source, folder / "scenarios")


def _quiet_environment() -> dict[str, str]:
    """Ours, without what would lead to other servers or real providers."""
    foreign = ("TEMPORAL_", "RELANCE_", "SENDGRID_", "TWILIO_", "SMTP_", "DATABASE_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
