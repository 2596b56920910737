"""A scenario described in plain English, from its plan: what a lawyer reads before it is signed."""

from collections.abc import Iterator
from dataclasses import replace

from dsl import flow
from dsl import plan as p
from dsl import scenario as s
from dsl.catalog import Attribute, Catalog
from dsl.compiler import CompiledScenario
from dsl.english import English
from dsl.frozen import dataclass
from dsl.needs import mentions_of
from dsl.nodes import Expression
from dsl.plan_parts import formulas
from dsl.policy import Policy
from dsl.templates import TemplateSet
from dsl.types import Type
from dsl.values import Duration
from dsl.wording import openings
from dsl.wording.actions import called, sentence, ways
from dsl.wording.constants import MONTHS_A_YEAR, duration
from dsl.wording.kinds import kind
from dsl.wording.sending import MessageSheet, messages, open_limits
from dsl.wording.speech import Names, listed, quoted, spaced

DAYS_A_YEAR = 365
UNKNOWN_RULE = (
    "What is not known about a person counts as not fulfilled: "
    "nobody is written to on the strength of a guess."
)


@dataclass(frozen=True)
class Branch:
    """One way out of a step, and what happens on it."""

    when: str
    steps: tuple["Line", ...]


@dataclass(frozen=True)
class Line:
    """One step in a sentence; `number` as people count: `3.1` is the first inside the third."""

    number: str
    step: str
    says: str
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Datum:
    """A personal attribute that the scenario or its messages use."""

    attribute: str
    used_for: str
    purpose: str | None
    source: str | None
    kept: str | None


@dataclass(frozen=True)
class Description:
    """The whole scenario in words. Each text is a sentence of its own, unless it says otherwise."""

    scenario: str
    title: str
    program: str
    owner: str
    stage: str | None
    kpi: str | None
    priority: int
    topic: str
    message_class: str
    times: str
    starts: tuple[str, ...]
    audience: tuple[str, ...]
    """Statements that must all hold; empty for everybody."""
    entry: tuple[str, ...]
    most_messages: int
    messages: tuple[MessageSheet, ...]
    steps: tuple[Line, ...]
    goal: str | None
    exits: tuple[str, ...]
    changes: tuple[str, ...]
    """What events change in a run under way."""
    definitions: tuple[str, ...]
    personal_data: tuple[Datum, ...]
    unknown: str = UNKNOWN_RULE


def describe(compiled: CompiledScenario, world: p.World, templates: TemplateSet) -> Description:
    """The description of a scenario in today's world."""
    plan = compiled.plan
    english = speaker(plan, world)
    return Description(
        scenario=plan.scenario,
        title=plan.title,
        program=plan.program,
        owner=plan.owner,
        stage=plan.stage,
        kpi=plan.kpi,
        priority=plan.priority,
        topic=plan.topic,
        message_class=plan.message_class,
        times=f"All times are in {plan.zone}."
        if plan.zone
        else "All times are in the person's own time zone.",
        starts=openings.starts(plan, english),
        audience=english.conditions(plan.audience.root) if plan.audience else (),
        entry=tuple(openings.entry(plan, english)),
        most_messages=plan.max_messages,
        messages=tuple(messages(plan, world.policy, english)),
        steps=_lines(compiled.scenario.steps, plan, english, ""),
        goal=openings.goal(plan, english),
        exits=tuple(openings.exits(plan, english)),
        changes=tuple(openings.handlers(plan, english)),
        definitions=tuple(_definitions(plan, world, english)),
        personal_data=tuple(_personal_data(plan, world.catalog, world, templates)),
    )


def speaker(plan: p.Plan, world: p.World) -> English:
    """Says the expressions of a plan: its messages have their titles there."""
    steps = {
        step.id: called(step) if isinstance(step, p.MessageStep) else step.title or step.id
        for step in plan.steps
    }
    patterns = [
        each.pattern.event for each in plan.triggers if isinstance(each, p.EventTrigger | p.ReachTrigger)
    ]
    started_by = patterns[0] if len(set(patterns)) == 1 else None
    names = Names(
        world.catalog, steps, started_by, None, world.policy.retention.get("events"), _awaited(plan)
    )
    return English(replace(names, noted=_noted(plan, names)))


def _awaited(plan: p.Plan) -> dict[str, str]:
    """The event that each branch of a `wait_for` holds."""
    steps = [step for step in plan.steps if isinstance(step, p.WaitForStep)]
    return {
        branch.id: branch.pattern.event for step in steps for branch in step.branches if branch.id is not None
    }


def _noted(plan: p.Plan, names: Names) -> dict[str, Type]:
    """The types of the run's variables, by what the steps set them to."""
    found: dict[str, Type] = {}
    for step in plan.steps:
        for line in step.assignments if isinstance(step, p.SetStep) else ():
            of = kind(line.value.root, names) if line.value else None
            if line.target[0] == "run" and of is not None:
                found.setdefault(line.target[1], of)
    return found


def _lines(steps: tuple[s.Step, ...], plan: p.Plan, english: English, prefix: str) -> tuple[Line, ...]:
    return tuple(_line(step, plan, english, f"{prefix}{at}") for at, step in enumerate(steps, 1))


def _line(written: s.Step, plan: p.Plan, english: English, number: str) -> Line:
    step = plan.by_id[written.frame.id]
    if isinstance(written, s.RepeatStep):
        branches: tuple[Branch, ...] = (
            Branch("Each time", _lines(written.steps, plan, english, f"{number}.")),
        )
    else:
        branches = tuple(
            Branch(when, _lines(body, plan, english, f"{number}{_letter(position)}."))
            for position, (when, body) in enumerate(zip(ways(step, english), _bodies(written), strict=True))
        )
    return Line(number, step.id, sentence(step, english), branches)


def _bodies(step: s.Step) -> tuple[tuple[s.Step, ...], ...]:
    """What happens on each way out of a step, in the order of `ways`."""
    match step:
        case s.WaitForStep() | s.ChooseStep() | s.SplitStep():
            return tuple(flow.ways(step))
        case s.WaitStep(steps=inner) if inner is not None:
            return inner, ()
    return ()


def _letter(position: int) -> str:
    return chr(ord("a") + position % 26)


def _expressions(plan: p.Plan) -> tuple[Expression, ...]:
    return tuple(each.root for each in formulas(plan))


def _definitions(plan: p.Plan, world: p.World, english: English) -> Iterator[str]:
    """The segments and computed attributes that the scenario stands on, spelt out."""
    asked = [*_expressions(plan), *_asked_by_limits(plan, world.policy)]
    mentioned = mentions_of(asked, world.catalog.attributes, world.segments)
    for name in sorted(mentioned.segments & world.segments.keys()):
        yield f"The segment {quoted(spaced(name))}: {english.clause(world.segments[name].root)}."
    for name in sorted(mentioned.attributes & world.catalog.attributes.keys()):
        computed = world.catalog.attributes[name].computed
        if computed is not None:
            yield f"The person's {spaced(name)} is computed: {english.value(computed)}."


def _asked_by_limits(plan: p.Plan, policy: Policy) -> Iterator[Expression]:
    for step in plan.steps:
        for candidate in step.candidates if isinstance(step, p.MessageStep) else ():
            yield from (when for _, when in open_limits(plan, candidate, policy) if when)


def _personal_data(plan: p.Plan, catalog: Catalog, world: p.World, templates: TemplateSet) -> Iterator[Datum]:
    decides = mentions_of(_expressions(plan), catalog.attributes, world.segments).attributes
    shown = _shown(plan, catalog, templates)
    for name, attribute in catalog.attributes.items():
        if attribute.personal and name in decides | shown:
            yield _datum(attribute, name in decides, name in shown)


def _shown(plan: p.Plan, catalog: Catalog, templates: TemplateSet) -> set[str]:
    """The attributes that the messages' texts name, and the addresses that they go to."""
    found: set[str] = set()
    for step in plan.steps:
        for candidate in step.candidates if isinstance(step, p.MessageStep) else ():
            texts = templates.locales(candidate.message, candidate.channel).values()
            uses = (use.path for text in texts for use in (*text.uses, *text.plain_uses))
            found |= {path[1] for path in uses if path[0] == "contact" and len(path) > 1}
            address = {"email": "email", "sms": "phone"}.get(candidate.channel, "")
            found |= {address} & catalog.attributes.keys()
    return found


def _datum(attribute: Attribute, decides: bool, shown: bool) -> Datum:  # noqa: FBT001 - two facts of one kind
    uses = [*(["deciding"] if decides else []), *(["sending and writing the messages"] if shown else [])]
    kept = duration(_in_years(attribute.keep_days)) if attribute.keep_days else None
    return Datum(attribute.name, listed(uses), attribute.purpose, attribute.source, kept)


def _in_years(days: int) -> Duration:
    """Whole years as such, as the catalog counts them: 365 days."""
    years, rest = divmod(days, DAYS_A_YEAR)
    return Duration(days=days) if rest else Duration(months=years * MONTHS_A_YEAR)
