"""The inbox of what scenarios ask people to do: taken by somebody, done with an outcome, which is an event.

Who did it stays with the task; the event `task.done` tells the outcome, and names nobody.
"""

from datetime import datetime

from store import contacts, events, tasks
from store.database import Connection, Database
from store.events import NewEvent
from store.tasks import Task

SOURCE = "relance"
DONE = "task.done"


class UnknownTask(LookupError):
    """There is no task of this number, or its contact was erased."""


class NotYours(ValueError):
    """Somebody else took it, or it is done; the message says who, and what came of it."""


async def take(database: Database, id_: int, who: str, now: datetime) -> Task:
    """Let somebody do a task; harmless to repeat. Raises UnknownTask or NotYours."""
    async with database.transaction() as connection:
        found = await _locked(connection, id_, now)
        if not await tasks.take(connection, id_, who, now):
            raise NotYours(_state_of(found))
        return await _one(connection, id_, now)


async def done(database: Database, id_: int, who: str, outcome: str, now: datetime) -> Task:
    """Note what came of a task, and raise `task.done`, which waits and triggers hear.

    Harmless to repeat with the same outcome. Raises UnknownTask, or NotYours where it is done otherwise.
    """
    async with database.transaction() as connection:
        found = await _locked(connection, id_, now)
        if await tasks.done(connection, id_, who, outcome, now):
            await events.append(connection, [_event(found, outcome, now)], now)
        elif found.outcome != outcome:
            raise NotYours(_state_of(found))
        return await _one(connection, id_, now)


async def _locked(connection: Connection, id_: int, now: datetime) -> Task:
    """The task, behind the lock of its contact."""
    found = await _one(connection, id_, now)
    await contacts.lock(connection, [found.contact_id])
    return await _one(connection, id_, now)


async def _one(connection: Connection, id_: int, now: datetime) -> Task:
    found = await tasks.listed(connection, now, id_=id_, states=tasks.OPEN + tasks.DONE)
    if not found:
        raise UnknownTask(f"there is no task {id_}")
    return found[0]


def _event(task: Task, outcome: str, now: datetime) -> NewEvent:
    told = {"task": task.task, "team": task.team, "outcome": outcome}
    told |= {"scenario": task.scenario, "step": task.step}
    return NewEvent(SOURCE, f"task/{task.id}", DONE, task.contact_id, now, told)


def _state_of(task: Task) -> str:
    if task.state == "done":
        return f"task {task.id} was done by {task.done_by}: {task.outcome}"
    return f"task {task.id} was taken by {task.taken_by}"
