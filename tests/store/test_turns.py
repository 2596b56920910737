"""Heavy transactions of a process go one after the other, the most urgent first."""

import asyncio

import pytest

from store import turns
from store.turns import Turns, Urgency


@pytest.fixture
def told() -> list[str]:
    return []


async def work(turns: Turns, urgency: Urgency, name: str, told: list[str], *, until: asyncio.Event) -> None:
    async with turns.taken(urgency):
        told.append(f"{name} begins")
        await until.wait()
    told.append(f"{name} ends")


async def until_told(told: list[str], what: str) -> None:
    """By another task, at its next step."""
    while what not in told:  # noqa: ASYNC110 - as soon as it is told, and not a step later
        await asyncio.sleep(0)


def now() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


async def test_who_is_more_urgent_goes_first_and_equals_in_the_order_in_which_they_came(told):
    lane, done = Turns(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(work(lane, Urgency.ATTEMPT, "first", told, until=done))
        await asyncio.sleep(0)
        for name, urgency in (
            ("attempt", "ATTEMPT"),
            ("news", "NEWS"),
            ("more", "NEWS"),
            ("sent", "OUTCOME"),
        ):
            group.create_task(work(lane, Urgency[urgency], name, told, until=now()))
        await asyncio.sleep(0)
        assert told == ["first begins"]
        done.set()
    begun = [each.removesuffix(" begins") for each in told if each.endswith(" begins")]
    assert begun == ["first", "sent", "news", "more", "attempt"]


async def test_who_had_a_turn_that_was_too_short_for_all_goes_before_those_who_came_since(told):
    lane, done = Turns(), asyncio.Event()

    async def again() -> None:
        async with lane.taken(Urgency.DECISION, waited=0.6):
            told.append("again")

    async with asyncio.TaskGroup() as group:
        group.create_task(work(lane, Urgency.ATTEMPT, "first", told, until=done))
        await asyncio.sleep(0)
        group.create_task(work(lane, Urgency.NEWS, "news", told, until=now()))
        group.create_task(again())
        await asyncio.sleep(0)
        done.set()
    assert [each for each in told if each in ("again", "news begins")] == ["again", "news begins"]


async def test_who_had_such_a_turn_long_ago_goes_behind_an_outcome_that_waits_already(told):
    """Nobody else knows of an outcome until it is written, however old the questions of others are."""
    lane, done = Turns(), asyncio.Event()

    async def again() -> None:
        async with lane.taken(Urgency.DECISION, waited=60.0):
            told.append("again")

    async with asyncio.TaskGroup() as group:
        group.create_task(work(lane, Urgency.ATTEMPT, "first", told, until=done))
        await asyncio.sleep(0)
        group.create_task(work(lane, Urgency.OUTCOME, "sent", told, until=now()))
        await asyncio.sleep(0)
        group.create_task(again())
        await asyncio.sleep(0)
        done.set()
    assert [each for each in told if each in ("again", "sent begins")] == ["sent begins", "again"]


async def test_nobody_is_passed_over_for_long_however_much_comes_that_is_more_urgent(told):
    lane, over = Turns(), asyncio.Event()

    async def news() -> None:
        while not over.is_set():
            async with lane.taken(Urgency.NEWS):
                await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(news())
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await work(lane, Urgency.ATTEMPT, "attempt", told, until=now())
        over.set()


async def test_who_waits_for_somebody_else_does_not_keep_the_others_waiting(told, monkeypatch):
    monkeypatch.setattr(turns, "LENT_SECONDS", 0.01)
    lane, lock = Turns(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(work(lane, Urgency.NEWS, "stuck", told, until=lock))
        await asyncio.sleep(0)
        await asyncio.wait_for(work(lane, Urgency.ATTEMPT, "next", told, until=now()), timeout=10)
        lock.set()
    assert told == ["stuck begins", "next begins", "next ends", "stuck ends"]


async def test_a_turn_that_lasted_too_long_gives_nobody_a_second_one(told, monkeypatch):
    """Its end passes nothing on any more: it did when its time was over."""
    monkeypatch.setattr(turns, "LENT_SECONDS", 0.01)
    lane, lock, other = Turns(), asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(work(lane, Urgency.NEWS, "stuck", told, until=lock))
        await asyncio.sleep(0)
        monkeypatch.setattr(turns, "LENT_SECONDS", 10)
        group.create_task(work(lane, Urgency.NEWS, "second", told, until=other))
        await until_told(told, "second begins")
        group.create_task(work(lane, Urgency.NEWS, "third", told, until=now()))
        lock.set()
        await until_told(told, "stuck ends")
        await asyncio.sleep(0)
        assert "third begins" not in told
        other.set()
    assert told[-3:] == ["second ends", "third begins", "third ends"]


@pytest.mark.parametrize("is_handed_over", [False, True])
async def test_who_is_cancelled_while_it_waits_leaves_its_turn_to_the_next(told, is_handed_over):
    lane, done = Turns(), asyncio.Event()
    first = asyncio.create_task(work(lane, Urgency.NEWS, "first", told, until=done))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(work(lane, Urgency.NEWS, "cancelled", told, until=now()))
    after = asyncio.create_task(work(lane, Urgency.NEWS, "after", told, until=now()))
    await asyncio.sleep(0)
    if is_handed_over:
        done.set()
        await until_told(told, "first ends")
    waiting.cancel()
    done.set()
    await asyncio.wait_for(asyncio.gather(first, after), timeout=10)
    assert told[-2:] == ["after begins", "after ends"]
    await asyncio.wait_for(work(lane, Urgency.ATTEMPT, "last", told, until=now()), timeout=10)
