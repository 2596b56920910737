"""Pause and resume of a scenario, a channel or everything: a row that decisions and deliveries obey.

A pause stops neither time nor the queue of entries; at resume each late message is asked `expires`, and those
that may still leave come back to their pace little by little (see `ramps`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.clock import REAL_TIME, Clock
from store import pauses, publications
from store.database import Connection, Database
from store.pauses import Kind, Pause, Ramp

EVERYTHING = "everything"
OURSELVES = "relance"
"""The actor of what no person asked for."""


LONGEST_RAMP = timedelta(minutes=15)
FIRST_SHARE = 0.1


@dataclass(frozen=True)
class Returning:
    """How the pace comes back: from `share` of it to all of it in `seconds` of real time; 0 is at once.

    None: in as long as it stood still, and in `LONGEST_RAMP` at most; in no less than an earlier ramp
    still had when the pause began.
    """

    seconds: float | None = None
    share: float = FIRST_SHARE


AS_LONG_AS_IT_STOOD = Returning()


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
    database: Database,
    subject: str,
    channels: Collection[str],
    *,
    actor: str,
    now: datetime,
    returning: Returning = AS_LONG_AS_IT_STOOD,
    clock: Clock = REAL_TIME,
) -> int | None:
    """Let a scenario, a channel or `everything` go on; `returning` says how its pace comes back.

    Returns how many groups had something to do meanwhile, None when it did not stand still.
    Raises UnknownSubject.
    """
    async with database.transaction() as connection:
        kind, name = await _read(connection, subject, channels)
        since = await pauses.remove(connection, kind, name)
        if since is None:
            return None
        seconds = returning.seconds
        if seconds is None:
            seconds = await _as_long(connection, kind, name, since, now, clock)
        if seconds > 0:
            await pauses.put_ramp(connection, Ramp(kind, name, now, seconds, returning.share))
        else:
            await pauses.drop_ramp(connection, kind, name)
        how = {"ramp_seconds": seconds, "share": returning.share}
        await publications.audit(connection, actor, "resume", subject, how, now)
        return await pauses.poke_waiting(connection, kind, name, now)


async def _as_long(
    connection: Connection, kind: Kind, name: str, since: datetime, now: datetime, clock: Clock
) -> float:
    """The real seconds that something stood still, or those that its ramp of before still had, if more."""
    stood = clock.real_seconds(min(now - since, LONGEST_RAMP))
    return max(stood, await _left(connection, kind, name, since, clock))


async def _left(connection: Connection, kind: Kind, name: str, since: datetime, clock: Clock) -> float:
    """The real seconds that a ramp of this still had when its pause began."""
    ramps = await pauses.ramps(connection)
    ramp = next((each for each in ramps if (each.kind, each.name) == (kind, name)), None)
    return ramp.seconds - clock.real_seconds(since - ramp.began_at) if ramp else 0.0


async def pause_channel(connection: Connection, channel: str, reason: str, now: datetime) -> bool:
    """Stop a channel that its provider refuses, in the caller's transaction; False when it stood still."""
    changed = await pauses.add(connection, Pause("channel", channel, now, OURSELVES, reason))
    if changed:
        await publications.audit(connection, OURSELVES, "pause", channel, {"reason": reason}, now)
    return changed


async def _read(connection: Connection, subject: str, channels: Collection[str]) -> tuple[Kind, str]:
    """What a word means; a channel wins over a scenario of the same name."""
    if subject in (EVERYTHING, "all"):
        return "all", ""
    if subject in channels:
        return "channel", subject
    if await pauses.scenario_exists(connection, subject):
        return "scenario", subject
    known = ", ".join(sorted(channels))
    raise UnknownSubject(
        f"there is no scenario `{subject}`; channels are {known}, and `{EVERYTHING}` stops all of it"
    )
