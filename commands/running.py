"""How a verb runs: settings read, a coroutine driven, and every expected failure told in one clear line."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from settings import BadSettings, Settings, load

if TYPE_CHECKING:
    from datetime import datetime

    from engine.plans import Plans
    from store.database import Database

T = TypeVar("T")

WRITTEN_WHERE_IT_RUNS = (Path(".relance/env"), Path(".relance/demo/env"))
"""By `relance dev` and `relance demo` in their usual folders, while they run."""


class Failed(click.ClickException):
    """Something outside is missing or wrong: one line on stderr, status 2, no traceback."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the message as every verb does."""
        click.echo(f"relance: {self.message}", file=file, err=True)


def end_on_signals() -> None:
    """Let Ctrl-C and a polite kill end this process as KeyboardInterrupt, in a background job too.

    A shell starts background jobs with SIGINT ignored, which would leave a tree that nobody can stop.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def settings() -> Settings:
    """The settings of this process; Failed names every variable that is missing or wrong."""
    try:
        return load()
    except BadSettings as error:
        raise Failed(f"{error}{_what_runs_here()}") from None


def _what_runs_here() -> str:
    """Where DATABASE_URL is missing beside a running `relance dev` or `demo`: the line that sets it."""
    if "DATABASE_URL" in os.environ:
        return ""
    running = [path for path in WRITTEN_WHERE_IT_RUNS if path.exists()]
    return "".join(f"\nRelance runs here: type `. {path}` first, so that verbs act on it" for path in running)


def require_scenarios(folder: Path, *, remedy: str) -> None:
    """Raise Failed, with the remedy, where a folder is no project."""
    if not os.path.isdir(folder / "scenarios"):  # noqa: PTH112 - also where nobody may look
        raise Failed(f"there is no folder `scenarios` in {folder.resolve()}: {remedy}")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Drive a coroutine to its end; what is missing outside (a server, a setting) becomes Failed."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise click.Abort from None
    except Exception as error:
        said = _missing(error)
        if said is None:
            raise
        raise Failed(said) from None


def _missing(error: Exception) -> str | None:
    """What is missing outside, and the remedy, in a line; None where the fault is our own."""
    import psycopg
    from temporalio.service import RPCError

    from channels.errors import Misconfigured
    from engine.exposition import AddressTaken
    from engine.plans import NothingPublished
    from engine.search_attributes import SearchAttributesMissing
    from store.database import DatabaseUnavailable
    from store.migrate import MigrationError
    from worker import TemporalUnavailable

    unavailable = (DatabaseUnavailable, MigrationError, TemporalUnavailable, SearchAttributesMissing)
    if isinstance(error, (*unavailable, Misconfigured, NothingPublished, AddressTaken)):
        return str(error)
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return "the database has no tables yet, or old ones: run `relance db migrate`"
    said = str(error).strip().partition("\n")[0]
    if isinstance(error, psycopg.DataError):
        return f"a value that was given cannot be kept or looked for: {said}"
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction | psycopg.errors.InsufficientPrivilege):
        return f"the database refuses: {said}; DATABASE_URL must name the primary, and a user who may write"
    if isinstance(error, psycopg.OperationalError):
        return f"the database went away: {said}; start again when it answers"
    if isinstance(error, RPCError):
        where = "look at TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_API_KEY"
        return f"the Temporal server refused or went away: {error.message}; {where}"
    return None


def with_database(work: "Callable[[Database], Awaitable[T]]") -> T:
    """Drive `work` over the database of the settings, with the failures of `run`."""
    url = settings().database_url

    async def opened() -> T:
        from store.database import Database

        database = await Database.open(url, size=2)
        try:
            return await work(database)
        finally:
            await database.close()

    return run(opened())


def with_plans(work: "Callable[[Database, Plans, datetime], Awaitable[T]]") -> T:
    """Drive `work` over the database, the plans in force and the time of this installation."""

    async def told(database: "Database") -> T:
        from engine.plans import Plans
        from worker import stored_clock

        now = (await stored_clock(database)).now()
        return await work(database, Plans(database, settings().secret_keys), now)

    return with_database(told)
