"""What went wrong with one of many, told so that the others go on and nobody is named."""

import traceback
from types import TracebackType

import structlog

FRAMES = 12
"""Of a traceback, the innermost."""

log = structlog.get_logger()


def tell(event: str, error: Exception, **ids: object) -> str:
    """Log an error by its kind, which is returned, and its place.

    Its words may quote what is known of a person: they are left out, whatever the log is set to.
    """
    kind = type(error).__name__
    log.error(event, **ids, error=kind, place=place_of(error.__traceback__))
    return kind


def place_of(trace: TracebackType | None, frames: int = FRAMES) -> str:
    """`worker.py:88 run_worker < loops.py:70 run`, the innermost first."""
    inner = reversed(traceback.extract_tb(trace)[-frames:])
    return " < ".join(f"{each.filename.rpartition('/')[2]}:{each.lineno} {each.name}" for each in inner)
