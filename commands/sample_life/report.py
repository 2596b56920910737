"""The month in figures: read from the base, drawn as tables."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from commands.sample_life.invariants import Invariant
from store.database import Connection, queries

COLUMNS = ("scenario", "entered", "held out", "email", "sms", "delayed", "not sent", "goals", "under way")


@dataclass
class Tally:
    """One scenario's month."""

    entered: int = 0
    active: int = 0
    goals: int = 0
    held_out: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    delayed: dict[str, int] = field(default_factory=dict)
    given_up: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """Everything that the last table shows."""

    tallies: dict[str, Tally]
    opt_outs: list[tuple[str, int]]

    @property
    def sent(self) -> int:
        """Messages that left, over all scenarios and channels."""
        return sum(sum(tally.sent.values()) for tally in self.tallies.values())


async def read(connection: Connection, since: datetime) -> Report:
    """The figures from `since` on."""

    async def rows(name: str) -> list[dict[str, Any]]:
        cursor = await connection.execute(queries("tallies")[name], {"since": since})
        return await cursor.fetchall()

    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in await rows("scenarios"):
        tallies[row["scenario"]] = Tally(row["entered"], row["active"], row["goals"], row["held_out"])
    for row in await rows("sent"):
        tallies[row["scenario"]].sent[row["channel"]] = row["messages"]
    for row in await rows("delayed"):
        tallies[row["scenario"]].delayed[row["rule"]] = row["messages"]
    for row in await rows("given_up"):
        named = row["rule"] not in (None, row["because"])
        reason = f"{row['because']}: {row['rule']}" if named else row["because"]
        tallies[row["scenario"]].given_up[reason] = row["messages"]
    outs = [(f"{row['what']}, {row['detail']}", row["people"]) for row in await rows("opt_outs")]
    return Report(dict(tallies), outs)


def final_table(report: Report) -> Group:
    """The whole month: the figures, the reasons behind delays and refusals, and who opted out."""
    reasons = Table(title="Why messages were delayed or not sent", title_justify="left")
    for heading in ("scenario", "what", "rule"):
        reasons.add_column(heading)
    reasons.add_column("messages", justify="right")
    for name, tally in sorted(report.tallies.items()):
        for rule, count in tally.delayed.items():
            reasons.add_row(name, "delayed", rule, str(count))
        for rule, count in tally.given_up.items():
            reasons.add_row(name, "not sent", rule, str(count))
    outs = Table(title="Opt-outs and dead addresses", title_justify="left")
    outs.add_column("what")
    outs.add_column("people", justify="right")
    for what, people in report.opt_outs:
        outs.add_row(what, str(people))
    return Group(live_table(report, "The month, scenario by scenario"), Text(), reasons, Text(), outs)


def live_table(report: Report, heading: str) -> Table:
    """The month so far, a line a scenario."""
    table = Table(title=heading, title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "scenario" else "right")
    for name, tally in sorted(report.tallies.items()):
        table.add_row(
            name,
            str(tally.entered),
            str(tally.held_out),
            str(tally.sent.get("email", 0)),
            str(tally.sent.get("sms", 0)),
            str(sum(tally.delayed.values())),
            str(sum(tally.given_up.values())),
            str(tally.goals),
            str(tally.active),
        )
    return table


def one_line(report: Report) -> str:
    """The month so far, for a log."""
    emails = sum(tally.sent.get("email", 0) for tally in report.tallies.values())
    sms = sum(tally.sent.get("sms", 0) for tally in report.tallies.values())
    delayed = sum(sum(tally.delayed.values()) for tally in report.tallies.values())
    given_up = sum(sum(tally.given_up.values()) for tally in report.tallies.values())
    entered = sum(tally.entered for tally in report.tallies.values())
    goals = sum(tally.goals for tally in report.tallies.values())
    return (
        f"{entered} entered, {emails} emails and {sms} SMS sent, "
        f"{delayed} delayed, {given_up} not sent, {goals} goals"
    )


def invariants_table(invariants: Sequence[Invariant]) -> Table:
    """What was promised, and whether it held."""
    table = Table(title="What must hold", title_justify="left")
    for heading in ("promise", "held", "counted"):
        table.add_column(heading)
    for each in invariants:
        mark = Text("yes", style="green") if each.holds else Text("NO", style="bold red")
        table.add_row(each.promise, mark, each.detail)
    return table
