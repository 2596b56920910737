"""CPU of `relance check` on a thousand scenarios, against reading the same files with a YAML parser alone.

Both are processes of their own, from their start to their end. The parser is the one that the reader stands
on, libyaml by PyYAML, making plain data. The start on 30 scenarios is told beside it.
"""

import asyncio
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.result import Result

AIM = 4.0
MANY, FEW, ROUNDS = 1000, 30, 5
ROOT = Path(__file__).parents[1]

SCENARIO = """\
scenario: bench_{n}
title: Come back after {n} days
owner: crm-team
topic: newsletter
priority: {priority}
trigger:
  event: order.placed
  where: total > {n} and channel == web
audience: contact.country in [FR, BE] and contact.points >= {n}
entry: once per {days} days
goal: {{ event: order.placed, within: 30 days }}
holdout: 5%
steps:
  - email: welcome_hello
    id: hello
  - wait: 3 days at 10:00
  - if: can_track(clicks) and clicked(hello) and sum(order.placed.total, last {days} days) > {n}
    then:
      - email: welcome_best_sellers
    else:
      - first_of:
          - sms: welcome_reminder
          - email: welcome_reminder
        only_if: contact.tier is known
  - wait_for: order.placed
    up_to: 7 days
    then: []
    timeout:
      - email: welcome_code
        with: {{ code: take(welcome_10), valid_until: today + {days} days }}
"""

PARSE = """\
import sys, yaml
from pathlib import Path
for path in Path(sys.argv[1]).rglob("*.yaml"):
    yaml.load(path.read_text("utf-8"), yaml.{loader})
"""


@dataclass(frozen=True)
class Cost:
    """What a process took from its start to its end, in seconds."""

    cpu: float
    wall: float


async def measure(scale: float = 1.0) -> Result:
    """The CPU of a check over that of the parser, the least of some rounds each."""
    rounds = max(1, round(ROUNDS * min(1.0, scale)))
    return await asyncio.to_thread(_measure, max(1, round(MANY * scale)), rounds)


def _measure(many: int, rounds: int) -> Result:
    with _project(many) as large, _project(FEW) as small:
        check, parse, slow, start = _least(
            ["-m", "cli", "check", "--project", str(large)],
            ["-c", PARSE.format(loader="CSafeLoader"), str(large)],
            ["-c", PARSE.format(loader="SafeLoader"), str(large)],
            ["-m", "cli", "check", "--project", str(small)],
            rounds=rounds,
        )
    figures: dict[str, float | int | str] = {
        "scenarios": many,
        "check_cpu_ms": 1000 * check.cpu,
        "parser_cpu_ms": 1000 * parse.cpu,
        "parser_in_python_cpu_ms": 1000 * slow.cpu,
        f"start_to_end_on_{FEW}_ms": 1000 * start.wall,
        f"cpu_on_{FEW}_ms": 1000 * start.cpu,
    }
    return Result("check", check.cpu / parse.cpu, AIM, figures)


@contextmanager
def _project(scenarios: int) -> Iterator[Path]:
    """The shipped catalog and templates, with so many scenarios that differ in their expressions."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "templates", folder / "templates")
        for number in range(scenarios):
            program = folder / "scenarios" / f"program_{number // FEW}"
            program.mkdir(parents=True, exist_ok=True)
            text = SCENARIO.format(n=number + 1, priority=number % 100, days=number % 90 + 60)
            (program / f"bench_{number + 1}.yaml").write_text(text, "utf-8")
        for world in ("catalog.yaml", "policy.yaml", "segments.yaml"):
            shutil.copy(ROOT / "scenarios" / world, folder / "scenarios")
        yield folder


def _least(*commands: list[str], rounds: int) -> list[Cost]:
    """The least cost of each command; they take turns, so that all meet the machine in the same moods.

    A round before them compiles Python's own files. Nothing else is kept from one round to the next.
    """
    told = [[_cost([sys.executable, *each]) for each in commands] for _ in range(rounds + 1)][1:]
    return [
        Cost(min(each.cpu for each in costs), min(each.wall for each in costs))
        for costs in zip(*told, strict=True)
    ]


def _cost(command: list[str]) -> Cost:
    before, began = _children_cpu(), perf_counter()
    subprocess.run(command, cwd=ROOT, env=_environment(), stdout=subprocess.DEVNULL, check=True)
    return Cost(_children_cpu() - before, perf_counter() - began)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _environment() -> Mapping[str, str]:
    """The environment with compiled Python files kept, as on the machine of somebody who works."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(ROOT / ".relance" / "pycache")}
