"""`relance report`: what came of scenarios, and whether they make a difference."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from commands.instants import utc_instant
from commands.options import FORMAT
from commands.running import Failed, with_plans
from commands.tables import plural, show_json, table

if TYPE_CHECKING:
    from datetime import datetime

    from engine.plans import Plans
    from engine.report import ScenarioReport, Side
    from store.database import Database


@click.command(name="report", epilog="Example: relance report welcome --since 2026-11-01")
@click.argument("scenario", required=False)
@click.option("--since", help="Only entries and messages from this day or instant (UTC) on.")
@FORMAT
def command(scenario: str | None, since: str | None, form: str) -> None:
    """Report on SCENARIO, or on all of them: entered, sent, delivered, refused by rule, goals, conversion.

    An entry converts when the goal's event comes within the goal's window, also after the run is over. Those
    who are held out are counted in the same way; the difference is what the scenario adds.
    """
    start = utc_instant("--since", since) if since else None

    async def work(database: "Database", plans: "Plans", now: "datetime") -> "list[ScenarioReport]":
        from engine.report import UnknownScenario, report

        async with database.transaction() as connection:
            try:
                return await report(connection, plans, scenario, start, now)
            except UnknownScenario as error:
                raise Failed(str(error)) from None

    found = with_plans(work)
    if form == "json":
        show_json([_plain(each) for each in found])
    elif scenario:
        click.echo("\n".join(_page(found[0])) if found else f"{scenario}: nobody entered")
    else:
        click.echo(_overview(found))


def _plain(each: "ScenarioReport") -> dict[str, Any]:
    def side(of: "Side") -> dict[str, Any]:
        return {**asdict(of), "conversion": of.conversion if each.goal else None}

    counts = {
        "not_sent": dict(each.not_sent),
        "not_entered": dict(each.not_entered),
        "ends": dict(each.ends),
    }
    found = each.uplift
    return {
        "scenario": each.scenario,
        "title": each.title,
        "goal": each.goal,
        "got_it": side(each.got_it),
        "held_out": side(each.held_out),
        "uplift": {**asdict(found), "certain": found.is_certain} if found else None,
        "messages": each.messages,
        **counts,
    }


def _overview(found: "list[ScenarioReport]") -> str:
    headings = (
        "scenario",
        "entered",
        "under way",
        "sent",
        "delivered",
        "not sent",
        "goals",
        "conversion",
        "adds",
    )
    rows = [
        (
            each.scenario,
            each.got_it.entered + each.held_out.entered,
            each.got_it.active + each.held_out.active,
            sum(row["sent"] for row in each.messages),
            sum(row["delivered"] for row in each.messages),
            sum(count for _, count in each.not_sent),
            each.got_it.goals if each.goal else None,
            _percent(each.got_it) if each.goal else None,
            f"{each.uplift.points:+} points" if each.uplift and each.uplift.is_certain else None,
        )
        for each in found
    ]
    return table(headings, rows) if rows else "nothing is published, and nobody entered anything"


def _page(each: "ScenarioReport") -> Iterator[str]:
    got, out = each.got_it, each.held_out
    yield f"{each.scenario}: {each.title}"
    active, entered = got.active + out.active, got.entered + out.entered
    yield f"  entered      {entered} ({active} under way, {out.entered} held out)"
    for row in each.messages:
        counts = [f"{row['sent']} sent", f"{row['delivered']} delivered", f"{row['failed']} failed"]
        counts += [f"{row[name]} {name}" for name in ("planned", "withheld") if row[name]]
        yield f"  {row['channel']:<12} {', '.join(counts)}"
    for heading, counted in (
        ("not sent", each.not_sent),
        ("not entered", each.not_entered),
        ("ended", each.ends),
    ):
        for rule, count in counted:
            yield f"  {heading:<12} {count}  {rule}"
    if each.goal is None:
        yield "  goal         none, so that there is no conversion"
        return
    yield f"  goal         {each.goal}"
    yield f"  conversion   {_share(got)}"
    if out.entered:
        yield f"  held out     {_share(out)}"
    yield from _difference(each)


def _share(side: "Side") -> str:
    time = f"; {plural(side.still_open, 'entry', 'entries')} may still reach it" if side.still_open else ""
    return f"{_percent(side)} ({side.goals} of {side.entered}{time})"


def _percent(side: "Side") -> str:
    return "-" if side.conversion is None else f"{side.conversion} %"


def _difference(each: "ScenarioReport") -> Iterator[str]:
    found = each.uplift
    if found is None:
        yield "  difference   unknown: nobody was held out (`holdout` in the scenario)"
        return
    judged = "" if found.is_certain else ", which may be chance"
    yield f"  difference   {found.points:+} points (95 %: {found.low:+} to {found.high:+}){judged}"
