"""Child processes that never outlive their parent, with their output kept in a file."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""Linux prctl option: the signal that a process gets when its parent dies."""


def _die_with_parent() -> None:
    """Runs in the child: on Linux, even a killed parent leaves nothing behind."""
    os.setpgrp()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process of the tree: its name as people read it, and the file that holds its output."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    @classmethod
    def start(cls, name: str, command: Sequence[str], environment: Mapping[str, str], logs: Path) -> "Child":
        """Start a command with exactly this environment; its output goes to `<logs>/<name>.log`."""
        logs.mkdir(parents=True, exist_ok=True)
        log = logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - the parent starts children from one thread
            )
        return cls(name, process, log)

    @property
    def running(self) -> bool:
        """Whether it still lives."""
        return self.process.poll() is None

    def last_words(self, lines: int = 12) -> str:
        """The end of its output, for a person who must find out why it died."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.strip().splitlines()[-lines:])

    def stop(self, grace_seconds: float = 15) -> None:
        """Ask it to end, wait, and end it the hard way after the grace."""
        if not self.running:
            return
        self.process.terminate()
        try:
            self.process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
