"""How processes end that speak to Temporal."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

IMPATIENT = """
import asyncio, atexit, sys
from temporalio.client import Client
from commands.ending import ends_at_once

async def main(address):
    client = await Client.connect(address)
    asking = [asyncio.create_task(client.count_workflows("WorkflowId = 'x'")) for _ in range(40)]
    await asyncio.sleep(0.002)
    return asking

with ends_at_once():
    atexit.register(print, "and tidied up")
    asyncio.run(main(sys.argv[1]))
    print("all done")
    raise SystemExit(3)
"""


def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)


def test_a_process_that_leaves_questions_to_temporal_unanswered_ends_with_its_own_status(temporal_address):
    """Left to the interpreter, it hangs or aborts when the answers come in the middle of its end."""
    ended = run(IMPATIENT, temporal_address)
    assert (ended.returncode, ended.stdout.split("\n")) == (3, ["all done", "and tidied up", ""])


def test_a_process_that_fails_says_why_and_ends_with_one():
    failing = "from commands.ending import ends_at_once\nwith ends_at_once():\n    raise RuntimeError('oops')"
    ended = run(failing)
    assert (ended.returncode, ended.stderr.rstrip().endswith("RuntimeError: oops")) == (1, True)


def ended_with(words: str, output: str) -> tuple[int, str]:
    """Status and standard error of Python whose output goes where a shell's redirection says."""
    shell = ["sh", "-c", f"exec {sys.executable} {words} {output}"]
    ended = subprocess.run(shell, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    return ended.returncode, ended.stderr


LOST = "relance: what was to be written is lost: No space left on device; make room, and try again\n"


@pytest.mark.parametrize("verb", ["plan", "check", "test scenarios/loyalty", "explain E100"])
def test_a_full_disk_is_told_in_a_line(verb):
    assert ended_with(f"-m cli {verb}", "> /dev/full") == (2, LOST)


def test_what_is_left_for_the_end_and_finds_no_room_is_no_success():
    writing = "from commands.ending import ends_at_once\nwith ends_at_once():\n    print('a row')"
    assert ended_with(f'-c "{writing}"', "> /dev/full") == (2, LOST)


@pytest.mark.parametrize("verb", ["check", "test scenarios/loyalty"])
def test_who_closes_the_output_gets_the_status_alone(verb):
    assert ended_with(f"-m cli {verb}", ">&- <&-") == (0, "")
