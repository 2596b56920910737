"""Actions of Temporal, as Temporal Cloud bills them, counted in the histories of workflows that are over.

A start, a signal, a timer, an activity and each look of ours (a local activity, of which there is one in a
workflow task) are one each (https://docs.temporal.io/cloud/actions).
"""

from collections.abc import Sequence

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

ACTIONS = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_MARKER_RECORDED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
    }
)


async def actions_of(client: Client, workflow_ids: Sequence[str]) -> int:
    """How many actions these workflows took together."""
    total = 0
    for workflow_id in workflow_ids:
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        total += sum(event.event_type in ACTIONS for event in history.events)
    return total
