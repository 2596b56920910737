"""How a verb runs: settings read, a coroutine driven, and every expected failure told in one clear line."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import click

from settings import BadSettings, Settings, load

T = TypeVar("T")


class Failed(click.ClickException):
    """Something outside is missing or wrong: one line on stderr, status 2, no traceback."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the message as every verb does."""
        click.echo(f"relance: {self.message}", file=file, err=True)


def settings() -> Settings:
    """The settings of this process; Failed names every variable that is missing or wrong."""
    try:
        return load()
    except BadSettings as error:
        raise Failed(str(error)) from None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Drive a coroutine to its end; an unreachable database or Temporal server becomes Failed."""
    import psycopg  # noqa: PLC0415 - verbs that need no database must not pay for it
    import psycopg_pool  # noqa: PLC0415 - the same
    from temporalio.service import RPCError  # noqa: PLC0415 - the same

    try:
        return asyncio.run(work)
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
        first = str(error).strip().splitlines()[0]
        raise Failed(f"the database does not answer: {first}. Check DATABASE_URL.") from None
    except RPCError as error:
        raise Failed(
            f"the Temporal server does not answer: {error.message}. Check TEMPORAL_ADDRESS."
        ) from None
    except KeyboardInterrupt:
        raise click.Abort from None
