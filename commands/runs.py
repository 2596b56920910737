"""`relance runs`: who is under way, where one stands, and how to stop."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from commands.accounts import account
from commands.options import FORMAT, NUMBER
from commands.running import Failed, settings, with_database, with_plans
from commands.sightings import note
from commands.tables import minutes, plural, show_json, table

if TYPE_CHECKING:
    from datetime import datetime

    from engine.plans import Plans
    from engine.run_view import RunView
    from engine.stopping import Stopped
    from store.database import Database
    from store.operations import Choice, Chosen


WORTH_A_BAR = 2000
"""From so many runs on stopping takes long enough to be watched."""


@click.group(name="runs")
def command() -> None:
    """Show who is under way in which scenario, and stop them."""


@command.command(name="list", epilog="Example: relance runs list --scenario welcome --status active")
@click.option("--scenario", help="Only of this scenario.")
@click.option("--contact", help="Only of this contact.")
@click.option(
    "--status", type=click.Choice(["active", "ended"]), help="Only those under way, or only the others."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@FORMAT
def list_(scenario: str | None, contact: str | None, status: str | None, limit: int, form: str) -> None:
    """List runs, the newest entry first. Times are UTC."""

    async def work(database: "Database") -> list[dict[str, Any]]:
        from store import operations, pauses

        async with database.connection() as connection:
            if scenario and not await pauses.scenario_exists(connection, scenario):
                raise Failed(f"there is no scenario `{scenario}`: see `relance plan`")
            return await operations.listed(
                connection, scenario=scenario, contact=contact, status=status, limit=limit
            )

    rows = with_database(work)
    if form == "json":
        show_json(rows)
        return
    if not rows:
        click.echo("no run is like that")
        return
    headings = ("run", "scenario", "contact", "entered", "stands", "next look", "said last")
    click.echo(table(headings, [_line(row) for row in rows]))
    if len(rows) == limit:
        click.echo(f"the newest {limit}; --limit shows more", err=True)


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    stands = f"at {row['position']}" if row["status"] == "active" else f"ended: {row['end_reason']}"
    name = f"{row['scenario']} v{row['version']}"
    return (
        row["id"],
        name,
        row["contact_id"],
        minutes(row["entered_at"]),
        stands,
        minutes(row["due_at"]),
        row["last_words"],
    )


@command.command(epilog="Example: relance runs show 17")
@click.argument("run", type=NUMBER)
@FORMAT
def show(run: int, form: str) -> None:
    """Show RUN: where it is, what it waits for, its variables, trail, messages and workflow.

    Times are the person's own.
    """

    async def work(database: "Database", plans: "Plans", now: "datetime") -> "RunView | None":
        from engine.run_view import view

        async with database.connection() as connection:
            found = await view(connection, plans, run, now)
        if found is not None:
            await note(database, "relance runs show", found.contact, now)
        return found

    found = with_plans(work)
    if found is None:
        raise Failed(f"there is no run {run}: see `relance runs list`")
    link = _link(found.workflow_id)
    if form == "json":
        values = asdict(found)
        workflow = {"id": values.pop("workflow_id"), "people": values.pop("group_size"), "link": link}
        show_json(values | {"workflow": workflow})
        return
    click.echo(_page(found, link))


def _link(workflow_id: str) -> str | None:
    """The workflow in the Temporal UI, where one is set."""
    from worker import temporal_config

    chosen = settings().temporal_ui
    if not chosen:
        return None
    namespace = quote(temporal_config().get("namespace", "default"))
    return f"{chosen.rstrip('/')}/namespaces/{namespace}/workflows/{quote(workflow_id, safe='')}"


def _page(found: "RunView", link: str | None) -> str:
    from engine import words

    def when(instant: Any) -> str | None:
        return words.at(instant, found.zone) if instant else None

    lines = [
        f"run {found.id}: {found.contact} in {found.scenario}, version {found.version}",
        *_standing(found, when),
        *([f"  key        {found.key}"] if found.key else []),
        *(["  holdout    what would be sent is recorded and withheld"] if found.holdout else []),
        *(f"  variable   {name} = {value}" for name, value in found.variables.items()),
        f"  workflow   {found.workflow_id}"
        + (f" (shared by {found.group_size} people)" if found.group_size > 1 else ""),
        f"             {link or 'set RELANCE_TEMPORAL_UI for its address in the Temporal UI'}",
    ]
    if found.messages:
        headings = ("message", "channel", "state", "when", "why")
        rows = [
            (m["message"], m["channel"], m["state"], when(m["sent_at"] or m["planned_at"]), m["reason"])
            for m in found.messages
        ]
        lines += ["", table(headings, rows)]
    trail = [(when(line["at"]), line["step"], line["what"], line["text"]) for line in found.trail]
    return "\n".join([*lines, "", table(("when", "step", "what", "said"), trail)])


def _standing(found: "RunView", when: Any) -> list[str]:
    lines = [f"  entered    {when(found.entered_at)}"]
    if found.goal_at:
        lines.append(f"  goal       {when(found.goal_at)}")
    if found.status == "ended":
        return [*lines, f"  ended      {when(found.ended_at)}: {found.end_reason}"]
    step = f" ({found.step})" if found.step else ""
    return [*lines, f"  at         {found.position}{step}", f"  waits for  {found.waits_for}"]


@command.command(epilog="Example: relance runs stop --scenario welcome --yes")
@click.argument("run", type=NUMBER, required=False)
@click.option("--contact", help="Every run of this contact.")
@click.option("--scenario", help="Every run of this scenario; with --contact, theirs in it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@FORMAT
def stop(run: int | None, contact: str | None, scenario: str | None, *, yes: bool, form: str) -> None:
    """Stop RUN, or the runs of a contact or a scenario: they end as `stopped`.

    Says first how many that is, and asks. Messages that have a place are released in the same transaction;
    what was handed to a provider already has left. People may enter again: to keep them out use `relance
    pause`. With --format json nothing is asked, and without --yes nothing is stopped.
    """
    from store.operations import Choice

    if (run is None) == (contact is None and scenario is None):
        raise click.UsageError("say which: a RUN, --contact, --scenario, or the last two together")
    choice = Choice(run, scenario, contact)
    chosen = with_database(lambda database: _preview(database, choice))
    if not chosen.runs:
        raise Failed("no active run is like that: see `relance runs list --status active`")
    if form == "text":
        reserved = plural(chosen.messages, "reserved message")
        click.echo(f"{plural(chosen.runs, 'active run')} would end, and {reserved} would be released.")
        if not yes:
            click.confirm("Stop?", abort=True)
    done = with_database(lambda database: _stop(database, choice, chosen)) if yes or form == "text" else None
    if form == "json":
        ended = asdict(done) if done else {"runs": 0, "messages": 0}
        show_json({"would_stop": {"runs": chosen.runs, "messages": chosen.messages}, "stopped": ended})
    elif done:
        click.echo(f"{plural(done.runs, 'run')} stopped, {plural(done.messages, 'message')} released")


async def _preview(database: "Database", choice: "Choice") -> "Chosen":
    from engine.stopping import preview

    return await preview(database, choice)


async def _stop(database: "Database", choice: "Choice", chosen: "Chosen") -> "Stopped":
    from engine.stopping import stop as stop_runs
    from worker import stored_clock

    now = (await stored_clock(database)).now()
    hidden = chosen.runs < WORTH_A_BAR
    with click.progressbar(length=chosen.runs, label="stopping", file=sys.stderr, hidden=hidden) as bar:
        return await stop_runs(database, choice, chosen.newest, actor=account(), now=now, beat=bar.update)
