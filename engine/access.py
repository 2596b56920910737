"""API keys: who may call, and for what. Only hashes are kept; a key is shown once, when it is made."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.database import Connection, queries

SCOPES = ("events", "contacts", "runs", "tasks", "studio")
"""What a key may be for: raising events, keeping people, starting runs, doing tasks, seeing the studio."""

LONGEST_NAME = 100
"""Characters of the name of a key, which stands in the audit and beside all that comes by it."""


@dataclass(frozen=True)
class AccessKey:
    """A key that holds: its name (for the audit), and what it may do."""

    name: str
    scopes: frozenset[str]


def fingerprint(key: str) -> str:
    """What is kept of a key. Keys are long and random, so that a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(key.encode()).hexdigest()


async def keep_key(
    connection: Connection, name: str, key: str, *, scopes: Sequence[str], now: datetime
) -> None:
    """Let a key in. Keeping the same key again sets its name and scopes and undoes a revocation."""
    await connection.execute(queries("access")["keep_key"], (name, fingerprint(key), list(scopes), now))


async def rotate(
    connection: Connection, name: str, key: str, *, now: datetime, overlap: timedelta
) -> frozenset[str]:
    """Let a new key of a name in, for all that its keys may; those hold for `overlap` more.

    Returns the scopes: none where no key of the name holds, and then nothing is let in.
    """
    values = {"name": name, "until": now + overlap, "now": now}
    cursor = await connection.execute(queries("access")["replace_keys"], values)
    scopes = frozenset(scope for row in await cursor.fetchall() for scope in row["scopes"])
    if scopes:
        await keep_key(connection, name, key, scopes=sorted(scopes), now=now)
    return scopes


async def key_for(connection: Connection, key: str, now: datetime) -> AccessKey | None:
    """The key that somebody shows, or None when it is unknown or revoked."""
    cursor = await connection.execute(queries("access")["find_key"], {"hash": fingerprint(key), "now": now})
    row = await cursor.fetchone()
    return AccessKey(row["name"], frozenset(row["scopes"])) if row else None
