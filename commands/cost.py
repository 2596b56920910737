"""`relance cost`: what SMS cost, before anybody gets them."""

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options import FORMAT, PROJECT
from commands.sample_reader import renderer_of, sample_reader, scope_of
from commands.tables import plural, show_json, table

if TYPE_CHECKING:
    from engine.sms_costs import Cost, Text


@click.command(
    name="cost", epilog="Example: relance cost welcome --people 12000", short_help="Say what SMS cost."
)
@click.argument("scenarios", nargs=-1)
@click.option("--people", type=click.IntRange(1), help="How many go through each scenario: the price of all.")
@FORMAT
@PROJECT
def command(scenarios: tuple[str, ...], people: int | None, form: str, project: Path) -> None:
    """Count the parts of every SMS as it would leave, and what one person costs at most.

    The price of a part is that of `prices` in policy.yaml. Longer names and codes than those of the sample
    reader may cost a part more. Ends with 1 when an SMS cannot be written.
    """
    found = costs_of(project, scenarios)
    if form == "json":
        show_json([data_of(each, people) for each in found])
    else:
        click.echo("\n\n".join(_told(each, people) for each in found) or "no scenario sends SMS")
    if any(text.fault for each in found for text in each.texts):
        raise click.exceptions.Exit(1)


def costs_of(project: Path, names: tuple[str, ...]) -> list["Cost"]:
    """The costs of the scenarios named, of all that send SMS where none is. Raises Failed."""
    from commands.running import Failed
    from dsl.compiler import compile_project
    from dsl.diagnostics import did_you_mean
    from engine.sms_costs import costs

    compiled = compile_project(project)
    unknown = next((name for name in names if name not in compiled.scenarios), None)
    if unknown:
        hint = did_you_mean(unknown, compiled.scenarios) or "see `relance plan`"
        raise Failed(f"no scenario `{unknown}`: {hint}")
    chosen = [each for name, each in sorted(compiled.scenarios.items()) if not names or name in names]
    scope = scope_of(compiled, sample_reader(compiled))
    pairs = [(each.scenario, each.plan) for each in chosen]
    return costs(pairs, compiled.world, renderer_of(project), scope)


def line_of(cost: "Cost") -> str:
    """What one scenario costs, in a line."""
    from engine.sms_costs import written

    parts = plural(cost.parts_at_most, "part")
    if cost.price is None:
        return f"{cost.scenario}: at most {parts} of SMS a person; `prices` in policy.yaml says no price"
    return f"{cost.scenario}: at most {parts} of SMS a person, {written(cost.price, cost.parts_at_most)}"


def _told(cost: "Cost", people: int | None) -> str:
    from engine.sms_costs import written

    headings = ("step", "message", "language", "characters", "parts", "letters", "because of")
    lines = [line_of(cost), "", table(headings, [_row(each) for each in cost.texts])]
    if people and cost.price:
        total = written(cost.price, Decimal(cost.parts_at_most) * people)
        lines.append(f"\n{people} people: at most {total}")
    lines += [f"{each.message} in {each.locale}: {each.fault}" for each in cost.texts if each.fault]
    return "\n".join(lines)


def _row(text: "Text") -> tuple[object, ...]:
    segments = text.segments
    told = (text.characters, segments.count, segments.encoding) if not text.fault else (None, None, None)
    return (text.step, text.message, text.locale, *told, segments.forced_by)


def data_of(cost: "Cost", people: int | None = None) -> dict[str, object]:
    """What one scenario costs, for programs; amounts as text, so that they stay exact."""
    at_most = cost.at_most
    return {
        "scenario": cost.scenario,
        "parts_at_most": cost.parts_at_most,
        "price": str(cost.price.amount) if cost.price else None,
        "currency": cost.price.currency if cost.price else None,
        "per_person_at_most": str(at_most.amount) if at_most else None,
        "total_at_most": str(at_most.amount * people) if at_most and people else None,
        "texts": [asdict(each) for each in cost.texts],
    }
