"""Releases as they were committed, side by side on this machine, and their programs."""

import asyncio
import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stage import ROOT


class NoSuchRevision(ValueError):
    """The history here does not have it; the message says which."""


@dataclass(frozen=True)
class Release:
    """The code of a revision in a folder of its own; the libraries are those of this environment."""

    name: str
    revision: str
    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes Python take this code, wherever it is started and whatever is installed."""
        return {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}

    @property
    def migrations(self) -> int:
        """How many migrations it knows."""
        return len(list((self.folder / "store" / "migrations").glob("*.sql")))

    async def run(self, environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
        """Run one of its programs to the end; its exit status and all that it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            env={**environment, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode(errors="replace").strip()


def archived(name: str, revision: str, folder: Path) -> Release:
    """The code of a revision, unpacked. Raises NoSuchRevision."""
    full = commit(revision)
    archive = subprocess.run(
        ["git", "archive", "--format=zip", full], cwd=ROOT, capture_output=True, check=True
    )
    with zipfile.ZipFile(io.BytesIO(archive.stdout)) as packed:
        packed.extractall(folder / name)
    return Release(name, full[:12], folder / name)


def commit(revision: str) -> str:
    """The hash of a revision. Raises NoSuchRevision."""
    found = _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if found is None:
        raise NoSuchRevision(f"there is no revision {revision} in the history of {ROOT}")
    return found


def previous() -> str:
    """What is upgraded from where nobody says: the last tag, or what was before the engine changed last.

    Raises NoSuchRevision.
    """
    tag = _git("describe", "--tags", "--abbrev=0", "HEAD^")
    last = tag or _git("log", "-1", "--format=%H^", "--", "engine", "store", "dsl", "channels", "worker.py")
    if not last:
        raise NoSuchRevision(f"{ROOT} has no history: name the revision with --from")
    return last


def _git(*arguments: str) -> str | None:
    """What git says, None where it does not know."""
    said = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    return said.stdout.decode().strip() or None if said.returncode == 0 else None
