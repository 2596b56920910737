"""The files of deploy/, as far as they can be tried without a container runtime: their steps and words."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from cli import relance
from settings import Settings

ROOT = Path(__file__).parents[2]
CONTAINER = ROOT / "deploy" / "container"
CONTAINERFILE = (CONTAINER / "Containerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((CONTAINER / "compose.yaml").read_text("utf-8"))
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
SECRET = (".git", ".venv", ".relance")
"""What is on a machine and must not be in an image: `relance dev` keeps keys and people in `.relance`."""

VARIABLES = {str(field.alias) for field in Settings.model_fields.values()}
UNTIL_KILLED = {"web": 2 + 5, "worker": 30 + 10}
"""Seconds that a process may take to end well, with some to spare."""

SECONDS = {"s": 1, "m": 60}


def instructions(name: str) -> list[str]:
    """What follows a word of the Containerfile, in order."""
    return re.findall(rf"^{name} (.+)$", CONTAINERFILE, re.MULTILINE)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the steps were followed: `app` as it is copied, `site` with what is installed."""
    folder = tmp_path_factory.mktemp("image")
    left_out = shutil.ignore_patterns(*(line.removeprefix("**/") for line in IGNORED if line[:1] != "#"))
    shutil.copytree(ROOT, folder / "app", ignore=left_out)
    (install,) = (each for each in instructions("RUN") if each.endswith(" ."))
    command = [sys.executable, "-m", *install.split(), "--target", str(folder / "site"), "--quiet"]
    done = subprocess.run(command, cwd=folder / "app", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_nothing_of_this_machine_is_copied(image: Path) -> None:
    assert [name for name in SECRET if name not in IGNORED] == []
    assert [each.name for each in (image / "app").iterdir() if each.name in SECRET] == []


def test_every_file_that_the_code_reads_is_installed(image: Path) -> None:
    """Statements, migrations, pages and grammars beside the modules."""
    for package in ("channels", "commands", "dsl", "engine", "sources", "store", "web"):
        there = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*") if _is_ours(path)}
        installed = {path.relative_to(image / "site") for path in (image / "site" / package).rglob("*")}
        assert there - installed == set(), package


def _is_ours(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def test_the_entry_point_runs_what_is_installed(image: Path, database_url: str) -> None:
    """Over the copied project, in a real database, with nothing else of ours on the way."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(image / "site"),
        "PYTHONSAFEPATH": "1",
        "DATABASE_URL": database_url,
        "RELANCE_SECRET_KEYS": "k" * 40,
        "RELANCE_PROJECT": str(image / "app"),
    }
    script = str(image / "site" / "bin" / "relance")
    for verb, said in ((["db", "migrate"], "up to date"), (["publish", "--dry-run"], "welcome: version 1")):
        command = [sys.executable, script, *verb]
        done = subprocess.run(
            command, env=environment, cwd=image, capture_output=True, text=True, check=False
        )
        assert (done.returncode, said in done.stdout) == (0, True), done.stderr


def test_it_does_not_run_as_root() -> None:
    """The user is made, and is the one of everything that is started."""
    words = CONTAINERFILE.splitlines()
    assert words.index("USER relance") < next(
        n for n, line in enumerate(words) if line.startswith("ENTRYPOINT")
    )
    assert instructions("USER") == ["relance"]
    assert any(each.startswith("useradd ") and each.endswith(" relance") for each in instructions("RUN"))


def options(words: list[str]) -> click.Command:
    """The verb of a command line that it would run; fails where it or an option is unknown."""
    command: click.Command = relance
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None
        command = found
    command.make_context(str(command.name), words, resilient_parsing=False).close()
    return command


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_runs_a_verb_with_settings_that_exist(name: str) -> None:
    service: dict[str, Any] = COMPOSE["services"][name]
    verb = options(list(service["command"]))
    assert set(service.get("environment", {})) <= VARIABLES
    assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
    needs = UNTIL_KILLED.get(str(verb.name), 0)
    grace = service.get("stop_grace_period", "10s")
    assert int(grace[:-1]) * SECONDS[grace[-1]] >= needs


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_a_verb_with_settings_that_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    (started,) = re.findall(r"^ExecStart=\S+/relance (.+)$", text, re.MULTILINE)
    verb = options(started.split())
    assert (
        set(re.findall(r"([A-Z_]+)=", " ".join(re.findall(r"^Environment=(.+)$", text, re.MULTILINE))))
        <= VARIABLES
    )
    (stops,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert int(stops) >= UNTIL_KILLED[str(verb.name)]
