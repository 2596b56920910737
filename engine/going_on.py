"""What runs do next, decided in the transaction of what it follows from.

A run whose message has left is read and written once, for what came of it and for all that follows at once.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from psycopg import OperationalError

from engine import faults
from engine.plans import Plans
from engine.transition import transition
from store import attempts, pauses, runs
from store.database import Connection, Row


async def go_on(
    connection: Connection,
    plans: Plans,
    people: Iterable[Row],
    run_ids: Collection[int],
    now: datetime,
    seen: Sequence[Row] = (),
) -> None:
    """Decide the active ones of these runs, whose messages were settled by now, or whose turn it is.

    `people` are the locked rows of their contacts. What stands still in a pause, is somebody's who is not
    locked or cannot be decided is due at once instead, for its workflow to look at: what was settled stays.
    `seen`: rows of runs as they were read before, for those that nobody wrote since.
    """
    if not run_ids:
        return
    moved: set[int] = set()
    try:
        async with connection.transaction():
            moved = await _decide(connection, plans, {row["id"]: row for row in people}, run_ids, now, seen)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - what happened must be written whatever comes after
        faults.tell("runs go on later", error)
    await attempts.make_due(connection, [id_ for id_ in run_ids if id_ not in moved], now)


async def _decide(
    connection: Connection,
    plans: Plans,
    people: dict[str, Row],
    run_ids: Collection[int],
    now: datetime,
    seen: Sequence[Row],
) -> set[int]:
    paused = await pauses.in_force(connection)
    found = [
        row
        for row in await runs.by_ids(connection, run_ids, seen)
        if row["contact_id"] in people and not pauses.over(paused, row["scenario"])
    ]
    await transition(connection, plans, found, people, now)
    return {row["id"] for row in found}
