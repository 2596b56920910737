"""What came of scenarios: entries, messages, refusals by rule, goals, and the difference that they make."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dsl.diagram_words import duration, pattern
from dsl.plan import Plan
from engine.conversions import later
from engine.plans import Plans
from engine.uplift import Uplift, uplift
from store import pauses, reports
from store.database import Connection, Row


class UnknownScenario(LookupError):
    """No scenario of this name was ever published."""


@dataclass
class Side:
    """Those who got a scenario, or those who were held out of it. `goals`: entries that reached it in time.

    `still_open`: entries without a goal whose window is not over yet.
    """

    entered: int = 0
    active: int = 0
    goals: int = 0
    still_open: int = 0

    @property
    def conversion(self) -> float | None:
        """Share of entries that reached the goal, in percent."""
        return round(100 * self.goals / self.entered, 2) if self.entered else None


@dataclass
class ScenarioReport:
    """One scenario. `goal` is None where it has none; counts by rule are (rule, how many), the most first."""

    scenario: str
    title: str
    goal: str | None
    got_it: Side = field(default_factory=Side)
    held_out: Side = field(default_factory=Side)
    messages: list[Row] = field(default_factory=list)
    not_sent: list[tuple[str, int]] = field(default_factory=list)
    not_entered: list[tuple[str, int]] = field(default_factory=list)
    ends: list[tuple[str, int]] = field(default_factory=list)

    @property
    def uplift(self) -> Uplift | None:
        """What the scenario adds to the conversion of those held out; None without a goal or a holdout."""
        if self.goal is None:
            return None
        got, out = self.got_it, self.held_out
        return uplift(got.goals, got.entered, out.goals, out.entered)


async def report(
    connection: Connection, plans: Plans, scenario: str | None, since: datetime | None, now: datetime
) -> list[ScenarioReport]:
    """Reports by name: of one scenario, or of those in force and those that people entered.

    `since`: entries and messages from then on. Raises UnknownScenario.
    """
    if scenario and not await pauses.scenario_exists(connection, scenario):
        raise UnknownScenario(f"there is no scenario `{scenario}`: see `relance plan`")
    entered = await reports.counted(connection, "entered", scenario, since)
    current = {
        name: found for name, found in (await plans.current(connection)).items() if scenario in (None, name)
    }
    newest = {row["scenario"]: row["version"] for row in entered}
    newest |= {name: version for name, (version, _) in current.items()}
    told = {
        name: _empty(await plans.plan(name, version, connection)) for name, version in sorted(newest.items())
    }
    await _count_entries(connection, plans, told, entered, since, now)
    await _count_the_rest(connection, told, scenario, since)
    return list(told.values())


def _empty(plan: Plan) -> ScenarioReport:
    goal = None
    if plan.goal:
        within = f" within {duration(plan.goal.within)}" if plan.goal.within else ""
        goal = pattern(plan.goal.pattern) + within
    return ScenarioReport(plan.scenario, plan.title, goal)


async def _count_entries(
    connection: Connection,
    plans: Plans,
    told: dict[str, ScenarioReport],
    entered: Sequence[Row],
    since: datetime | None,
    now: datetime,
) -> None:
    for row in entered:
        side = _side(told[row["scenario"]], held_out=row["holdout"])
        side.entered += row["entered"]
        side.active += row["active"]
        side.goals += row["goals"]
    for scenario, version in sorted({(row["scenario"], row["version"]) for row in entered}):
        plan = await plans.plan(scenario, version, connection)
        for held_out, found in (await later(connection, plans, plan, version, since, now)).items():
            side = _side(told[scenario], held_out=held_out)
            side.goals += found.converted
            side.still_open += found.still_open


def _side(report_: ScenarioReport, *, held_out: bool) -> Side:
    return report_.held_out if held_out else report_.got_it


async def _count_the_rest(
    connection: Connection, told: dict[str, ScenarioReport], scenario: str | None, since: datetime | None
) -> None:
    for row in await reports.counted(connection, "messages", scenario, since):
        if row["scenario"] in told:
            told[row["scenario"]].messages.append({k: v for k, v in row.items() if k != "scenario"})
    for row in await reports.counted(connection, "not_sent", scenario, since):
        if row["scenario"] in told:
            named = row["rule"] not in (None, row["because"])
            rule = f"{row['because']}: {row['rule']}" if named else row["because"]
            told[row["scenario"]].not_sent.append((rule, row["messages"]))
    for row in await reports.counted(connection, "not_entered", scenario, since):
        if row["scenario"] in told:
            told[row["scenario"]].not_entered.append((row["reason"], row["times"]))
    for row in await reports.counted(connection, "ends", scenario, since):
        if row["scenario"] in told:
            told[row["scenario"]].ends.append((row["reason"] or "ended", row["runs"]))
