"""Runs and the groups that drive them; their trail, their wakes, and the outbox of pokes.

Whoever writes here holds the locks of the contacts concerned.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from store.database import Connection, Row, queries, rows_of

SQL = queries("runs")


async def due_contacts(
    connection: Connection, group_ids: Collection[int], now: datetime, limit: int
) -> list[str]:
    """Contacts of groups with a run to look at, the longest due first."""
    parameters = {"groups": list(group_ids), "now": now, "limit": limit}
    cursor = await connection.execute(SQL["due_contacts"], parameters)
    return list(dict.fromkeys(row["contact_id"] for row in await cursor.fetchall()))


async def woken_contacts(connection: Connection, group_ids: Collection[int], limit: int) -> list[str]:
    """Contacts of groups with a run that has not heard of some event."""
    cursor = await connection.execute(SQL["woken_contacts"], {"groups": list(group_ids), "limit": limit})
    return list(dict.fromkeys(row["contact_id"] for row in await cursor.fetchall()))


async def due_of_groups(
    connection: Connection, group_ids: Collection[int], contact_ids: Collection[str], now: datetime
) -> list[Row]:
    """Runs of locked contacts of groups that are due."""
    parameters = {"groups": list(group_ids), "contacts": list(contact_ids), "now": now}
    cursor = await connection.execute(SQL["due_of_groups"], parameters)
    return await cursor.fetchall()


async def due_of_contacts(connection: Connection, contact_ids: Collection[str], now: datetime) -> list[Row]:
    """Runs of locked contacts that are due, whatever their scenario and group."""
    parameters = {"contacts": list(contact_ids), "now": now}
    cursor = await connection.execute(SQL["due_of_contacts"], parameters)
    return await cursor.fetchall()


async def by_ids(connection: Connection, ids: Collection[int], seen: Sequence[Row] = ()) -> list[Row]:
    """Those of these runs that are active, by contact and id.

    `seen`: rows that this gave earlier. Those that nobody wrote since are not read again.
    """
    known = await _unwritten(connection, [row for row in seen if row["id"] in ids])
    others = [id_ for id_ in ids if id_ not in known]
    if not others:
        return sorted(known.values(), key=_place)
    cursor = await connection.execute(SQL["by_ids"], {"ids": others})
    found = await cursor.fetchall()
    return sorted([*known.values(), *found], key=_place) if known else found


async def _unwritten(connection: Connection, seen: Sequence[Row]) -> dict[int, Row]:
    """Those of these rows that are as they were, by id."""
    if not seen:
        return {}
    parameters = {"ids": [row["id"] for row in seen], "written_as": [row["written_as"] for row in seen]}
    cursor = await connection.execute(SQL["unwritten"], parameters)
    same = {row["id"] for row in await cursor.fetchall()}
    return {row["id"]: row for row in seen if row["id"] in same}


def _place(row: Row) -> tuple[str, int]:
    return row["contact_id"], row["id"]


async def previous(connection: Connection, scenario: str, contact_ids: Collection[str]) -> list[Row]:
    """Every run that these contacts ever had in a scenario, over all versions."""
    cursor = await connection.execute(SQL["previous"], {"scenario": scenario, "contacts": list(contact_ids)})
    return await cursor.fetchall()


async def next_ids(connection: Connection, table: str, count: int) -> list[int]:
    """Fresh ids of `runs` or `groups`."""
    cursor = await connection.execute(SQL["next_ids"], {"table": table, "count": count})
    return [row["id"] for row in await cursor.fetchall()]


async def insert(connection: Connection, groups: Sequence[Row], runs: Sequence[Row], now: datetime) -> None:
    """Insert groups and their runs with ids given by `next_ids`, and ask for their workflows."""
    await connection.execute(SQL["insert_groups"], {"rows": rows_of(groups), "now": now})
    await connection.execute(SQL["insert"], {"rows": rows_of(runs)})
    await connection.execute(SQL["put_pokes"], {"groups": [group["id"] for group in groups], "now": now})


async def write(connection: Connection, rows: Sequence[Row]) -> set[int]:
    """Write runs that are still at the sequence at which they were read; returns the ids written."""
    cursor = await connection.execute(SQL["write"], {"rows": rows_of(rows)})
    return {row["id"] for row in await cursor.fetchall()}


async def stop(connection: Connection, ids: Collection[int], reason: str, now: datetime) -> list[Row]:
    """End active runs from outside; returns id, contact_id and the new sequence of those that were."""
    cursor = await connection.execute(SQL["stop"], {"ids": list(ids), "reason": reason, "now": now})
    return await cursor.fetchall()


async def add_trail(connection: Connection, rows: Sequence[Row]) -> None:
    """Append lines: run_id, sequence, line, contact_id, at, what, step, text, data."""
    if rows:
        await connection.execute(SQL["add_trail"], {"rows": rows_of(rows)})


async def wakes(connection: Connection, ids: Collection[int]) -> list[Row]:
    """Events that wait for these runs to look at them, oldest first."""
    cursor = await connection.execute(SQL["wakes"], {"ids": list(ids)})
    return await cursor.fetchall()


async def clear_wakes(connection: Connection, seen: Iterable[tuple[int, int | None]]) -> None:
    """Forget (run, event) wakes; None for all of a run."""
    pairs = list(seen)
    if pairs:
        parameters = {"runs": [run for run, _ in pairs], "seqs": [seq for _, seq in pairs]}
        await connection.execute(SQL["clear_wakes"], parameters)


async def put_wakes(connection: Connection, wakes_: Sequence[tuple[int, int, datetime]]) -> None:
    """Remember (run, event seq, event instant) for the runs to look at."""
    if wakes_:
        runs, seqs, ats = (list(column) for column in zip(*wakes_, strict=True))
        await connection.execute(SQL["put_wakes"], {"runs": runs, "seqs": seqs, "ats": ats})


async def wake(connection: Connection, ids: Collection[int], now: datetime) -> None:
    """Make active runs due now and poke their groups. Harmless to repeat."""
    if ids:
        await connection.execute(SQL["wake"], {"ids": list(ids), "now": now})


async def wake_contacts(connection: Connection, contact_ids: Collection[str], now: datetime) -> None:
    """Make every active run of these contacts look again."""
    cursor = await connection.execute(SQL["active_of_contacts"], {"contacts": list(contact_ids)})
    await wake(connection, [row["id"] for row in await cursor.fetchall()], now)


async def listening(connection: Connection, events: Sequence[Row]) -> list[Row]:
    """Active runs (id, contact_id, seq, at) on which events may act.

    Those are seq, at, name, names, contact_id and objects.
    """
    cursor = await connection.execute(SQL["listening"], {"events": rows_of(events)})
    return await cursor.fetchall()


async def refuse_entries(
    connection: Connection, scenario: str, refusals: Sequence[Row], now: datetime
) -> None:
    """Remember who (contact_id, reason, event_seq) did not enter a scenario and why."""
    if refusals:
        parameters = {"scenario": scenario, "rows": rows_of(refusals), "now": now}
        await connection.execute(SQL["refuse_entries"], parameters)


async def answers(connection: Connection, ids: Collection[int]) -> list[Row]:
    """Settled requests of runs: run_id, step, iteration, state, answer, settled_at."""
    cursor = await connection.execute(SQL["answers"], {"ids": list(ids)})
    return await cursor.fetchall()


async def add_tasks(connection: Connection, rows: Sequence[Row], now: datetime) -> None:
    """Open tasks for people."""
    if rows:
        await connection.execute(SQL["add_tasks"], {"rows": rows_of(rows), "now": now})


async def add_requests(connection: Connection, rows: Sequence[Row], now: datetime) -> None:
    """Open requests to webhooks; the same one again is the same one."""
    if rows:
        await connection.execute(SQL["add_requests"], {"rows": rows_of(rows), "now": now})
