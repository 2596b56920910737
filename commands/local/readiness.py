"""Waiting until the tree answers, and saying what is wrong when it does not."""

import asyncio
import time
from typing import TYPE_CHECKING

import httpx
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from commands.running import Failed

if TYPE_CHECKING:
    from commands.local.stack import Stack

PATIENCE_SECONDS = 60
STEP_SECONDS = 0.1


def wait_for_web(stack: "Stack") -> None:
    """Return once the web says that it is ready. Raises Failed when it died or never is."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        stack.check()
        try:
            if httpx.get(f"{stack.web}/readyz", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(STEP_SECONDS)
    raise Failed(
        f"the web did not become ready in {PATIENCE_SECONDS} s; look at {stack.options.data / 'logs'}"
    )


async def connect(stack: "Stack") -> Client:
    """A client of the Temporal server, once it accepts one. Raises Failed when it died or never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        stack.check()
        try:
            return await Client.connect(
                stack.temporal_address, namespace=stack.environment()["TEMPORAL_NAMESPACE"]
            )
        except (RPCError, RuntimeError) as error:
            if time.monotonic() > end:
                raise Failed(
                    f"the Temporal server at {stack.temporal_address} does not answer: {error}"
                ) from None
            await asyncio.sleep(STEP_SECONDS)


async def wait_for_worker(stack: "Stack") -> None:
    """Return once somebody takes decisions from the queue. Raises Failed when the worker died."""
    client = await connect(stack)
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name="relance"),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        stack.check()
        answer = await client.workflow_service.describe_task_queue(request)
        if answer.pollers:
            return
        await asyncio.sleep(STEP_SECONDS)
    raise Failed(
        f"the worker did not become ready in {PATIENCE_SECONDS} s; look at {stack.options.data / 'logs'}"
    )
