"""A workflow that leaves the memory of its worker in the middle of something."""

import asyncio

from engine.wire import Batch, Group
from engine.workflow import ScenarioWorkflow


class UnderWay(ScenarioWorkflow):
    """Its deliveries are never over."""

    async def _delivered(self, request, summary):
        await asyncio.get_running_loop().create_future()


async def test_a_delivery_under_way_is_taken_apart_without_asking_what_only_a_workflow_can_answer():
    """Python does so whenever it comes to it, where nobody hears of an error."""
    workflow = UnderWay()
    delivery = workflow._delivery(Batch("email", [1, 2], ""), [1, 2], Group(1, ""))
    delivery.send(None)
    workflow.poke()
    delivery.close()
