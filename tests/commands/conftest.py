"""The command line as it is typed, in an environment that is said in full."""

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from socket import create_server
from typing import TypeAlias

import psycopg
import pytest
from click.testing import CliRunner, Result
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from cli import relance
from commands.local import temporal_server
from commands.local.children import Child
from commands.local.ports import LOOPBACK
from store.embedded import EmbeddedPostgres
from tests import databases
from tests.commands.small_brand import Brand
from tests.engine.conftest import NOON

PROJECT = Path(__file__).parents[2]
VARIABLES = (
    "DATABASE_URL",
    "RELANCE_SECRET_KEYS",
    "RELANCE_PUBLIC_URL",
    "RELANCE_EMAIL",
    "RELANCE_SMS",
    "TEMPORAL_ADDRESS",
    "TEMPORAL_NAMESPACE",
    "TEMPORAL_PROFILE",
)

Typed: TypeAlias = Callable[..., Result]


@pytest.fixture
def typed() -> Typed:
    """Types a verb; `env` is all that the environment says of us, `said` what is answered to it."""

    def run(*words: str, env: dict[str, str] | None = None, said: str | None = None) -> Result:
        return CliRunner().invoke(relance, words, input=said, env=dict.fromkeys(VARIABLES) | (env or {}))

    return run


@pytest.fixture
def configured(database_url: str) -> dict[str, str]:
    """An environment with a clean database."""
    return {"DATABASE_URL": database_url, "RELANCE_SECRET_KEYS": "k" * 40, "RELANCE_PROJECT": str(PROJECT)}


@pytest.fixture
def shop(typed: Typed, configured: dict[str, str]) -> dict[str, str]:
    """An environment in which the shipped scenarios are in force and somebody is known."""
    assert typed("publish", env=configured).exit_code == 0
    with psycopg.connect(configured["DATABASE_URL"]) as connection:
        connection.execute(
            "insert into contacts (id, email, created_at, updated_at)"
            " values ('c_1', 'ada@example.com', now(), now())"
        )
    return configured


@pytest.fixture
def brand(database_url: str, tmp_path: Path) -> Brand:
    """A small brand whose verbs are typed an hour after noon."""
    made = Brand(database_url, tmp_path / "project")
    made.clock_at(NOON + timedelta(hours=1))
    return made


def _a_port() -> int:
    with create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def empty_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a database without tables."""
    with databases.database(postgres, template=None) as url:
        yield url


@pytest.fixture(scope="module")
def temporal_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Temporal server of the wheel."""
    folder = tmp_path_factory.mktemp("temporal")
    # Of the system's choice: who else looks for a place begins at the same numbers at the same time.
    port, ui_port = _a_port(), _a_port()
    child = temporal_server.start(folder, port, ui_port, dict(os.environ), folder)
    asyncio.run(_serves(child, f"{LOOPBACK}:{port}"))
    yield f"{LOOPBACK}:{port}"
    child.stop()


async def _serves(child: Child, address: str) -> None:
    """Return once the server is healthy and has its namespace: its port is open a while before."""
    wanted = DescribeNamespaceRequest(namespace=temporal_server.NAMESPACE)
    while True:
        assert child.running, child.last_words()
        try:
            client = await Client.connect(address)
            await client.workflow_service.describe_namespace(wanted)
        except (RPCError, RuntimeError):
            await asyncio.sleep(0.05)
        else:
            return


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    return _a_port()
