"""Pause and resume of a scenario, a channel or everything: a row that decisions and deliveries obey.

A pause stops neither time nor the queue of entries; at resume each late message is asked `expires`.
"""

from collections.abc import Collection
from datetime import datetime

from store import pauses, publications
from store.database import Connection, Database
from store.pauses import Kind, Pause

EVERYTHING = "everything"
OURSELVES = "relance"
"""The actor of what no person asked for."""


class UnknownSubject(ValueError):
    """There is neither a scenario nor a channel of that name."""


async def pause(
    database: Database,
    subject: str,
    channels: Collection[str],
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> bool:
    """Stop a scenario, a channel or `everything`; False when it stood still already.

    Raises UnknownSubject.
    """
    async with database.transaction() as connection:
        kind, name = await _read(connection, subject, channels)
        changed = await pauses.add(connection, Pause(kind, name, now, actor, reason))
        if changed:
            await publications.audit(connection, actor, "pause", subject, {"reason": reason}, now)
    return changed


async def resume(
    database: Database, subject: str, channels: Collection[str], *, actor: str, now: datetime
) -> int | None:
    """Let a scenario, a channel or `everything` go on.

    Returns how many groups had something to do meanwhile, None when it did not stand still.
    Raises UnknownSubject.
    """
    async with database.transaction() as connection:
        kind, name = await _read(connection, subject, channels)
        if not await pauses.remove(connection, kind, name):
            return None
        await publications.audit(connection, actor, "resume", subject, {}, now)
        return await pauses.poke_waiting(connection, kind, name, now)


async def pause_channel(connection: Connection, channel: str, reason: str, now: datetime) -> bool:
    """Stop a channel that its provider refuses, in the caller's transaction; False when it stood still."""
    changed = await pauses.add(connection, Pause("channel", channel, now, OURSELVES, reason))
    if changed:
        await publications.audit(connection, OURSELVES, "pause", channel, {"reason": reason}, now)
    return changed


async def _read(connection: Connection, subject: str, channels: Collection[str]) -> tuple[Kind, str]:
    """What a word means; a channel wins over a scenario of the same name."""
    if subject == EVERYTHING:
        return "all", ""
    if subject in channels:
        return "channel", subject
    if await pauses.scenario_exists(connection, subject):
        return "scenario", subject
    known = ", ".join(sorted(channels))
    raise UnknownSubject(
        f"there is no scenario `{subject}`; channels are {known}, and `{EVERYTHING}` stops all of it"
    )
