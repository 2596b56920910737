"""Stopping runs from outside: they end as `stopped`, and what they had reserved never leaves."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from store import contacts, messages, operations, publications, runs
from store.database import Connection, Database, Row
from store.messages import Giveback
from store.operations import Choice, Chosen

STOPPED = "stopped"
PAGE = 500
"""Runs that one transaction ends, which is how many contacts it locks."""


@dataclass(frozen=True)
class Stopped:
    """How many runs ended, and how many messages gave their place back."""

    runs: int
    messages: int


async def preview(database: Database, choice: Choice) -> Chosen:
    """What `stop` would touch now."""
    async with database.connection() as connection:
        return await operations.chosen(connection, choice)


async def stop(
    database: Database,
    choice: Choice,
    upto: int,
    *,
    actor: str,
    now: datetime,
    beat: Callable[[int], None] = lambda _: None,
) -> Stopped:
    """End the active runs of a choice up to a run's id, page by page.

    Each page is one transaction with its line in the audit; `beat` is told how many runs it ended. A message
    that was handed to its provider already is not held back. Doing it again ends what is left.
    """
    after, total, given_back = 0, 0, 0
    while True:
        async with database.transaction() as connection:
            page = await operations.next_chosen(connection, choice, after, upto, PAGE)
            if not page:
                return Stopped(total, given_back)
            ended, released = await _stop_page(connection, page, now)
            data = {"runs": ended, "messages": released}
            await publications.audit(connection, actor, "stop", _subject(choice), data, now)
        after, total, given_back = page[-1]["id"], total + len(ended), given_back + released
        beat(len(ended))


async def _stop_page(connection: Connection, page: list[Row], now: datetime) -> tuple[list[int], int]:
    """The ids of the runs that ended, and how many messages were released."""
    await contacts.lock(connection, {row["contact_id"] for row in page})
    return await end_locked(connection, page, STOPPED, "ended: somebody stopped it", now)


async def end_locked(
    connection: Connection, page: Sequence[Row], reason: str, text: str, now: datetime
) -> tuple[list[int], int]:
    """End runs (id, group_id) of locked contacts; which of them did, and how many messages were released."""
    ids = [row["id"] for row in page]
    held = await messages.reserved_of_runs(connection, ids)
    released = await messages.release(connection, [Giveback(id_, reason) for id_ in held], now)
    ended = await runs.stop(connection, ids, reason, now)
    await runs.clear_wakes(connection, [(row["id"], None) for row in ended])
    await runs.add_trail(connection, [_line(row, reason, text, now) for row in ended])
    await operations.poke(connection, {row["group_id"] for row in page}, now)
    return [row["id"] for row in ended], len(released)


def _line(row: Row, reason: str, text: str, now: datetime) -> Row:
    line = {"run_id": row["id"], "contact_id": row["contact_id"], "sequence": row["sequence"], "line": 0}
    return {**line, "what": "ended", "step": None, "text": text, "data": {"reason": reason}, "at": now}


def _subject(choice: Choice) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(choice).items() if value is not None)
