"""The hooks for pre-commit run as they are written, and the pipelines name options that exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
EXAMPLES = re.findall(
    r"^```yaml\n(.*?)^```", (ROOT / "docs/editors.md").read_text(), re.MULTILINE | re.DOTALL
)


def _relance(folder: Path, line: str, *files: str) -> subprocess.CompletedProcess[str]:
    """Run a command line of ours in a folder, by the interpreter of the tests."""
    program, *arguments = shlex.split(line)
    assert program == "relance"
    command = [sys.executable, ROOT / "cli.py", *arguments, *files]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _changed(hook: str, folder: Path) -> list[str]:
    """The files of a project that pre-commit gives to a hook."""
    if not HOOKS[hook].get("pass_filenames", True):
        return []
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if re.search(HOOKS[hook]["files"], name))


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_a_hook_lets_a_good_project_pass(hook: str, folder: Path):
    ended = _relance(folder, HOOKS[hook]["entry"], *_changed(hook, folder))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_hook_stops_a_commit_with_a_mistake(folder: Path):
    welcome = folder / "scenarios/onboarding/welcome.yaml"
    welcome.write_text(welcome.read_text().replace("contact.country", "contact.contry"))
    ended = _relance(folder, HOOKS["relance-check"]["entry"])
    assert ended.returncode == 1
    assert "did you mean `country`" in ended.stdout


def test_the_hook_stops_a_commit_that_breaks_a_story(folder: Path):
    """The scenario has no mistake, and does something else than its stories tell."""
    welcome = folder / "scenarios/onboarding/welcome.yaml"
    welcome.write_text(welcome.read_text().replace("wait: 3 days at 10:00", "wait: 4 days at 10:00"))
    assert _relance(folder, HOOKS["relance-check"]["entry"]).returncode == 0
    ended = _relance(folder, HOOKS["relance-test"]["entry"])
    assert ended.returncode == 1
    assert "expected day 3 10:00: email welcome_best_sellers" in ended.stdout


def test_the_page_names_hooks_that_exist():
    (config,) = (yaml.safe_load(each) for each in EXAMPLES if each.startswith("repos:"))
    assert {hook["id"] for repo in config["repos"] for hook in repo["hooks"]} == set(HOOKS)


@pytest.mark.parametrize(
    "line", sorted(set(re.findall(r"(relance (?:check|fmt|test)[^\n|>]*)", "".join(EXAMPLES))))
)
def test_the_lines_of_the_pipelines_run(line: str, folder: Path):
    assert _relance(folder, line.strip()).returncode == 0
