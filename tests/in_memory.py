"""Where servers of tests keep their data: in memory where there is room for it.

A database is hundreds of files, and each test has its own: on a slow disk making them is half of its time.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
PREFIX = "relance-tests-"
ROOM = 3 << 30
"""Bytes that must be free. A run takes some hundred megabytes at a time."""


@contextmanager
def folder(session: Path, memory: Path = MEMORY, room: int = ROOM) -> Iterator[Path]:
    """A folder for a server of this test session, the same for all its processes.

    In memory it goes with the last of them; what a killed session left goes when the next begins.
    """
    if not _is_roomy(memory, room):
        yield session
        return
    place = memory / f"{PREFIX}{hashlib.sha256(str(session).encode()).hexdigest()[:16]}"
    with _alone(memory):
        _forget(memory)
        place.mkdir(mode=0o700, exist_ok=True)
        users = (place / "users").open("w")
        fcntl.flock(users, fcntl.LOCK_SH)
    try:
        yield place
    finally:
        with _alone(memory):
            users.close()
            _forget(memory)


@contextmanager
def _alone(memory: Path) -> Iterator[None]:
    """Nobody comes while somebody looks who is there."""
    with (memory / f"{PREFIX}lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_roomy(memory: Path, room: int) -> bool:
    return os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= room


def _forget(memory: Path) -> None:
    """Remove folders that no process uses any more."""
    for users in memory.glob(f"{PREFIX}*/users"):
        with users.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(users.parent)
