"""docs/operations.md says what is there: every variable, every metric, and messages as they are written."""

import ast
import re
from functools import cache
from pathlib import Path

from channels.registry import MESSAGES_PER_SECOND
from engine import search_attributes
from engine.measures import REGISTRY
from settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
SOURCES = [
    path
    for folder in ("commands", "engine", "store", "web", "channels")
    for path in sorted((ROOT / folder).rglob("*.py"))
] + [ROOT / "worker.py", ROOT / "settings.py"]

PUT_TOGETHER = {"DATABASE_URL is missing: it should be ...", "RELANCE_EMAIL=sendgrid needs SENDGRID_API_KEY"}
"""Messages whose words stand nowhere as they are; tests/commands reads them."""


def section(title: str) -> str:
    """What stands under a heading, up to the next of the same rank."""
    return PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


@cache
def told() -> str:
    """Every text of the code; what is filled in while it runs is left open."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else "..." for p in node.values)
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


def test_every_variable_is_documented_and_none_is_made_up():
    """The first column of the table is what settings.py reads."""
    documented = re.findall(r"^\| `([A-Z_]+)` \|", section("Environment"), re.MULTILINE)
    assert sorted(documented) == sorted(str(field.alias) for field in Settings.model_fields.values())


def test_defaults_are_those_of_the_settings():
    """The second column; what has no default says what it depends on."""
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)` \|", section("Environment"), re.MULTILINE))
    fields = {str(field.alias): field for field in Settings.model_fields.values()}
    given = {
        name: str(field.default)
        for name, field in fields.items()
        if not field.is_required() and field.default is not None
    }
    assert rows == given


def test_metrics_are_those_that_are_counted():
    """Nobody can alert on a name that there is not."""
    figures = (ROOT / "web" / "figures.py").read_text("utf-8")
    counted = {f"{each.name}{'_total' * (each.type == 'counter')}" for each in REGISTRY.collect()}
    documented = set(re.findall(r"`(relance_\w+)`", section("Watch")))
    assert documented == counted | set(re.findall(r'"(relance_\w+)"', figures))


def test_search_attributes_are_those_that_are_registered():
    """With them somebody sets up Temporal Cloud."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith("- **Search attributes**")]
    assert {key.name for key in search_attributes.ALL} <= set(re.findall(r"`(\w+)`", line))


def test_rates_are_those_of_the_worker():
    """Emails and SMS a second."""
    rates = re.findall(r"sends at most (\d+) emails and (\d+) SMS a second", PAGE)
    assert rates == [(f"{MESSAGES_PER_SECOND['email']:g}", f"{MESSAGES_PER_SECOND['sms']:g}")]


def test_messages_of_the_troubleshooting_table_are_those_of_the_code():
    """Somebody will search for them letter by letter."""
    words = told()
    cells = re.findall(r"^\| ([^|]+) \|", section("Troubleshooting"), re.MULTILINE)
    quoted = [quote for cell in cells for quote in re.findall(r"`([^`]+)`", cell)]
    assert len(quoted) > 20
    missing = [
        quote
        for quote in quoted
        if quote not in PUT_TOGETHER and any(part.strip() not in words for part in quote.split("..."))
    ]
    assert not missing


def test_logs_to_alert_on_are_those_that_are_written():
    """The first argument of a log line is its name."""
    (sentence,) = re.findall(r"Alert on (`.*?)\. Of\nTemporal", PAGE, re.DOTALL)
    written = told()
    assert all(name in written for name in re.findall(r"`([^`]+)`", sentence))
