"""Databases on the server of the session, each of a test's own."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from store.embedded import EmbeddedPostgres

TEMPLATE = "relance_template"
"""Migrated, and empty."""

_numbers = itertools.count()


def create(postgres: EmbeddedPostgres, template: str | None = TEMPLATE) -> str:
    """The name of a new database, a copy of a template or without any table."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    copy = f" template {template} strategy file_copy" if template else ""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name}{copy}".encode())
    return name


@contextmanager
def database(postgres: EmbeddedPostgres, template: str | None = TEMPLATE) -> Iterator[str]:
    """The URL of such a database, which is gone afterwards."""
    name = create(postgres, template)
    yield postgres.url(name)
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)".encode())
