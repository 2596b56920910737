"""Everything on one machine, as one tree of processes: started in order, waited for, stopped in order.

PostgreSQL and the Temporal server keep their data in the folder, so that a restart goes on where the last
one stopped. Whatever the environment says of providers, messages go to the outbox folder: nothing that
starts here can write to a real person.
"""

import asyncio
import fcntl
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from commands.local import keys, ports, readiness, temporal_server
from commands.local.children import Child
from commands.local.keys import LocalKeys
from commands.local.preparation import prepare
from commands.local.shell import NAME, write_environment
from commands.outputs import writing
from commands.running import Failed, require_scenarios
from engine.clock import REAL_TIME
from store.embedded import EmbeddedPostgres, PostgresUnavailable

WEB_PORT = 8080
TEMPORAL_PORT = 7233
TEMPORAL_UI_PORT = 8233
PROVIDER_VARIABLES = ("SENDGRID_", "TWILIO_", "SMTP_", "RELANCE_EMAIL", "RELANCE_SMS")


@dataclass(frozen=True)
class Options:
    """What to start. `day_seconds`: how long a day lasts (None: real time), from `begins` on."""

    project: Path
    data: Path
    port: int = WEB_PORT
    day_seconds: float | None = None
    begins: datetime | None = None
    fresh: bool = False
    say: Callable[[str], None] = field(default=print)


class Stack:
    """The running tree; a context manager. Raises Failed, with the remedy, for what cannot be started."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.children: list[Child] = []
        self._exits = ExitStack()
        self.database_url = ""
        self.temporal_address = ""
        self.temporal_ui = ""
        self.clock = REAL_TIME

    @property
    def web(self) -> str:
        """Address of the studio and the API."""
        return f"http://{ports.LOOPBACK}:{self.options.port}"

    @property
    def outbox(self) -> Path:
        """Folder in which messages end instead of leaving."""
        return self.options.data / "outbox"

    @property
    def for_a_shell(self) -> Path:
        """The file by which a shell's verbs act on what runs here."""
        return self.options.data / NAME

    @property
    def keys(self) -> LocalKeys:
        """The keys of this data folder."""
        return keys.load_or_make(self.options.data)

    def __enter__(self) -> Self:
        """Start everything and wait until it answers."""
        try:
            self._start()
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything, last started first."""
        self._exits.close()

    def check(self) -> None:
        """Raise Failed with the last words of a child that died."""
        for child in self.children:
            if not child.running:
                raise Failed(
                    f"{child.name} stopped by itself; its last words ({child.log}):\n{child.last_words()}"
                )

    def _start(self) -> None:
        require_scenarios(self.options.project, remedy="start in the project's folder")
        self._claim_folder()
        ports.required(self.options.port, option="--port")
        self._start_temporal()
        self._start_postgres()
        asyncio.run(prepare(self))
        self._start_child("worker", [sys.executable, "-m", "cli", "worker"])
        self._start_child(
            "web", [sys.executable, "-m", "cli", "web", "--port", str(self.options.port), "--open-studio"]
        )
        readiness.wait_for_web(self)
        asyncio.run(readiness.wait_for_worker(self))
        self._exits.callback(write_environment(self.options.data, self._for_verbs()).unlink, missing_ok=True)

    def _claim_folder(self) -> None:
        """One tree a folder; with `fresh`, what an earlier one left is removed first."""
        data = self.options.data
        with writing(data):
            data.mkdir(parents=True, exist_ok=True)
            lock = self._exits.enter_context((data / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Failed(
                f"another Relance runs in {data}: stop it, or choose another folder with --data"
            ) from None
        if self.options.fresh:
            for path in data.iterdir():
                if path.name != "lock":
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _start_temporal(self) -> None:
        given = os.environ.get("TEMPORAL_ADDRESS")
        if given:
            self.temporal_address, self.temporal_ui = given, os.environ.get("RELANCE_TEMPORAL_UI", "")
            return
        port = ports.first_free(TEMPORAL_PORT)
        ui_port = ports.first_free(TEMPORAL_UI_PORT)
        self.temporal_address, self.temporal_ui = (
            f"{ports.LOOPBACK}:{port}",
            f"http://{ports.LOOPBACK}:{ui_port}",
        )
        child = temporal_server.start(
            self.options.data, port, ui_port, self.environment(), self.options.data / "logs"
        )
        self._keep(child)

    def _start_postgres(self) -> None:
        given = os.environ.get("DATABASE_URL")
        if given:
            self.database_url = given
            return
        server = EmbeddedPostgres(self.options.data / "postgres")
        try:
            self.database_url = server.start()
        except PostgresUnavailable as error:
            raise Failed(str(error)) from None
        self._exits.callback(server.stop)

    def _start_child(self, name: str, command: list[str]) -> None:
        self._keep(Child.start(name, command, self.environment(), self.options.data / "logs"))

    def _keep(self, child: Child) -> None:
        self.children.append(child)
        self._exits.callback(child.stop)

    def environment(self) -> dict[str, str]:
        """That of the children: this process's without any provider's credentials; messages are kept here."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(PROVIDER_VARIABLES)}
        return kept | self._ours()

    def _for_verbs(self) -> dict[str, str]:
        """All but the project, which is that of the folder where somebody types."""
        return {name: value for name, value in self._ours().items() if name != "RELANCE_PROJECT"}

    def _ours(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "TEMPORAL_ADDRESS": self.temporal_address,
            "TEMPORAL_NAMESPACE": os.environ.get("TEMPORAL_NAMESPACE", temporal_server.NAMESPACE),
            "RELANCE_PUBLIC_URL": self.web,
            "RELANCE_SECRET_KEYS": self.keys.secret_key,
            "RELANCE_EMAIL": "outbox",
            "RELANCE_SMS": "outbox",
            "RELANCE_OUTBOX": str(self.outbox),
            "RELANCE_PROJECT": str(self.options.project),
            "RELANCE_TEMPORAL_UI": self.temporal_ui,
            "SENDGRID_WEBHOOK_PUBLIC_KEY": self.keys.webhook_public_key,
            "TWILIO_AUTH_TOKEN": self.keys.twilio_auth_token,
        }
