"""The inbox of tasks over HTTP: listed by team, taken, done; and the studio's page of it."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Body, Depends, Path, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from engine import masking
from engine import tasks as inbox
from engine.access import AccessKey
from engine.contact_shapes import Shape
from engine.tasks import NotYours, UnknownTask
from store import tasks
from store.tasks import DONE, OPEN, State, Task
from web.access import Scoped
from web.examples import DONE_EXAMPLES, TAKE_EXAMPLES
from web.frame import frame
from web.pages import page
from web.problems import Problem
from web.services import Services, Use
from web.visits import Here

MOST = 1000
LONGEST = 500

ForTasks = Annotated[AccessKey, Depends(Scoped("tasks"))]
Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="The task's number.")]
Who = Annotated[str, Field(min_length=1, max_length=200, description="Who does it, by your own name or id.")]


class TasksOut(BaseModel):
    """Tasks, the most urgent first."""

    tasks: list[Task]


class TakeIn(Shape):
    """Who takes a task."""

    by: Who


class DoneIn(Shape):
    """What came of a task."""

    by: Who
    outcome: str = Field(
        min_length=1,
        max_length=LONGEST,
        description="The `outcome` of the event `task.done`.",
    )


Take = Annotated[TakeIn, Body(openapi_examples=TAKE_EXAMPLES)]
Done = Annotated[DoneIn, Body(openapi_examples=DONE_EXAMPLES)]


async def get_tasks(
    services: Use,
    key: ForTasks,
    *,
    team: Annotated[str | None, Query(max_length=200, description="Only of this team.")] = None,
    state: Annotated[State | None, Query(description="Without it those that are not done.")] = None,
    late: Annotated[bool, Query(description="Only those that should have been done by now.")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
) -> TasksOut:
    """List what scenarios ask people to do, the most urgent first."""
    del key
    states = (state,) if state else OPEN
    async with services.database.connection() as connection:
        found = await tasks.listed(
            connection, services.clock.now(), team=team, states=states, late=late, limit=limit
        )
    return TasksOut(tasks=found)


async def post_take(services: Use, key: ForTasks, task_id: Number, body: Take) -> Task:
    """Take a task, so that nobody else begins it; 409 where somebody has. Harmless to repeat."""
    del key
    try:
        return await inbox.take(services.database, task_id, body.by, services.clock.now())
    except (NotYours, UnknownTask) as error:
        raise problem_of(error) from None


async def post_done(services: Use, key: ForTasks, task_id: Number, body: Done) -> Task:
    """Say what came of a task: it raises `task.done` for its contact. Harmless to repeat."""
    del key
    try:
        return await inbox.done(services.database, task_id, body.by, body.outcome, services.clock.now())
    except (NotYours, UnknownTask) as error:
        raise problem_of(error) from None


def problem_of(error: NotYours | UnknownTask) -> Problem:
    """What is said of a task that cannot be taken or done."""
    if isinstance(error, UnknownTask):
        return Problem(404, "unknown-task", "There is no such task", f"{error}: list them at GET /v1/tasks.")
    return Problem(409, "task-not-yours", "The task is not yours", f"{error}.")


async def show(services: Use, visit: Here, team: str = "") -> HTMLResponse:
    """The studio's page: what is open, by team, and what was done last."""
    shown = await _shown(services, team, masked=visit.masked)
    return page("tasks.html", **await frame(services, visit, "tasks"), **shown)


async def _shown(services: Services, team: str, *, masked: bool) -> dict[str, Any]:
    now, asked = services.clock.now(), team or None
    async with services.database.connection() as connection:
        open_tasks = await tasks.listed(connection, now, team=asked)
        done_tasks = await tasks.listed(connection, now, team=asked, states=DONE, limit=20)
    if masked:
        done_tasks = [replace(each, outcome=masking.words(each.outcome or "")) for each in done_tasks]
    return {"team": team, "open_tasks": open_tasks, "done_tasks": done_tasks}
