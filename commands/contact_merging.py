"""`relance contacts merge` and `unmerge`: two contacts that turned out to be one person, and back."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.accounts import account
from commands.options import FORMAT
from commands.running import Failed, with_plans
from commands.tables import plural, show_json, table

if TYPE_CHECKING:
    from datetime import datetime

    from engine.merging import Merged
    from engine.plans import Plans
    from engine.unmerging import Unmerged
    from store.database import Database

DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would become of it, and change nothing.")


@click.command(epilog="Example: relance contacts merge c_42 c_1007 --dry-run")
@click.argument("winner")
@click.argument("loser")
@DRY_RUN
@FORMAT
def merge(winner: str, loser: str, *, dry_run: bool, form: str) -> None:
    """Make LOSER part of WINNER, who are one person, and say what became of runs, limits, consents and codes.

    Of two active runs of a scenario and key the older goes on, what either objected to is objected to, and
    messages of both count for limits. Undone within 30 days by `relance contacts unmerge`.
    """

    async def work(database: "Database", plans: "Plans", now: "datetime") -> "Merged":
        from engine.merging import CannotMerge
        from engine.merging import merge as join

        try:
            return await join(database, plans, winner, loser, actor=account(), now=now, dry_run=dry_run)
        except CannotMerge as error:
            raise Failed(str(error)) from None

    told = with_plans(work)
    if form == "json":
        show_json({**asdict(told), "dry_run": dry_run})
    else:
        click.echo("\n".join(_merged(told, dry_run=dry_run)))


@click.command(epilog="Example: relance contacts unmerge 3")
@click.argument("merge_id", metavar="ID", type=click.IntRange(min=1))
@DRY_RUN
@FORMAT
def unmerge(merge_id: int, *, dry_run: bool, form: str) -> None:
    """Undo the merge ID, of the last 30 days: what it moved goes back, and runs that it ended go on.

    What came after it stays with the winner.
    """

    async def work(database: "Database", plans: "Plans", now: "datetime") -> "Unmerged":
        from engine.merging import CannotMerge
        from engine.unmerging import unmerge as part

        try:
            return await part(database, plans, merge_id, actor=account(), now=now, dry_run=dry_run)
        except CannotMerge as error:
            raise Failed(str(error)) from None

    told = with_plans(work)
    if form == "json":
        show_json({**asdict(told), "dry_run": dry_run})
    else:
        click.echo("\n".join(_unmerged(told, dry_run=dry_run)))


def _counts(told: "Merged") -> list[tuple[str, str, str]]:
    """What is told by its number or its names, each with what it was before and is after."""
    count = told.messages
    both = f"{count['winner']} and {count['loser']}"
    rows = [
        ("messages of 30 days", both, f"{count['after']} count for limits"),
        ("places given back", "", f"{told.released}, which ask anew"),
        ("codes taken", f"{told.codes} of {told.loser}", "stay with their runs"),
        ("attributes filled", "unknown", ", ".join(told.filled) or "none"),
        ("attributes that differ", ", ".join(told.kept) or "none", f"those of {told.winner} hold"),
    ]
    if told.household:
        home = told.household
        both = f"{home.winner or 'none'} and {home.loser or 'none'}"
        rows.append(("household", both, f"{home.after}; messages count where they went"))
    return rows


def _merged(told: "Merged", *, dry_run: bool) -> Iterator[str]:
    """What became of each kind of thing, before and after."""
    runs = [(each.run, each.scenario, each.key or "", each.of, each.before, each.after) for each in told.runs]
    if runs:
        yield table(("run", "scenario", "key", "of", "before", "after"), runs)
        yield ""
    consents = [
        (each.topic, each.channel, each.winner or "nothing", each.loser or "nothing", each.after)
        for each in told.consents
    ]
    if consents:
        yield table(("topic", "channel", told.winner, told.loser, "after"), consents)
        yield ""
    yield table(("", "before", "after"), _counts(told))
    yield ""
    if dry_run:
        yield f"{told.loser} would become part of {told.winner}; nothing was changed"
    else:
        how = f"until {told.undo_until:%Y-%m-%d} undone by relance contacts unmerge {told.id}"
        yield f"{told.loser} is part of {told.winner}: {how}"


def _unmerged(told: "Unmerged", *, dry_run: bool) -> Iterator[str]:
    rows = [(name, count) for name, count in told.moved.items()]
    if rows:
        yield table((f"back to {told.loser}", "rows"), rows)
        yield ""
    would = "would go" if dry_run else "go"
    yield f"{plural(len(told.going_on), 'run')} that the merge ended {would} on"
    if told.lost:
        yield f"stay ended, since another run took their place: {', '.join(map(str, told.lost))}"
    if told.kept:
        yield f"{told.winner} keeps what was changed since: {', '.join(told.kept)}"
    done = "would be two again; nothing was changed" if dry_run else "are two again"
    yield f"{told.winner} and {told.loser} {done}"
