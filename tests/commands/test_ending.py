"""How processes end that speak to Temporal."""

import subprocess
import sys

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
