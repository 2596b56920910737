"""Rows of what operations stopped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from store.database import Connection, queries

Kind: TypeAlias = Literal["scenario", "channel", "all"]


@dataclass(frozen=True, slots=True)
class Pause:
    """One thing that stands still, since when, and who wanted it why."""

    kind: Kind
    name: str
    at: datetime
    actor: str
    reason: str


async def add(connection: Connection, pause: Pause) -> bool:
    """Stop something; False when it stood still already."""
    values = {"kind": pause.kind, "name": pause.name, "actor": pause.actor, "reason": pause.reason}
    cursor = await connection.execute(queries("pauses")["pause"], values | {"now": pause.at})
    return cursor.rowcount > 0


async def remove(connection: Connection, kind: Kind, name: str) -> bool:
    """Let something go on; False when it did not stand still."""
    cursor = await connection.execute(queries("pauses")["resume"], {"kind": kind, "name": name})
    return cursor.rowcount > 0


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
