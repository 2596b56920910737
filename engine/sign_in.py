"""Signing in: with a password or as a provider tells; and the sessions that follow.

All instants are of real time: a session does not end sooner because business time runs faster.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import passwords
from engine.roles import Role, role_named
from store import users
from store.database import Connection, Database

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
"""A session ends when it was not used for so long, and after so long in any case."""

TOUCH = timedelta(minutes=1)
PATIENCE = timedelta(minutes=10)
"""How long a provider may take with somebody."""

WINDOW = timedelta(minutes=15)
PAIR_LIMIT = 5
ADDRESS_LIMIT = 30
NAME_LIMIT = 50
"""Mistakes in `WINDOW`: of one name from one address, of an address, of a name from anywhere. The last is so
high because whoever knows a name could else keep its owner out."""


class TooOften(Exception):
    """Too many mistakes; to be tried again after `WINDOW`."""


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in. `token` is what their browser holds."""

    token: str
    name: str
    role: Role


def fingerprint(token: str) -> str:
    """What is kept of a token, which is long and random."""
    return hashlib.sha256(token.encode()).hexdigest()


async def by_password(
    database: Database, name: str, password: str, address: str, now: datetime
) -> str | None:
    """Sign somebody in; the token of a new session, or None where name or password is wrong.

    Raises TooOften, before the password is looked at. An attempt is counted before it is judged, so that many
    at once are no way around.
    """
    who = _counted(name, address)
    async with database.transaction() as connection:
        await users.note_attempt(connection, who, now=now, since=now - WINDOW)
    async with database.connection() as connection:
        times = await users.attempts(connection, who, now - WINDOW)
        known = await users.with_password(connection, name)
    if any(
        times[each] > limit for each, limit in zip(who, (PAIR_LIMIT, ADDRESS_LIMIT, NAME_LIMIT), strict=True)
    ):
        raise TooOften
    if not await passwords.matches(known["password_hash"] if known else None, password) or known is None:
        return None
    anew = await passwords.hashed(password) if passwords.is_outdated(known["password_hash"]) else None
    async with database.transaction() as connection:
        await users.forget_attempt(connection, who, who[0], now)
        if anew:
            await users.rehash(connection, known["id"], anew)
        return await _opened(connection, known["id"], now)


async def as_told(
    database: Database, *, issuer: str, subject: str, name: str, role: Role, now: datetime
) -> str | None:
    """Sign in whom a provider knows; the token of a new session, or None where they are disabled here."""
    async with database.transaction() as connection:
        id_ = await users.provided(connection, name, role, issuer=issuer, subject=subject, now=now)
        return await _opened(connection, id_, now) if id_ is not None else None


async def session(database: Database, token: str, now: datetime) -> Session | None:
    """Whose session a token is; None where there is none, or it was idle or is over."""
    hash_ = fingerprint(token)
    async with database.connection() as connection:
        row = await users.find_session(connection, hash_, born=now - LONGEST, seen=now - IDLE)
    if row is None:
        return None
    if row["seen_at"] < now - TOUCH:
        async with database.transaction() as connection:
            await users.touch_session(connection, hash_, now)
    return Session(token, row["name"], role_named(row["role"]))


async def sign_out(database: Database, token: str) -> None:
    """End a session, at once and everywhere."""
    async with database.transaction() as connection:
        await users.close_session(connection, fingerprint(token))


async def begin(database: Database, token: str, data: Any, now: datetime) -> None:
    """Keep what the provider's answer must match, for the browser that holds the token."""
    async with database.transaction() as connection:
        await users.begin_sign_in(connection, fingerprint(token), data, now=now, born=now - PATIENCE)


async def taken(database: Database, token: str, now: datetime) -> Any:
    """What was kept for this browser, once; None where nothing was, or it is too long ago."""
    async with database.transaction() as connection:
        return await users.take_sign_in(connection, fingerprint(token), now - PATIENCE)


async def _opened(connection: Connection, id_: int, now: datetime) -> str:
    """A session that nobody could have known of before."""
    token = secrets.token_urlsafe(32)
    await users.drop_old_sessions(connection, born=now - LONGEST, seen=now - IDLE)
    await users.open_session(connection, fingerprint(token), id_, now)
    return token


def _counted(name: str, address: str) -> Sequence[str]:
    """What is counted of an attempt: name and address together, and each alone; by their hashes."""
    folded = name.casefold()
    return [
        fingerprint(each) for each in (f"pair {address} {folded}", f"address {address}", f"name {folded}")
    ]
