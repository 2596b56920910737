"""Each benchmark runs on real parts, in a tiny size, and tells its ratio in the promised shape."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS

ROOT = Path(__file__).parents[2]
TINY = 0.02
NAMES = [
    "single", "groups", "advance", "check", "simulate", "scan", "ingest", "latency", "imports", "waiting",
]  # fmt: skip
"""All but the one that is typed below."""


@pytest.mark.parametrize("name", NAMES)
async def test_a_benchmark_tells_its_ratio(name: str) -> None:
    told = (await BENCHMARKS[name](TINY)).as_json()
    assert told["name"] == name
    assert told["ratio"] > 0
    assert isinstance(told["holds"], bool)
    assert all(value > 0 for figure, value in told["figures"].items() if figure.endswith("per_second"))


def test_what_is_typed_is_told_as_a_line_of_json() -> None:
    command = [sys.executable, "-m", "benchmarks", "expressions", "--json", "--scale", str(TINY)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert set(told) == {"name", "ratio", "aim", "holds", "figures"}
    assert told["name"] == "expressions"
    assert told["ratio"] > 0
    assert told["figures"]["python"].startswith(platform.python_version())
    assert told["figures"]["yardstick_ms"] > 0
