"""`relance plan`: the whole relational plan."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options import PROJECT

if TYPE_CHECKING:
    from dsl.relational_plan import RelationalPlan


@click.command(
    epilog="Example: relance plan --format html -o plan.html", short_help="Show the whole relational plan."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "html", "json", "csv"]),
    default="text",
    show_default=True,
    help="A list to read, one page to print or share, data, or a spreadsheet.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write it to a file.",
)
@PROJECT
def command(format_: str, output: Path | None, project: Path) -> None:
    """Show programs and scenarios with trigger, audience, channels, messages, owner, KPI and pressure.

    The HTML page has the three levels at which CRM teams document scenarios: the table, a flow chart and a
    detailed sheet of each. Scenarios with mistakes are not in it: `relance check` must be without errors.
    """
    from commands.outputs import writing
    from commands.running import Failed
    from dsl.compiler import compile_project
    from dsl.relational_plan import relational_plan

    compiled = compile_project(project)
    if compiled.errors:
        count = len(compiled.errors)
        raise Failed(f"the project has {count} mistake{'' if count == 1 else 's'}: see `relance check`")
    written = _written(format_, relational_plan(compiled))
    if output is None:
        click.echo(written, nl=False)
    else:
        with writing(output):
            output.write_text(written, "utf-8", newline="")


def _written(format_: str, plan: "RelationalPlan") -> str:
    import json
    from dataclasses import asdict

    from dsl import relational_page, relational_plan, relational_text

    match format_:
        case "html":
            return relational_page.page(plan)
        case "csv":
            return relational_plan.table(plan)
        case "json":
            data = {
                "brand": plan.brand,
                "most_a_week": {**asdict(plan.week), "together": plan.week.together},
                "limits": plan.limits,
                "scenarios": [asdict(row) for row in plan.rows],
            }
            return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    return relational_text.text(plan)
