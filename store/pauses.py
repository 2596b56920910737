"""Rows of what operations stopped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from store.database import Connection, queries, row_of

Kind: TypeAlias = Literal["scenario", "channel", "all"]


@dataclass(frozen=True, slots=True)
class Pause:
    """One thing that stands still, since when, and who wanted it why."""

    kind: Kind
    name: str
    at: datetime
    actor: str
    reason: str

    @property
    def subject(self) -> str:
        """What stands still, as people say it."""
        return self.name or "everything"


@dataclass(frozen=True, slots=True)
class Ramp:
    """How the pace comes back after a pause: from `share` of it to all of it in `seconds` of real time."""

    kind: Kind
    name: str
    began_at: datetime
    seconds: float
    share: float

    @property
    def subject(self) -> str:
        """What goes on, as people say it."""
        return self.name or "everything"

    def concerns(self, channel: str, scenario: str) -> bool:
        """Whether messages of a scenario on a channel leave more slowly."""
        wanted = {"channel": channel, "scenario": scenario, "all": ""}
        return wanted[self.kind] == self.name


def over(found: Iterable[Pause], scenario: str) -> Pause | None:
    """The pause by which a scenario stands still, of everything or of itself; None where it goes on."""
    by = {(pause.kind, pause.name): pause for pause in found}
    return by.get(("all", "")) or by.get(("scenario", scenario))


async def add(connection: Connection, pause: Pause) -> bool:
    """Stop something; False when it stood still already."""
    values = {"kind": pause.kind, "name": pause.name, "actor": pause.actor, "reason": pause.reason}
    cursor = await connection.execute(queries("pauses")["pause"], values | {"now": pause.at})
    return cursor.rowcount > 0


async def remove(connection: Connection, kind: Kind, name: str) -> datetime | None:
    """Let something go on; since when it stood still, None when it did not."""
    cursor = await connection.execute(queries("pauses")["resume"], {"kind": kind, "name": name})
    row = await cursor.fetchone()
    return row["at"] if row else None


async def resumed_at(connection: Connection, name: str) -> datetime | None:
    """When something last went on by the hand of somebody."""
    cursor = await connection.execute(queries("pauses")["resumed_at"], {"name": name})
    row = await cursor.fetchone()
    return row["at"] if row else None


async def put_ramp(connection: Connection, ramp: Ramp) -> None:
    """Let the pace of something come back so, whatever was said before."""
    await connection.execute(queries("pauses")["put_ramp"], row_of(ramp))


async def drop_ramp(connection: Connection, kind: Kind, name: str) -> None:
    """Let something have its whole pace."""
    await connection.execute(queries("pauses")["drop_ramp"], {"kind": kind, "name": name})


async def ramps(connection: Connection) -> list[Ramp]:
    """The last ramp of everything that was ever resumed, over or not, the oldest first."""
    cursor = await connection.execute(queries("pauses")["ramps"])
    return [Ramp(**row) for row in await cursor.fetchall()]


async def in_force(connection: Connection) -> list[Pause]:
    """Everything that stands still, the oldest first."""
    cursor = await connection.execute(queries("pauses")["in_force"])
    return [Pause(**row) for row in await cursor.fetchall()]


async def scenario_exists(connection: Connection, name: str) -> bool:
    """Whether a scenario of this name was ever published."""
    cursor = await connection.execute(queries("pauses")["scenario_exists"], {"name": name})
    row = await cursor.fetchone()
    return bool(row and row["found"])


async def poke_waiting(connection: Connection, kind: Kind, name: str, now: datetime) -> int:
    """Poke the groups that were held with something to do; returns how many."""
    values = {
        "now": now,
        "scenario": name if kind == "scenario" else None,
        "channel": name if kind == "channel" else None,
    }
    cursor = await connection.execute(queries("pauses")["poke_waiting"], values)
    return cursor.rowcount
