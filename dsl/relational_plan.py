"""The whole relational plan, made from the files: programs, scenarios, journey stages and channels.

CRM teams keep it at three levels: a table of all scenarios, a flow chart of each, a detailed sheet of each.
All three come from here, so that none can be out of date.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from dsl import bounds
from dsl import plan as p
from dsl.compiler import CompiledScenario, Project
from dsl.description import Description, describe
from dsl.policy import Policy
from dsl.wording.sending import said_limits
from dsl.wording.speech import listed

JOURNEY = (
    "acqui", "prospect", "welcome", "onboard", "activ", "conver", "purchase", "deliver", "service", "engage",
    "reten", "loyal", "advoc", "refer", "renew", "risk", "win_back", "reactiv", "sunset",
)  # fmt: skip
"""How CRM teams order the stages of a customer's life, by how the words begin."""


@dataclass(frozen=True)
class Row:
    """One scenario as a line of the table, in words."""

    program: str
    stage: str | None
    scenario: str
    title: str
    trigger: str
    audience: str
    channels: tuple[str, ...]
    messages: tuple[str, ...]
    most_messages: int
    """To one person in one run."""
    most_a_week: int | None
    """To one person in any 7 days; None where it is sent as often as the scenario starts."""
    pressure: str
    priority: int
    topic: str
    owner: str
    kpi: str | None
    goal: str | None
    entry: str
    holdout_percent: float
    path: str


@dataclass(frozen=True)
class Sheet:
    """A scenario at all three levels: its row, its plan to be drawn, its description."""

    row: Row
    plan: p.Plan
    description: Description


@dataclass(frozen=True)
class RelationalPlan:
    """A brand's scenarios by program and name, and what holds for all of them."""

    brand: str
    sheets: tuple[Sheet, ...]
    limits: tuple[str, ...]
    week: bounds.Week
    """Messages to one person in any 7 days, over all scenarios."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table."""
        return tuple(sheet.row for sheet in self.sheets)

    @property
    def programs(self) -> tuple[str, ...]:
        """Programs in the order of the table."""
        return tuple(dict.fromkeys(row.program for row in self.rows))

    @property
    def stages(self) -> tuple[str | None, ...]:
        """Journey stages in their usual order; scenarios without one last."""
        named = tuple(sorted({row.stage for row in self.rows if row.stage}, key=stage_place))
        return named if all(row.stage for row in self.rows) else (*named, None)

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel that some scenario sends on."""
        return tuple(sorted({channel for row in self.rows for channel in row.channels}))

    def at(self, program: str, stage: str | None) -> tuple[Row, ...]:
        """The scenarios of a program at a stage of the journey."""
        return tuple(row for row in self.rows if (row.program, row.stage) == (program, stage))


def relational_plan(project: Project) -> RelationalPlan:
    """The relational plan of a project. Raises ValueError where its catalog or policy has mistakes."""
    world = project.world
    places = _places(project.scenarios.values())
    ordered = sorted(project.scenarios.values(), key=lambda each: (*places[each.program], each.name))
    return RelationalPlan(
        brand=world.catalog.brand.name,
        sheets=tuple(_sheet(each, project, world) for each in ordered),
        limits=said_limits(world),
        week=bounds.week_of_all(world.policy, ordered),
    )


def _places(scenarios: Iterable[CompiledScenario]) -> dict[str, tuple[int, str, str]]:
    """Where each program stands: by its earliest stage of the journey, then by name."""
    places: dict[str, tuple[int, str, str]] = {}
    for each in scenarios:
        place = (*stage_place(each.plan.stage), each.program)
        places[each.program] = min(places.get(each.program, place), place)
    return places


def stage_place(stage: str | None) -> tuple[int, str]:
    """The place of a stage in the customer's journey; what has no usual place comes after, by name."""
    order = next(
        (at for at, word in enumerate(JOURNEY) if stage and stage.lower().startswith(word)), len(JOURNEY)
    )
    return (order if stage else len(JOURNEY) + 1), stage or ""


def _sheet(compiled: CompiledScenario, project: Project, world: p.World) -> Sheet:
    said = describe(compiled, world, project.templates)
    return Sheet(_row(compiled, said, world.policy), compiled.plan, said)


def _row(compiled: CompiledScenario, said: Description, policy: Policy) -> Row:
    plan = compiled.plan
    candidates = _candidates(plan)
    return Row(
        program=plan.program,
        stage=plan.stage,
        scenario=plan.scenario,
        title=plan.title,
        trigger=" ".join(said.starts),
        audience="; ".join(said.audience) or "everybody",
        channels=tuple(dict.fromkeys(each.channel for each in candidates)),
        messages=tuple(dict.fromkeys(sheet.title for sheet in said.messages)),
        most_messages=plan.max_messages,
        most_a_week=bounds.week_of(policy, compiled),
        pressure=_pressure(candidates, policy),
        priority=plan.priority,
        topic=plan.topic,
        owner=plan.owner,
        kpi=plan.kpi,
        goal=said.goal,
        entry=said.entry[0],
        holdout_percent=float(plan.holdout * Decimal(100)),
        path=compiled.path,
    )


def _candidates(plan: p.Plan) -> list[p.Candidate]:
    steps = [step for step in plan.steps if isinstance(step, p.MessageStep)]
    return [candidate for step in steps for candidate in step.candidates]


def _pressure(candidates: Iterable[p.Candidate], policy: Policy) -> str:
    """The classes of a scenario's messages, each limited or free of limits."""
    pressure = policy.pressure
    said = {(each.message_class, pressure.exempts(each.message_class, each.tags)) for each in candidates}
    words = (f"{name}, {'free of limits' if is_free else 'limited'}" for name, is_free in sorted(said))
    return listed(words) or "sends nothing"


COLUMNS = (
    "program", "stage", "scenario", "title", "trigger", "audience", "channels", "messages", "most_messages",
    "most_a_week", "pressure", "priority", "topic", "owner", "kpi", "goal", "entry", "holdout_percent",
    "path",
)  # fmt: skip


def table(plan: RelationalPlan) -> str:
    """The table as CSV (RFC 4180, comma, with a line of names); lists are joined by `; `."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in plan.rows:
        writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])
    return written.getvalue()


def _cell(value: object) -> str:
    """A value as a spreadsheet takes it: never as a formula (OWASP, CSV injection)."""
    text = "; ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
