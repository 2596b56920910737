"""docs/compliance.md: each rule names code that is there and a test that is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "compliance.md").read_text("utf-8")
RULES = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| rule |")
]


@cache
def shown_in(file: str) -> frozenset[str]:
    """The tests of a file, those of its classes too."""
    found = ast.walk(ast.parse((ROOT / file).read_text("utf-8")))
    functions = (node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in functions if name.startswith("test_"))


def test_there_are_rules():
    """Or every other test would hold for an empty page."""
    assert len(RULES) > 30


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule[0][:40])
def test_a_rule_has_a_source_code_and_a_test(rule):
    """Four cells, none of them empty, and what they name exists."""
    _, source, code, shown = rule
    assert source
    files = re.findall(r"`([^`]+)`", code)
    assert files
    assert [file for file in files if not (ROOT / file).is_file()] == []
    tests = re.findall(r"`([\w/.]+)::(\w+)`", shown)
    assert tests
    assert [name for file, name in tests if name not in shown_in(file)] == []
