"""Partitions of the history, the outbox, and the words that wake its readers."""

import asyncio
from datetime import UTC, datetime

import pytest

from store import contacts, events
from store.events import NewEvent

DECEMBER = datetime(2026, 12, 20, tzinfo=UTC)


async def _person(connection, id_="ada"):
    await contacts.insert_missing(connection, [id_], [DECEMBER], DECEMBER)


async def test_partitions_are_made_ahead_once_over_the_turn_of_the_year(database):
    async with database.transaction() as connection:
        assert await events.ensure_partitions(connection, DECEMBER, 3) == [
            "events_2026_12",
            "events_2027_01",
            "events_2027_02",
        ]
        assert await events.ensure_partitions(connection, DECEMBER, 3) == []


async def test_a_month_that_began_in_the_default_partition_stays_there(database):
    async with database.transaction() as connection:
        await _person(connection)
        await events.append(connection, [NewEvent("s", "1", "order.placed", "ada", DECEMBER)], DECEMBER)
        assert await events.ensure_partitions(connection, DECEMBER, 2) == ["events_2027_01"]
        january = datetime(2027, 1, 5, tzinfo=UTC)
        await events.append(connection, [NewEvent("s", "2", "order.placed", "ada", january)], january)
        history = await events.history(connection, ["ada"], {"order.placed": DECEMBER}, january)
    assert [row["at"] for row in history] == [DECEMBER, january]


async def test_workers_that_start_together_make_partitions_once(database):
    async def start():
        async with database.transaction() as connection:
            return await events.ensure_partitions(connection, DECEMBER, 4)

    made = await asyncio.gather(*(start() for _ in range(4)))
    assert sorted(map(len, made)) == [0, 0, 0, 4]


async def test_who_commits_events_wakes_the_router_and_who_rolls_back_does_not(database):
    async with database.listening("relance_routing") as listener:
        async with database.transaction() as connection:
            await _person(connection)
            await events.append(connection, [NewEvent("s", "1", "order.placed", "ada", DECEMBER)], DECEMBER)
        async for notification in listener.notifies(timeout=10, stop_after=1):
            assert notification.channel == "relance_routing"
        with pytest.raises(ZeroDivisionError):
            await _append_and_fail(database)
        async with database.transaction() as connection:
            repeated = await events.append(
                connection, [NewEvent("s", "1", "order.placed", "ada", DECEMBER)], DECEMBER
            )
        assert not repeated[0].fresh
        # What is said next on the connection is heard after all that was said before.
        async with database.connection() as connection:
            await connection.execute("select pg_notify('relance_routing', 'the end')")
        heard = [n.payload async for n in listener.notifies(timeout=10, stop_after=1)]
    assert heard == ["the end"]


async def _append_and_fail(database):
    async with database.transaction() as connection:
        await events.append(connection, [NewEvent("s", "2", "order.placed", "ada", DECEMBER)], DECEMBER)
        raise ZeroDivisionError


async def test_a_held_partition_is_left_to_its_router(database):
    async with database.transaction() as connection:
        await _person(connection)
        await events.append(connection, [NewEvent("s", "1", "order.placed", "ada", DECEMBER)], DECEMBER)
    async with database.transaction() as first, database.transaction() as second:
        partitions = await events.claim_partitions(first)
        assert len(partitions) == 1
        assert await events.claim_partitions(second) == []
        lines = await events.take_lines(first, partitions, 10)
        assert [line["name"] for line in lines] == ["order.placed"]
