"""One form for all that a process says: lines for people, or JSON for machines, on standard output.

Runs, contacts and messages are named by their ids. What an exception says is left out everywhere, also where
a library logs it: its words may quote a row, and with it a person. Its type and its place remain, and what is
wrong with a connection, which tells of a server.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import orjson
import psycopg
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio.service import RPCError

from engine.faults import place_of
from engine.wordless import Failed

Form: TypeAlias = Literal["lines", "json"]
Level: TypeAlias = Literal["debug", "info", "warning", "error"]
AWAY = (psycopg.OperationalError, RPCError, ConnectionError)
"""What tells of a server that is away or busy, and never of a row."""


def configure(form: Form, level: Level) -> None:
    """Let our log and those of the libraries come out in one form, from this level on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_words,
    ]
    structlog.configure(
        processors=[*before, _renderer(form)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(form)],
        )
    )
    # What libraries say below a warning is about themselves.
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def without_words(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception becomes its type and its place."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    if isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    if found and found[0]:
        event["error"], event["place"] = _said(found[1]), place_of(found[2])
    return event


def _said(error: BaseException | None) -> str:
    if isinstance(error, Failed):
        return str(error)
    kind = type(error).__name__
    return f"{kind}: {str(error).partition(chr(10))[0]}" if isinstance(error, AWAY) else kind


def _renderer(form: Form) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(serializer=_dumps)
    return structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), pad_event_to=0)


def _dumps(value: Any, default: Callable[[Any], Any] = str, **_: Any) -> str:
    return orjson.dumps(value, default=default, option=orjson.OPT_NON_STR_KEYS).decode()
