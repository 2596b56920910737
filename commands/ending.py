"""How a process ends: with its own status, whatever Temporal's client still has under way.

The threads of that client outlive the event loop. Where one of them comes back with an answer while the
interpreter is taken apart, the process hangs for good or aborts (temporalio/sdk-python#300), so a worker
that had finished all it began would look broken to whatever started it. What is not taken apart here is
given back by the system anyway.
"""

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

FAILED = 1


@contextmanager
def ends_at_once() -> Iterator[None]:
    """Around all that a process does: when it ends, the interpreter is left as it stands.

    Threads are joined and what was registered with `atexit` runs before, as ever.
    """
    status = [FAILED]
    atexit.register(_leave, status)  # what is registered first runs last
    try:
        yield
        status[0] = os.EX_OK
    except SystemExit as end:
        status[0] = _status(end)
        raise


def _status(end: SystemExit) -> int:
    if end.code is None:
        return os.EX_OK
    return end.code if isinstance(end.code, int) else FAILED


def _leave(status: list[int]) -> None:
    for stream in filter(None, (sys.stdout, sys.stderr)):  # none where it was closed before we began
        with suppress(OSError, ValueError):  # whoever read it is gone, or it was closed
            stream.flush()
    os._exit(status[0])
