"""The next release adds columns while workers of this one run: they go on, and nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from engine.advance import advance
from engine.deliver import Signals
from engine.wire import DeliverRequest
from store.cursor import TablesChanged
from store.database import Database, connect
from tests.integration.installation import Installation
from tests.integration.providers import Provider

T = TypeVar("T")
MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SUBSCRIBED = {"list": "newsletter", "source": "site"}
TABLES = """
select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = current_schema and c.relkind in ('r', 'p') and not c.relispartition
"""


async def widened(database: Database) -> None:
    """A column more in each table, as `relance db migrate` of the next release may add it."""
    async with await connect(database.url) as another:
        for (name,) in await (await another.execute(TABLES)).fetchall():
            await another.execute(f"alter table {name} add column of_the_next_release text".encode())


async def again(work: Callable[[], Awaitable[T]]) -> tuple[T, int]:
    """What work comes to, and how often it had to begin again, as loops and activities do."""
    for times in range(9):
        try:
            return await work(), times
        except TablesChanged:
            continue
    raise AssertionError("it never goes on")


async def decide(relance: Installation) -> list[int]:
    """Decide what is due in every group; the messages to deliver."""
    ids: list[int] = []
    for group in await relance.rows("select id from groups order by id"):
        standing = await advance(relance.database, relance.plans, group["id"], MONDAY)
        ids += [each for due in standing.deliveries for each in due.message_ids]
    return ids


async def test_who_routes_and_decides_begins_once_again_and_sets_nothing_aside(
    database: Database, tmp_path: Path
) -> None:
    """One connection finds it out for all; no event and no run is taken for broken."""
    relance = Installation(database, None, tmp_path / "outbox", at=MONDAY)
    await relance.publish()
    await relance.contacts("c_42", "bob")
    for name in ("c_42", "bob"):
        await relance.happen("contact.subscribed", SUBSCRIBED, name)
        _, routed = await again(relance.route)
        _, decided = await again(lambda: decide(relance))
        assert (routed, decided) == ((0, 0) if name == "c_42" else (1, 0))
        if name == "c_42":
            await widened(database)
    reserved = await relance.rows("select contact_id from messages where state = 'reserved' order by id")
    assert [row["contact_id"] for row in reserved] == ["c_42", "bob"]
    assert (
        await relance.rows("select 1 from set_aside union all select 1 from trail where what = 'error'") == []
    )


async def test_what_was_sent_meanwhile_is_written_down(database: Database, tmp_path: Path) -> None:
    """The tables change while the provider has the message: what it says is not lost."""
    email = Provider("email")
    email.open.clear()
    relance = Installation(database, None, tmp_path / "outbox", at=MONDAY, channels={"email": email})
    await relance.publish()
    await relance.contacts("c_42")
    await relance.happen("contact.subscribed", SUBSCRIBED, "c_42")
    await relance.route()
    due = await decide(relance)
    signals = Signals(lambda: MONDAY, lambda: None, lambda: False)
    request = DeliverRequest("email", due)
    delivery = asyncio.create_task(relance.deliveries.deliver(request, signals))
    while not email.asked:  # noqa: ASYNC110 - the channel has no other sign
        await asyncio.sleep(0.01)
    await widened(database)
    email.open.set()
    reply = await delivery
    (message,) = await relance.rows("select state from messages")
    assert (reply.sent, message["state"]) == (1, "sent")
