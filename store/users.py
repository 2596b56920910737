"""Rows of those who sign in: users, sessions, sign-ins under way and those that failed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from store.database import Connection, Row, queries

SQL = queries("users")


async def _one(connection: Connection, statement: str, **values: Any) -> Row | None:
    cursor = await connection.execute(SQL[statement], values)
    return await cursor.fetchone()


async def add(connection: Connection, name: str, role: str, password_hash: str, now: datetime) -> bool:
    """Add somebody who signs in with a password; False where the name is taken."""
    values = {"name": name, "role": role, "password_hash": password_hash, "now": now}
    return await _one(connection, "add", **values) is not None


async def provided(
    connection: Connection, name: str, role: str, *, issuer: str, subject: str, now: datetime
) -> int | None:
    """Keep somebody as the provider tells them now; the number, or None where they are disabled here."""
    values = {"name": name, "role": role, "issuer": issuer, "subject": subject, "now": now}
    row = await _one(connection, "provided", **values)
    return int(row["id"]) if row else None


async def with_password(connection: Connection, name: str) -> Row | None:
    """id, name, role and password_hash of who signs in with a password and is not disabled."""
    return await _one(connection, "with_password", name=name)


async def rehash(connection: Connection, id_: int, password_hash: str) -> None:
    """Keep another hash of the same password."""
    await connection.execute(SQL["rehash"], {"id": id_, "password_hash": password_hash})


async def listed(connection: Connection) -> list[Row]:
    """Everybody, by name, with when their sessions were last used; never a hash."""
    cursor = await connection.execute(SQL["listed"])
    return await cursor.fetchall()


async def set_role(connection: Connection, name: str, role: str) -> bool:
    """Give another role to who signs in with a password; False where there is nobody of that name."""
    return await _one(connection, "set_role", name=name, role=role) is not None


async def disable(connection: Connection, name: str, now: datetime) -> bool:
    """Let everybody of a name in no more and end their sessions; False where nobody was let in."""
    return await _one(connection, "disable", name=name, now=now) is not None


async def open_session(connection: Connection, hash_: str, user: int, now: datetime) -> None:
    """Keep a new session by the hash of its token."""
    await connection.execute(SQL["open_session"], {"hash": hash_, "user": user, "now": now})


async def drop_old_sessions(connection: Connection, *, born: datetime, seen: datetime) -> None:
    """Remove the sessions that began or were last used before these instants."""
    await connection.execute(SQL["drop_old_sessions"], {"born": born, "seen": seen})


async def find_session(connection: Connection, hash_: str, *, born: datetime, seen: datetime) -> Row | None:
    """name, role and seen_at of a session that began and was used after these instants."""
    return await _one(connection, "find_session", hash=hash_, born=born, seen=seen)


async def touch_session(connection: Connection, hash_: str, now: datetime) -> None:
    """Note that a session was used."""
    await connection.execute(SQL["touch_session"], {"hash": hash_, "now": now})


async def close_session(connection: Connection, hash_: str) -> None:
    """End a session."""
    await connection.execute(SQL["close_session"], {"hash": hash_})


async def begin_sign_in(
    connection: Connection, hash_: str, data: Any, *, now: datetime, born: datetime
) -> None:
    """Keep what a provider's answer must match, and drop what began before `born`."""
    await connection.execute(SQL["drop_old_sign_ins"], {"born": born})
    await connection.execute(SQL["begin_sign_in"], {"hash": hash_, "data": Jsonb(data), "now": now})


async def take_sign_in(connection: Connection, hash_: str, born: datetime) -> Any:
    """What was kept of a sign-in, once; None where it is unknown or older than `born`."""
    row = await _one(connection, "take_sign_in", hash=hash_, born=born)
    return row["data"] if row else None


async def note_attempt(connection: Connection, who: Sequence[str], *, now: datetime, since: datetime) -> None:
    """Count an attempt for each of these; what happened before `since` is dropped."""
    await connection.execute(SQL["note_attempt"], {"who": list(who), "now": now, "since": since})


async def attempts(connection: Connection, who: Sequence[str], since: datetime) -> dict[str, int]:
    """How often each of these tried since then."""
    cursor = await connection.execute(SQL["attempts"], {"who": list(who), "since": since})
    return {row["who"]: row["times"] for row in await cursor.fetchall()}


async def forget_attempt(connection: Connection, who: Sequence[str], pair: str, now: datetime) -> None:
    """Take an attempt back that went well, and all those of its pair."""
    await connection.execute(SQL["forget_attempt"], {"who": list(who), "pair": pair, "now": now})
