"""How a process ends: with its own status, whatever Temporal's client still has under way.

The threads of that client outlive the event loop. Where one of them comes back with an answer while the
interpreter is taken apart, the process hangs for good or aborts (temporalio/sdk-python#300), so a worker
that had finished all it began would look broken to whatever started it. What is not taken apart here is
given back by the system anyway.
"""

import atexit
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

FAILED = 1
UNWRITTEN = 2
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""How the system says that there is no room; that nobody reads what is written is no fault."""


@contextmanager
def ends_at_once() -> Iterator[None]:
    """Around all that a process does: when it ends, the interpreter is left as it stands.

    Threads are joined and what was registered with `atexit` runs before, as ever.
    """
    _open_what_is_closed()
    status = [FAILED]
    atexit.register(_leave, status)  # what is registered first runs last
    try:
        yield
        status[0] = os.EX_OK
    except SystemExit as end:
        status[0] = _status(end)
        raise
    except OSError as error:
        if error.errno not in _FULL:
            raise
        status[0] = UNWRITTEN
        _tell(error)
        raise SystemExit(UNWRITTEN) from None


def _open_what_is_closed() -> None:
    """Whoever closed our output wants none of it; the number of a closed stream goes to the next file."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - until the end


def _tell(error: OSError) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(
            f"relance: what was to be written is lost: {error.strerror}; make room, and try again\n"
        )


def _status(end: SystemExit) -> int:
    if end.code is None:
        return os.EX_OK
    return end.code if isinstance(end.code, int) else FAILED


def _leave(status: list[int]) -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except ValueError:  # it was closed
            pass
        except OSError as error:  # whoever read it is gone, or there is no room
            if error.errno in _FULL and status[0] == os.EX_OK:
                status[0] = UNWRITTEN
                _tell(error)
    os._exit(status[0])
