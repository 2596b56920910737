"""Replays every history of a server by the workflow code of the release that runs this: `replays.py ADDRESS`.

Prints a JSON object: how many histories there are, and what could not be replayed, by workflow.
"""

import asyncio
import json
import sys

from temporalio.client import Client
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from engine.workflow import ScanWorkflow, ScenarioWorkflow


async def main(address: str) -> None:
    """Replay what the server has."""
    client = await Client.connect(address)
    replayer = Replayer(
        workflows=[ScenarioWorkflow, ScanWorkflow], workflow_runner=UnsandboxedWorkflowRunner()
    )
    histories = client.list_workflows().map_histories()
    results = await replayer.replay_workflows(histories, raise_on_replay_failure=False)
    failures = {run: str(error)[:500] for run, error in results.replay_failures.items()}
    count = (await client.count_workflows()).count
    sys.stdout.write(json.dumps({"histories": count, "failures": failures}) + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
