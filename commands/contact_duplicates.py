"""`relance contacts duplicates`: who is one person by the rules of the catalog."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.accounts import account
from commands.options import FORMAT
from commands.progress import progress
from commands.running import with_plans
from commands.tables import plural, show_json, table

if TYPE_CHECKING:
    from datetime import datetime

    from engine.duplicates import Joined, Pair
    from engine.plans import Plans
    from store.database import Database


@click.command(epilog="Example: relance contacts duplicates --merge")
@click.option("--merge", "merging", is_flag=True, help="Merge them: of each value the oldest contact stays.")
@FORMAT
def duplicates(*, merging: bool, form: str) -> None:
    """List contacts who are one person by the rules of the catalog that is published (`merge_on`).

    Rules go in their order. A value that more than 10 contacts have is listed, and nobody merged by it.
    """

    async def work(database: "Database", plans: "Plans", now: "datetime") -> "list[Joined]":
        from engine.duplicates import Joined, find, merge_all

        if merging:
            with progress("merging") as beat:
                return await merge_all(database, plans, actor=account(), now=now, beat=beat)
        async with database.connection() as connection:
            rules = (await plans.world(connection)).catalog.merge_on
            return [Joined(pair, None) for pair in await find(connection, rules)]

    found = with_plans(work)
    if form == "json":
        show_json([{**asdict(each.pair), "merge": each.merge, "why_not": each.why_not} for each in found])
        return
    rows = [(each.pair.rule, each.pair.winner, each.pair.loser, _said(each)) for each in found]
    if rows:
        click.echo(table(("rule", "stays", "goes", "merge" if merging else ""), rows))
        click.echo()
    done = sum(each.merge is not None for each in found)
    click.echo(f"{plural(done, 'merge')} done" if merging else f"{plural(len(found), 'pair')} by merge_on")


def _said(each: "Joined") -> str:
    if each.merge is not None:
        return str(each.merge)
    return each.why_not or _doubt(each.pair)


def _doubt(pair: "Pair") -> str:
    return f"doubtful: {pair.people} have it" if pair.doubtful else ""
