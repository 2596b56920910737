"""PostgreSQL is restarted under a running installation: nothing that only we know is lost by it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.errors import Retryable
from store.database import Database
from store.embedded import EmbeddedPostgres
from store.migrate import migrate
from tests import in_memory
from tests.integration.by_hand import MONDAY, SUBSCRIBED, deliver, look, only, states
from tests.integration.installation import Installation
from tests.integration.providers import Provider
from tests.integration.test_unhappy_deliveries import LETTER


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A server of this test's own, since it stops it."""
    with in_memory.folder(tmp_path) as folder:
        own = EmbeddedPostgres(folder / "postgres", durable=False)
        await asyncio.to_thread(own.start)
        yield own
        await asyncio.to_thread(own.stop)


@pytest.fixture
async def busy(server: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A database with connections of an earlier rush in both of its pools."""
    url = server.url("relance")
    await migrate(url)
    database = await Database.open(url)

    async def use(*, keyed: bool) -> None:
        async with database.keyed_transaction() if keyed else database.transaction() as connection:
            await connection.execute("select pg_sleep(0.2)")

    await asyncio.gather(*(use(keyed=keyed) for keyed in (True, False) for _ in range(6)))
    yield database
    await database.close()


async def test_connections_that_the_server_closed_are_given_to_nobody(
    server: EmbeddedPostgres, busy: Database
) -> None:
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    for _ in range(8):
        async with busy.transaction() as connection:
            await connection.execute("select 1")
        async with busy.keyed_transaction() as connection:
            await connection.execute("select 1")


@pytest.mark.parametrize("away", [0.0, 4.0])
async def test_an_outcome_is_written_once_the_database_is_back(
    server: EmbeddedPostgres, busy: Database, project: Path, tmp_path: Path, away: float
) -> None:
    """A mail that the provider refused for now is sent after all: its outcome is not unknown."""
    only(project, letter=LETTER)
    email = Provider("email", [Retryable("503", provider="scripted")])
    outbox = tmp_path / "outbox"
    relance = Installation(busy, None, outbox, at=MONDAY, channels={"email": email}, project=project)
    await relance.publish()
    await relance.contacts("c_42")
    await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
    await relance.route()
    ids = await look(relance)
    email.open.clear()
    sending = asyncio.create_task(deliver(relance, ids))
    while not email.asked:  # noqa: ASYNC110 - the provider is called by the task
        await asyncio.sleep(0.02)
    await asyncio.to_thread(server.stop)
    email.open.set()
    await asyncio.sleep(away)
    await asyncio.to_thread(server.start)
    with pytest.raises(Exception, match="503"):
        await sending
    assert await states(relance) == ["reserved"]
    await deliver(relance, ids, tries=2)
    assert len(email.taken) == 1
