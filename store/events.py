"""What happened: the append-only history, and the outbox that the router reads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import sql

from store.database import Connection, Row, queries, row_of, rows_of

SQL = queries("events")
MONTHS = 12
PARTITION_LOCK = 7_265_617
PARTITIONS = 16
"""Of the router's outbox; the events of a contact are in one."""

AHEAD = timedelta(days=31)
"""What is later is of no decision. A sender's clock may be a day ahead, one that runs fast a bit more."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append; (source, id) makes it count once. `properties` are JSON."""

    source: str
    id: str
    name: str
    contact_id: str | None
    at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of one event of an append: `fresh` False where it was there already."""

    seq: int
    fresh: bool
    known: bool
    """False: its contact does not exist, and it was left out."""


async def append(
    connection: Connection, events: Sequence[NewEvent], now: datetime, *, unheard: Collection[str] = ()
) -> list[Appended]:
    """Append events and put them in the outbox, in the order given; one result for each.

    `unheard`: names that nothing listens to, which are history and no work for the router.
    """
    if not events:
        return []
    rows = [{"n": n, **row_of(event)} for n, event in enumerate(events)]
    parameters = {"rows": rows_of(rows), "now": now, "unheard": list(unheard)}
    cursor = await connection.execute(SQL["append"], parameters)
    return [Appended(row["seq"], row["fresh"], row["known"]) for row in await cursor.fetchall()]


async def taken(connection: Connection, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (source, id) are there already."""
    if not keys:
        return set()
    parameters = {"sources": [source for source, _ in keys], "ids": [id_ for _, id_ in keys]}
    cursor = await connection.execute(SQL["taken"], parameters)
    return {(row["source"], row["id"]) for row in await cursor.fetchall()}


async def history(
    connection: Connection, contact_ids: Collection[str], since: Mapping[str, datetime], now: datetime
) -> list[Row]:
    """Events of contacts by name as of `now`, each name as far back as `since` says; oldest first."""
    if not since or not contact_ids:
        return []
    parameters = {
        "contacts": list(contact_ids),
        "names": list(since),
        "since": list(since.values()),
        "oldest": min(since.values()),
        "until": now + AHEAD,
    }
    cursor = await connection.execute(SQL["history"], parameters)
    return await cursor.fetchall()


async def unseen(connection: Connection, run_ids: Collection[int]) -> list[Row]:
    """Events that are committed and that a run (`run_id`) has not looked at yet, oldest first."""
    cursor = await connection.execute(SQL["unseen"], {"runs": list(run_ids)})
    return await cursor.fetchall()


async def claim_partitions(connection: Connection, limit: int = PARTITIONS // 2) -> list[int]:
    """Hold free partitions of the outbox that have lines until the transaction ends; none: nothing to route.

    Those whose lines are the oldest. Half of them by default, so that people whose events come together are
    routed together, and a second worker still finds its part.
    """
    cursor = await connection.execute(SQL["claim_partitions"], {"limit": limit})
    return [row["partition"] for row in await cursor.fetchall()]


async def take_lines(connection: Connection, partitions: Collection[int], limit: int) -> list[Row]:
    """Take the next events of held partitions out of the outbox, in order of arrival."""
    parameters = {"partitions": list(partitions), "limit": limit}
    cursor = await connection.execute(SQL["take_lines"], parameters)
    return await cursor.fetchall()


async def send_home(connection: Connection, lines: Collection[Row]) -> set[int]:
    """Put lines of contacts who were merged back into the outbox, as their winners'; the seqs of those."""
    names = {"seqs": "seq", "ats": "at", "contacts": "contact_id"}
    parameters = {column: [line[name] for line in lines] for column, name in names.items()}
    cursor = await connection.execute(SQL["send_home"], parameters)
    return {row["seq"] for row in await cursor.fetchall()}


async def next_line(connection: Connection, partitions: Collection[int]) -> int | None:
    """The seq of the oldest line of held partitions."""
    cursor = await connection.execute(SQL["next_line"], {"partitions": list(partitions)})
    row = await cursor.fetchone()
    return row["seq"] if row else None


async def set_aside(connection: Connection, seq: int, error: str, now: datetime) -> None:
    """Take a line that cannot be routed out of the way of the others."""
    await connection.execute(SQL["set_aside"], {"seq": seq, "error": error, "now": now})


async def take_up(connection: Connection, before: datetime, limit: int = 500) -> int:
    """Put lines that were set aside before an instant back into the outbox; how many."""
    cursor = await connection.execute(SQL["take_up"], {"before": before, "limit": limit})
    return cursor.rowcount


async def ensure_partitions(connection: Connection, now: datetime, months: int = MONTHS) -> list[str]:
    """Make the monthly partitions of this month and the next ones, in a transaction of the caller.

    A month of which the default partition already holds events stays there. Returns what was made.
    """
    await connection.execute("select pg_advisory_xact_lock(%s)", (PARTITION_LOCK,))
    made = []
    for ahead in range(months):
        start, stop = _month(now, ahead), _month(now, ahead + 1)
        name = f"events_{start:%Y_%m}"
        cursor = await connection.execute(
            "select to_regclass(%(name)s) is not null or exists (select from events_default"
            " where at >= %(start)s and at < %(stop)s) as taken",
            {"name": name, "start": start, "stop": stop},
        )
        row = await cursor.fetchone()
        if row is not None and not row["taken"]:
            statement = sql.SQL("create table {} partition of events for values from ({}) to ({})")
            await connection.execute(
                statement.format(sql.Identifier(name), sql.Literal(start), sql.Literal(stop))
            )
            made.append(name)
    return made


def _month(now: datetime, ahead: int) -> datetime:
    count = now.astimezone(UTC).year * 12 + now.astimezone(UTC).month - 1 + ahead
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)
