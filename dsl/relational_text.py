"""The relational plan as text, program by program, for a terminal."""

from collections.abc import Iterator
from textwrap import fill

from dsl.relational_plan import RelationalPlan, Row
from dsl.wording.speech import channel_name, listed, quoted

WIDTH = 100
LABEL = 10


def text(plan: RelationalPlan) -> str:
    """Every scenario in a few lines, under its program; then what bounds them all."""
    blocks = [
        f"{plan.brand}: {_several(len(plan.rows), 'scenario')} in {_several(len(plan.programs), 'program')}"
    ]
    for program in plan.programs:
        blocks.append(program.upper() or "WITHOUT A PROGRAM")
        blocks += ["\n".join(_lines(row)) for row in plan.rows if row.program == program]
    blocks.append(_bound(plan))
    return "\n\n".join(blocks) + "\n"


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _lines(row: Row) -> Iterator[str]:
    yield f"  {row.title} ({row.scenario})"
    most = f"at most {_several(row.most_messages, 'message')} a run" if row.most_messages else "no message"
    sends = (
        f"{listed(map(channel_name, row.channels))}: {', '.join(map(quoted, row.messages))}; {most}"
        if row.channels
        else most
    )
    facts = {
        "stage": row.stage,
        "starts": row.trigger,
        "for": row.audience,
        "sends": sends,
        "pressure": f"{row.pressure}; priority {row.priority}; topic {row.topic}",
        "owner": row.owner,
        "KPI": row.kpi,
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
    if plan.most_a_week is None:
        return "No limit bounds the messages to one person in a week."
    most = _several(plan.most_a_week, "limited message")
    return f"At most {most} to one person in any 7 days, over all scenarios."
