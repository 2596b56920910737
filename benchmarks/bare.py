"""The yardstick: the same journey written by hand in Temporal, without any engine. Also its worker.

Start, an activity, a timer, an activity. The activities do nothing, so that what is left is Temporal.
"""

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from commands.ending import ends_at_once

QUEUE = "bare"
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Person:
    """Whom the journey is about, and how long the timer runs."""

    contact_id: str
    wait_seconds: float


@activity.defn
async def write(message: str, contact_id: str) -> str:
    """Stands for a message that is sent."""
    return f"{message} to {contact_id}"


@workflow.defn
class BareJourney:
    """Two messages and a timer."""

    @workflow.run
    async def run(self, person: Person) -> None:
        """Write, sleep, write."""
        await self._write("hello", person)
        await workflow.sleep(person.wait_seconds)
        await self._write("best sellers", person)

    async def _write(self, message: str, person: Person) -> None:
        await workflow.execute_activity(
            write, args=[message, person.contact_id], start_to_close_timeout=PATIENCE
        )


async def main() -> None:
    """Work until the process is ended."""
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=[BareJourney],
        activities=[write],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    await worker.run()


if __name__ == "__main__":
    with ends_at_once():
        asyncio.run(main())
