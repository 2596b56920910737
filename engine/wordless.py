"""Failures that Temporal keeps say what kind and where, and no more: an exception's words may quote a row."""

from typing import Any

from temporalio.exceptions import TemporalError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from engine.faults import place_of

FRAMES = 3


class Failed(Exception):
    """Something failed in an activity; the message is its type and its place."""


class Wordless(Interceptor):
    """Takes the words from whatever activities raise, but for what was raised for Temporal to tell."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand before each activity."""
        return _Activity(next)


class _Activity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        """Run the activity; its failure without words."""
        try:
            return await super().execute_activity(input)
        except TemporalError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            raise Failed(f"{type(error).__name__} at {place_of(error.__traceback__, FRAMES)}") from None
