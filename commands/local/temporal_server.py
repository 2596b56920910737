"""The development Temporal server of the wheel, with its UI and a database file."""

import os
import shutil
import sysconfig
from pathlib import Path

from commands.local.children import Child
from commands.local.ports import LOOPBACK
from commands.running import Failed

NAMESPACE = "default"

SEARCH_ATTRIBUTES = {
    "Scenario": "Keyword",
    "ScenarioVersion": "Int",
    "Program": "Keyword",
    "Contact": "Keyword",
    "Step": "Keyword",
    "Runs": "Int",
}
"""What operations search workflows by."""


def start(folder: Path, port: int, ui_port: int, environment: dict[str, str], logs: Path) -> Child:
    """Start the server; its state is in `<folder>/temporal.db`, so that a restart goes on.

    Raises Failed where the program is missing.
    """
    beside_python = sysconfig.get_path("scripts")
    program = shutil.which("temporal", path=os.pathsep.join([beside_python, environment.get("PATH", "")]))
    if program is None:
        raise Failed("the program `temporal` is missing: run `make setup`, or set TEMPORAL_ADDRESS")
    command = [
        *(program, "server", "start-dev", "--ip", LOOPBACK),
        *("--port", str(port), "--ui-port", str(ui_port), "--namespace", NAMESPACE),
        *("--db-filename", str(folder / "temporal.db"), "--log-level", "error", "--ui-disable-news-fetch"),
        # Twice the throughput of the default, and still durable against a crash of the process.
        *("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"),
    ]
    for name, kind in SEARCH_ATTRIBUTES.items():
        command += ["--search-attribute", f"{name}={kind}"]
    return Child.start("temporal", command, environment, logs)
