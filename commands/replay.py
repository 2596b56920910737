"""`relance replay`: a run decided again from the facts that are recorded."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.options import FORMAT, NUMBER
from commands.running import Failed, with_plans
from commands.sightings import note
from commands.tables import plural, show_json

if TYPE_CHECKING:
    from datetime import datetime

    from engine.plans import Plans
    from engine.replayed import Looked, Replay, Said, Step
    from store.database import Database


@click.command(name="replay", epilog="Example: relance replay 17", short_help="Decide a past run again.")
@click.argument("run", type=NUMBER)
@FORMAT
def command(run: int, form: str) -> None:
    """Decide RUN again, step by step, from the facts that were recorded, and say where it differs.

    Each decision is made anew by the same code, by the version and the policy of then, with what was known
    then and no more. Ends with 0 when the same trail comes out, with 1 when it differs, with 2 when the run
    cannot be replayed. Times are the person's own.
    """

    async def work(database: "Database", plans: "Plans", now: "datetime") -> "Replay":
        from engine.replay import NotRecorded, UnknownRun, replay

        async with database.connection() as connection:
            try:
                found = await replay(connection, plans, run)
            except UnknownRun as error:
                raise Failed(str(error)) from None
            except NotRecorded as error:
                raise Failed(f"run {run} cannot be replayed: {error}") from None
        await note(database, "relance replay", found.contact, now)
        return found

    found = with_plans(work)
    if form == "json":
        show_json({**asdict(found), "same": found.same})
    else:
        click.echo("\n".join(_page(found)))
    if not found.same:
        raise click.exceptions.Exit(1)


def _page(found: "Replay") -> Iterator[str]:
    from engine import words

    yield f"run {found.run}: {found.contact} in {found.scenario} ({found.zone})"
    for step in found.steps:
        yield ""
        yield f"{step.sequence:>3}  {words.at(step.at, found.zone)}  {_woken(step)}"
        if step.looked_at is not None:
            yield f"     knew: {_knew(step.looked_at)}"
        yield from _said(step)
    yield ""
    if found.same:
        yield f"same: {plural(len(found.steps), 'decision')}, as recorded"
    else:
        yield f"differs: {found.difference}"


def _woken(step: "Step") -> str:
    version = f"version {step.version}"
    if step.outcome == "from outside":
        return f"({version}) from outside"
    at = f"at {step.position}, " if step.position else ""
    return f"{at}{version}, woken by {', '.join(step.woken_by) or 'its time, or a message of it'}"


def _knew(looked: "Looked") -> str:
    known = [plural(looked.events, "event")]
    known += [f"message {', '.join(looked.messages)}"] if looked.messages else []
    known += [f"consent to {', '.join(looked.consents)}"] if looked.consents else ["no consent"]
    known += [f"suppressed {', '.join(looked.suppressed)}"] if looked.suppressed else []
    known += [f"paused {', '.join(looked.paused)}"] if looked.paused else []
    known += [f"no codes in {', '.join(looked.empty_pools)}"] if looked.empty_pools else []
    return "; ".join(known)


def _said(step: "Step") -> Iterator[str]:
    if step.outcome == "undecided":
        yield from (f"     ? {each.text} (then; it can be decided now)" for each in step.recorded)
        return
    if step.outcome != "differs":
        yield from (f"     = {each.text}" for each in step.decided)
        if not step.decided:
            yield "     = nothing to do"
        return
    for then, now in _beside(step.recorded, step.decided):
        if then == now and then is not None:
            yield f"     = {then.text}"
            continue
        yield f"     then  {then.text if then else '-'}"
        yield f"     now   {now.text if now else '-'}"


def _beside(
    recorded: "tuple[Said, ...]", decided: "tuple[Said, ...]"
) -> "Iterator[tuple[Said | None, Said | None]]":
    from itertools import zip_longest

    return zip_longest(recorded, decided)
