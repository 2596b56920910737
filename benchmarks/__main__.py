"""`python -m benchmarks NAME [--json]`: measure one ratio, or `all` of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import click
from rich.console import Console
from rich.table import Table

from benchmarks import (
    advance,
    check,
    expressions,
    groups,
    imports,
    ingest,
    latency,
    scan,
    simulate,
    single,
    stress,
    waiting,
)
from benchmarks.result import Result
from benchmarks.yardstick import yardstick_ms
from commands.ending import ends_at_once

BENCHMARKS: Mapping[str, Callable[[float], Awaitable[Result]]] = {
    "single": single.measure,
    "groups": groups.measure,
    "advance": advance.measure,
    "scan": scan.measure,
    "ingest": ingest.measure,
    "imports": imports.measure,
    "latency": latency.measure,
    "expressions": expressions.measure,
    "check": check.measure,
    "simulate": simulate.measure,
    "stress": stress.measure,
    "waiting": waiting.measure,
}


@click.command(epilog="Example: python -m benchmarks single --json")
@click.argument("name", type=click.Choice([*BENCHMARKS, "all"]))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a benchmark, a line each.")
@click.option("--scale", default=1.0, show_default=True, help="How much of the usual number is run.")
@click.option("--seed", default=1, show_default=True, help="What happens to whom in the town of `stress`.")
def main(name: str, *, as_json: bool, scale: float, seed: int) -> None:
    """Measure a ratio on real parts of this machine. Nothing leaves it, nothing is left behind."""
    for each in BENCHMARKS if name == "all" else (name,):
        result = asyncio.run(_measured(each, scale, seed))
        if as_json:
            click.echo(json.dumps(result.as_json()))
        else:
            Console().print(_table(result))


async def _measured(name: str, scale: float, seed: int) -> Result:
    before = yardstick_ms()
    result = await (stress.measure(scale, seed) if name == "stress" else BENCHMARKS[name](scale))
    return replace(result, figures={**result.figures, "yardstick_ms": before})


def _table(result: Result) -> Table:
    told = result.as_json()
    sign = "at least" if result.at_least else "at most"
    verdict = "holds" if result.holds else "does not hold"
    table = Table(
        title=f"{result.name}: {told['ratio']} (aim: {sign} {result.aim}, {verdict})", title_justify="left"
    )
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in told["figures"].items():
        table.add_row(name.replace("_", " "), str(value))
    return table


if __name__ == "__main__":
    with ends_at_once():
        main()
