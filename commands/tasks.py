"""`relance tasks`: what scenarios ask people to do."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.accounts import account
from commands.options import FORMAT
from commands.running import Failed, with_database
from commands.tables import minutes, show_json, table

if TYPE_CHECKING:
    from store.database import Database
    from store.tasks import Task

NUMBER = click.argument("task", type=click.IntRange(1, 2**63 - 1))
BY = click.option("--by", default=None, help="Who; you, where it is left out.")


@click.group(name="tasks")
def command() -> None:
    """The inbox of what scenarios ask people to do: calls, visits, letters."""


@command.command(name="list", epilog="Example: relance tasks list --team store_75011 --late")
@click.option("--team", help="Only of this team.")
@click.option("--late", is_flag=True, help="Only those that should have been done by now.")
@click.option("--done", "over", is_flag=True, help="Those that are done, the last one first.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="How many.")
@FORMAT
def list_(*, team: str | None, late: bool, over: bool, limit: int, form: str) -> None:
    """List tasks, the most urgent first. Times are UTC."""

    async def work(database: "Database") -> "list[Task]":
        from store import tasks
        from worker import stored_clock

        now = (await stored_clock(database)).now()
        async with database.connection() as connection:
            states = tasks.DONE if over else tasks.OPEN
            return await tasks.listed(connection, now, team=team, states=states, late=late, limit=limit)

    found = with_database(work)
    if form == "json":
        show_json([asdict(each) for each in found])
        return
    if not found:
        click.echo("nothing to do")
        return
    headings = ("task", "what", "team", "contact", "due", "who", "outcome" if over else "")
    click.echo(table(headings, [_row(each) for each in found]))


def _row(each: "Task") -> tuple[object, ...]:
    last = each.outcome if each.state == "done" else ("late" if each.late else "")
    who = each.done_by or each.taken_by
    return each.id, each.task, each.team, each.contact_id, minutes(each.due_at), who, last


@command.command(epilog="Example: relance tasks take 17 --by marie")
@NUMBER
@BY
@FORMAT
def take(task: int, by: str | None, form: str) -> None:
    """Say that TASK is yours, so that nobody else begins it."""
    from engine import tasks

    found = _change(lambda database, who, now: tasks.take(database, task, who, now), by)
    _show(found, form, f"task {task} is taken by {found.taken_by}")


@command.command(epilog="Example: relance tasks done 17 --outcome 'comes on Friday'")
@NUMBER
@click.option("--outcome", required=True, help="What came of it; scenarios see it in the event task.done.")
@BY
@FORMAT
def done(task: int, outcome: str, by: str | None, form: str) -> None:
    """Say what came of TASK: the event `task.done` of its contact tells it to scenarios."""
    from engine import tasks

    found = _change(lambda database, who, now: tasks.done(database, task, who, outcome, now), by)
    _show(found, form, f"task {task} is done: {outcome}")


def _change(change: "Callable[..., Awaitable[Task]]", by: str | None) -> "Task":
    async def work(database: "Database") -> "Task":
        from engine.tasks import NotYours, UnknownTask
        from worker import stored_clock

        now = (await stored_clock(database)).now()
        try:
            return await change(database, by or account(), now)
        except (NotYours, UnknownTask) as error:
            raise Failed(str(error)) from None

    return with_database(work)


def _show(found: "Task", form: str, words: str) -> None:
    if form == "json":
        show_json(asdict(found))
    else:
        click.echo(words)
