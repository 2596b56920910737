"""What new versions make of people in flight: which there are, whom they still concern, and what is written.

Whoever writes runs here holds the locks of the contacts concerned.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from store.database import Connection, Row, queries, rows_of

SQL = queries("edits")


@dataclass(frozen=True, slots=True)
class Edit:
    """A version that people of older ones heed. `open` while it is not sure that all of them have."""

    scenario: str
    version: int
    open: bool


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An edit that is being carried out; `people` were in flight when it was published."""

    scenario: str
    version: int
    rule: str
    actor: str
    people: int
    published_at: datetime


Place: TypeAlias = tuple[int, str]
"""A version and a step of it."""


@dataclass(frozen=True, slots=True)
class NextInstant:
    """When something of a run happens next, None: nothing by itself."""

    id: int
    group_id: int
    status: str
    at: datetime | None


async def every(connection: Connection) -> list[Edit]:
    """Every edit that holds, those of a scenario in the order of their versions."""
    cursor = await connection.execute(SQL["all"])
    return [Edit(**row) for row in await cursor.fetchall()]


async def add(
    connection: Connection, scenario: str, version: int, rule: str, *, actor: str, people: int, now: datetime
) -> None:
    """Let people of older versions heed a new one, from this transaction on."""
    parameters = {"scenario": scenario, "version": version, "rule": rule, "actor": actor, "people": people}
    await connection.execute(SQL["add"], parameters | {"now": now})


async def took_over(connection: Connection, versions: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Those of these (scenario, version) to which people of older versions were brought."""
    if not versions:
        return []
    names, numbers = (list(column) for column in zip(*versions, strict=True))
    cursor = await connection.execute(SQL["took_over"], {"scenarios": names, "versions": numbers})
    return [(row["scenario"], row["version"]) for row in await cursor.fetchall()]


async def call_off(connection: Connection, scenario: str, now: datetime) -> list[int]:
    """Let nobody else heed what is under way in a scenario; the versions."""
    cursor = await connection.execute(SQL["call_off"], {"scenario": scenario, "now": now})
    return [row["version"] for row in await cursor.fetchall()]


async def still_open(connection: Connection) -> list[tuple[str, int]]:
    """(scenario, version) of the edits that are not over, the oldest first."""
    cursor = await connection.execute(SQL["open"])
    return [(row["scenario"], row["version"]) for row in await cursor.fetchall()]


async def hold(connection: Connection, scenario: str, version: int, settled: timedelta) -> bool | None:
    """Hold an open edit, None where somebody else does or it is over.

    True once it is that old, in real time: no transaction of before it is left then.
    """
    parameters = {"scenario": scenario, "version": version, "settled": settled}
    cursor = await connection.execute(SQL["hold"], parameters)
    row = await cursor.fetchone()
    return bool(row["settled"]) if row else None


async def older_versions(connection: Connection, scenario: str, version: int) -> list[int]:
    """The versions before one that somebody is on."""
    cursor = await connection.execute(SQL["versions"], {"scenario": scenario, "version": version})
    return [row["version"] for row in await cursor.fetchall()]


async def contacts(
    connection: Connection, scenario: str, version: int, places: Sequence[Place], limit: int
) -> list[str]:
    """Contacts of runs at these places that have not heeded a version yet."""
    cursor = await connection.execute(SQL["contacts"], _at(scenario, version, places) | {"limit": limit})
    return list(dict.fromkeys(row["contact_id"] for row in await cursor.fetchall()))


async def remaining(connection: Connection, scenario: str, version: int, places: Sequence[Place]) -> int:
    """How many runs there are at these places that have not heeded a version yet."""
    cursor = await connection.execute(SQL["remaining"], _at(scenario, version, places))
    row = await cursor.fetchone()
    return int(row["people"]) if row else 0


def _at(scenario: str, version: int, places: Sequence[Place]) -> Row:
    return {
        "scenario": scenario,
        "version": version,
        "versions": [number for number, _ in places],
        "positions": [step for _, step in places],
    }


async def behind(
    connection: Connection, contact_ids: Collection[str], scenario: str | None = None
) -> list[Row]:
    """Active runs of locked contacts that have not heeded some edit."""
    parameters = {"contacts": list(contact_ids), "scenario": scenario}
    cursor = await connection.execute(SQL["behind"], parameters)
    return await cursor.fetchall()


async def write(connection: Connection, rows: Sequence[Row]) -> set[int]:
    """Write runs that moved or ended and are still at the sequence at which they were read; their ids."""
    cursor = await connection.execute(SQL["write"], {"rows": rows_of(rows)})
    return {row["id"] for row in await cursor.fetchall()}


async def heed(connection: Connection, versions: Sequence[tuple[int, int]]) -> None:
    """Note for (run, version) that the run heeded the version and stays on its own."""
    if versions:
        ids, numbers = (list(column) for column in zip(*versions, strict=True))
        await connection.execute(SQL["heed"], {"ids": ids, "versions": numbers})


async def pass_on_wakes(connection: Connection, pairs: Sequence[tuple[int, int]], now: datetime) -> None:
    """Let the second run of each pair hear what the first one has still to hear."""
    if pairs:
        ended, fresh = (list(column) for column in zip(*pairs, strict=True))
        await connection.execute(SQL["pass_on_wakes"], {"ended": ended, "fresh": fresh, "now": now})


async def regroup(connection: Connection, groups: Collection[int], version: int) -> None:
    """Note of groups all of whose people are on a version that this is their version."""
    await connection.execute(SQL["regroup"], {"groups": list(groups), "version": version})


async def next_instants(connection: Connection, run_ids: Collection[int]) -> list[NextInstant]:
    """When something of runs happens next."""
    cursor = await connection.execute(SQL["next_instants"], {"ids": list(run_ids)})
    return [NextInstant(**row) for row in await cursor.fetchall()]


async def finish(connection: Connection, scenario: str, version: int, now: datetime) -> None:
    """Note that everybody has heeded an edit."""
    parameters = {"scenario": scenario, "version": version, "now": now}
    await connection.execute(SQL["finish"], parameters)


async def under_way(connection: Connection, scenario: str | None = None) -> list[UnderWay]:
    """The edits that are being carried out."""
    cursor = await connection.execute(SQL["under_way"], {"scenario": scenario})
    return [UnderWay(**row) for row in await cursor.fetchall()]
