"""The relational plan as text, program by program, for a terminal."""

from collections.abc import Iterator
from textwrap import fill

from dsl.relational_plan import RelationalPlan, Row
from dsl.wording.amounts import of_a_scenario, of_all, several
from dsl.wording.speech import channel_name, listed, quoted

WIDTH = 100
LABEL = 10


def text(plan: RelationalPlan) -> str:
    """Every scenario in a few lines, under its program; then what bounds them all."""
    blocks = [
        f"{plan.brand}: {several(len(plan.rows), 'scenario')} in {several(len(plan.programs), 'program')}"
    ]
    for program in plan.programs:
        blocks.append(program.upper() or "WITHOUT A PROGRAM")
        blocks += ["\n".join(_lines(row)) for row in plan.rows if row.program == program]
    blocks.append(_bound(plan))
    return "\n\n".join(blocks) + "\n"


def _lines(row: Row) -> Iterator[str]:
    yield f"  {row.title} ({row.scenario})"
    most = of_a_scenario(row.most_messages, row.most_a_week)
    sends = (
        f"{listed(map(channel_name, row.channels))}: {', '.join(map(quoted, row.messages))}; {most}"
        if row.channels
        else most
    )
    facts = {
        "stage": row.stage,
        "starts": row.trigger,
        "for": row.audience,
        "entry": row.entry,
        "sends": sends,
        "pressure": f"{row.pressure}; priority {row.priority}; topic {row.topic}" if row.channels else None,
        "goal": row.goal,
        "KPI": row.kpi,
        "owner": row.owner,
    }
    for label, fact in facts.items():
        if fact:
            yield fill(
                fact,
                WIDTH,
                initial_indent=f"    {label:<{LABEL}}",
                subsequent_indent=" " * (LABEL + 4),
                break_on_hyphens=False,
            )


def _bound(plan: RelationalPlan) -> str:
    limits = (
        fill(each, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)
        for each in plan.limits
    )
    return "\n".join([f"ALL TOGETHER, FOR ONE PERSON: {of_all(plan.week)}", *limits])
